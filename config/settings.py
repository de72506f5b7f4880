"""Django's settings. What the surroundings decide comes from `config.environment`, the rest is here."""

import os
import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import embedded_postgres
from config.environment import read_environment
from config.mail import mail_settings
from config.roles import acts_as_owner, limits_for

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = read_environment(os.environ)

WORLD = ENVIRONMENT.world
SANDBOX_WORLD = WORLD == "sandbox"
LIVEMODE = ENVIRONMENT.livemode
DEBUG = False

SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = list(ENVIRONMENT.secret_key_fallbacks)
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)

INSTALLED_APPS = [
    "config",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "people",
    "ledger",
    "events",
    "inbox",
    "gateway",
    "auctions",
    "payouts",
    "payments",
    "treasury",
    "audit",
    "notifications",
    "api",
    "dashboards",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "dashboards.shell.shell",
            ],
        },
    }
]

# Transactions are opened by verbs, not by views: some verbs must commit before they ask Stripe.
DATABASE_URL = ENVIRONMENT.database_url or embedded_postgres.start(ENVIRONMENT.home)
if acts_as_owner(sys.argv) and ENVIRONMENT.migrate_database_url:
    DATABASE_URL = ENVIRONMENT.migrate_database_url
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
DATABASES["default"] |= {"ATOMIC_REQUESTS": False, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {"connect_timeout": 5, "tcp_user_timeout": 10_000}
# What a connection asks a fifth time, PostgreSQL need not read and plan anew.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}
if not acts_as_owner(sys.argv):
    limits = limits_for(sys.argv)
    DATABASES["default"]["OPTIONS"]["assume_role"] = "klubba_app"
    DATABASES["default"]["OPTIONS"]["options"] = " ".join(f"-c {name}={limits[name]}" for name in limits)
# Where the heads of the chain of seals are exported to, a line every ten minutes.
SEAL_HEADS = ENVIRONMENT.seal_heads
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Threads that serve pages and the API, each with a database connection of its own (decision 0001).
WEB_THREADS = 8

AUTH_USER_MODEL = "people.User"
PASSWORD_HASHERS = ["people.hashing.LeanArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "name", "company"]},
    },
]
LOGIN_URL = "sign-in"
# Where the links of letters lead.
SITE_ORIGIN = ENVIRONMENT.site_origin
# Nobody of the sandbox is real.
SECOND_FACTOR_FOR_OPERATORS = not SANDBOX_WORLD
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

if not SANDBOX_WORLD:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STRIPE_SECRET_KEY = ENVIRONMENT.stripe_secret_key
STRIPE_PUBLISHABLE_KEY = ENVIRONMENT.stripe_publishable_key
STRIPE_API_BASE = ENVIRONMENT.stripe_api_base
STRIPE_WEBHOOK_SECRETS = ENVIRONMENT.stripe_webhook_secrets
STRIPE_CONNECT_WEBHOOK_SECRETS = ENVIRONMENT.stripe_connect_webhook_secrets
SETTLEMENT_CURRENCIES = ENVIRONMENT.settlement_currencies
# Below this, in the smallest unit, what is free of our balance at Stripe raises an alarm.
FREE_CUSHION_MINOR: dict[str, int] = {}
COMMISSION_VAT_BP: int | None = None
# A payout above this, in the smallest unit, waits until two operators have seen it.
PAYOUT_REVIEW_ABOVE_MINOR = {
    "SEK": 50_000_000,
    "NOK": 50_000_000,
    "DKK": 35_000_000,
    "EUR": 5_000_000,
    "USD": 5_000_000,
    "GBP": 4_000_000,
    "CHF": 5_000_000,
    "PLN": 20_000_000,
    "JPY": 7_500_000,
}

# Where no mail server is named, the sandbox's letters go no further than /outbox/, and live ones wait.
LETTERS_LEAVE = SANDBOX_WORLD or ENVIRONMENT.email_url is not None
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_FROM_EMAIL = "Klubba <klubba@klubba.example>"
EMAIL_TIMEOUT = 10
if ENVIRONMENT.email_url:
    globals().update(mail_settings(ENVIRONMENT.email_url))

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("sv", _("Swedish"))]
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/Stockholm"

STATIC_URL = "static/"
# Served from where they lie: a few small files need no collecting.
WHITENOISE_USE_FINDERS = True

# Sentences without values: what people sent us, secrets included, stays out of the log.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"without_links": {"()": "config.links.WithoutLinks"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_links"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        # Anybody may send any Host; it is refused, and that is all.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        # The SDK would write whole answers, with their secrets.
        "stripe": {"level": "WARNING"},
    },
}
