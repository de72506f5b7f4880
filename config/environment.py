"""What the surroundings say, read once and refused at the door when it is not enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from config.home import home_of, kept_secret, make_home
from config.mail import MailRefused, mail_settings
from config.sentences import Refusal

SHORTEST_SECRET_CHARACTERS = 16
LIVE_MARK = "_live_"
LAST_PORT = 65_535


class EnvironmentRefused(Refusal):
    """A variable is missing, too short, or contradicts another."""


@dataclass(frozen=True)
class Environment:
    """Everything a process of the project may know of its surroundings. No secret shows in its repr."""

    world: Literal["sandbox", "live"]
    home: Path
    database_url: str | None = field(repr=False)
    migrate_database_url: str | None = field(repr=False)
    database_listen_url: str | None = field(repr=False)
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    allowed_hosts: tuple[str, ...]
    site_origin: str
    stripe_secret_key: str = field(repr=False)
    stripe_publishable_key: str
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_connect_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_api_base: str | None
    settlement_currencies: tuple[str, ...]
    port: int
    sandbox_port: int
    demo_password: str = field(repr=False)
    email_url: str | None = field(repr=False)
    metrics_token: str | None = field(repr=False)
    seal_heads: Path
    browser_path: str | None

    @property
    def livemode(self) -> bool:
        """Whether Stripe's objects of this installation carry `livemode: true`."""
        return LIVE_MARK in self.stripe_secret_key


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Read the variables that README.md lists, and those of the sandbox.

    In the sandbox world a secret that is not set is made once and kept under the home.

    Raises:
        EnvironmentRefused: a variable is missing, short, malformed or contradicts another.
        HomeRefused: the home cannot be written.
    """
    reader = _Reader(environ)
    world = _world_of(reader)
    return _sandbox_environment(reader) if world == "sandbox" else _live_environment(reader)


def _world_of(reader: "_Reader") -> Literal["sandbox", "live"]:
    keys = [reader.text("STRIPE_SECRET_KEY"), reader.text("STRIPE_PUBLISHABLE_KEY")]
    sandbox = keys[0] is None or reader.text("STRIPE_API_BASE") is not None
    if not sandbox:
        return "live"
    if any(LIVE_MARK in key for key in keys if key):
        raise EnvironmentRefused(
            "A live Stripe key never goes to the sandbox: "
            "unset STRIPE_API_BASE and set both keys, or unset the keys."
        )
    return "sandbox"


def _live_environment(reader: "_Reader") -> Environment:
    secret_key, *fallbacks = reader.required_secrets("SECRET_KEY")
    environment = Environment(
        world="live",
        home=home_of(reader.environ),
        database_url=_postgres("DATABASE_URL", reader.required("DATABASE_URL")),
        secret_key=secret_key,
        secret_key_fallbacks=tuple(fallbacks),
        allowed_hosts=(hosts := reader.required_listed("ALLOWED_HOSTS")),
        site_origin=_origin(reader.text("SITE_ORIGIN"), hosts),
        stripe_secret_key=reader.required_secret("STRIPE_SECRET_KEY"),
        stripe_publishable_key=reader.required_secret("STRIPE_PUBLISHABLE_KEY"),
        stripe_webhook_secrets=reader.required_secrets("STRIPE_WEBHOOK_SECRET"),
        stripe_connect_webhook_secrets=reader.secrets("STRIPE_CONNECT_WEBHOOK_SECRET"),
        stripe_api_base=None,
        **_everywhere(reader),
    )
    if environment.livemode != (LIVE_MARK in environment.stripe_publishable_key):
        raise EnvironmentRefused("STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different worlds.")
    return environment


def _sandbox_environment(reader: "_Reader") -> Environment:
    home = make_home(home_of(reader.environ))
    everywhere = _everywhere(reader)
    secret_key, *fallbacks = reader.secrets("SECRET_KEY") or (kept_secret(home, "secret-key"),)
    return Environment(
        world="sandbox",
        home=home,
        database_url=_postgres("DATABASE_URL", reader.text("DATABASE_URL")),
        secret_key=secret_key,
        secret_key_fallbacks=tuple(fallbacks),
        allowed_hosts=reader.listed("ALLOWED_HOSTS") or ("127.0.0.1", "localhost"),
        site_origin=reader.text("SITE_ORIGIN") or f"http://127.0.0.1:{everywhere['port']}",
        stripe_secret_key=reader.secret("STRIPE_SECRET_KEY")
        or kept_secret(home, "stripe-secret-key", prefix="sk_test_"),
        stripe_publishable_key=reader.secret("STRIPE_PUBLISHABLE_KEY")
        or kept_secret(home, "stripe-publishable-key", prefix="pk_test_"),
        stripe_webhook_secrets=reader.secrets("STRIPE_WEBHOOK_SECRET")
        or (kept_secret(home, "stripe-webhook-secret", prefix="whsec_"),),
        stripe_connect_webhook_secrets=reader.secrets("STRIPE_CONNECT_WEBHOOK_SECRET")
        or (kept_secret(home, "stripe-connect-webhook-secret", prefix="whsec_"),),
        stripe_api_base=reader.text("STRIPE_API_BASE") or f"http://127.0.0.1:{everywhere['sandbox_port']}",
        **everywhere,
    )


def _everywhere(reader: "_Reader") -> dict:
    """What is read alike in both worlds."""
    currencies = reader.listed("SETTLEMENT_CURRENCIES") or ("SEK",)
    return {
        "migrate_database_url": _postgres("MIGRATE_DATABASE_URL", reader.text("MIGRATE_DATABASE_URL")),
        "database_listen_url": reader.text("DATABASE_LISTEN_URL"),
        "settlement_currencies": tuple(_currency(text) for text in currencies),
        "port": reader.port("PORT", default=8000),
        "sandbox_port": reader.port("SANDBOX_PORT", default=12111),
        "demo_password": reader.text("DEMO_PASSWORD") or "klubba-demo",
        "email_url": _mail("EMAIL_URL", reader.text("EMAIL_URL")),
        "metrics_token": reader.secret("METRICS_TOKEN"),
        "seal_heads": Path(reader.text("SEAL_HEADS") or home_of(reader.environ) / "seal-heads"),
        "browser_path": reader.text("BROWSER_PATH"),
    }


def _origin(told: str | None, hosts: tuple[str, ...]) -> str:
    """Where the links of letters lead: as told, or at the first of our hosts."""
    if told is None and hosts[0].startswith(("*", ".")):
        raise EnvironmentRefused("ALLOWED_HOSTS begins with a pattern: say in SITE_ORIGIN where we are.")
    origin = told or f"https://{hosts[0]}"
    if not origin.startswith("https://") or origin.count("/") > 2:
        raise EnvironmentRefused("SITE_ORIGIN is like https://klubba.example, without a path.")
    return origin


def _postgres(name: str, url: str | None) -> str | None:
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        raise EnvironmentRefused(f"{name} must begin with postgresql://: Klubba needs PostgreSQL.")
    return url


def _mail(name: str, url: str | None) -> str | None:
    """It may hold a password, and so is never quoted."""
    if url is None:
        return None
    try:
        mail_settings(url)
    except MailRefused as refused:
        raise EnvironmentRefused(f"{name} {refused}") from None
    return url


def _currency(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise EnvironmentRefused(f"SETTLEMENT_CURRENCIES holds {text}, which is no currency's code.")
    return text.upper()


@dataclass(frozen=True)
class _Reader:
    """Variables by name; one that is set to nothing counts as not set."""

    environ: Mapping[str, str]

    def text(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def required(self, name: str) -> str:
        text = self.text(name)
        if text is None:
            raise EnvironmentRefused(f"{name} is not set, and Klubba does not start without it.")
        return text

    def listed(self, name: str) -> tuple[str, ...]:
        parts = (part.strip() for part in (self.text(name) or "").split(","))
        return tuple(part for part in parts if part)

    def required_listed(self, name: str) -> tuple[str, ...]:
        self.required(name)
        return self.listed(name)

    def secret(self, name: str) -> str | None:
        secret = self.text(name)
        if secret is not None and len(secret) < SHORTEST_SECRET_CHARACTERS:
            raise EnvironmentRefused(f"{name} is shorter than {SHORTEST_SECRET_CHARACTERS} characters.")
        return secret

    def required_secret(self, name: str) -> str:
        self.required(name)
        return self.secret(name) or ""

    def secrets(self, name: str) -> tuple[str, ...]:
        """Several while one is being rotated, each long enough by itself."""
        listed = self.listed(name)
        if any(len(secret) < SHORTEST_SECRET_CHARACTERS for secret in listed):
            raise EnvironmentRefused(f"{name} is shorter than {SHORTEST_SECRET_CHARACTERS} characters.")
        return listed

    def required_secrets(self, name: str) -> tuple[str, ...]:
        self.required(name)
        secrets = self.secrets(name)
        if not secrets:
            raise EnvironmentRefused(f"{name} is not set, and Klubba does not start without it.")
        return secrets

    def port(self, name: str, *, default: int) -> int:
        text = self.text(name) or str(default)
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= LAST_PORT):
            raise EnvironmentRefused(
                f"{name} is {text!r}, but must be a port number between 1 and {LAST_PORT}."
            )
        return int(text)
