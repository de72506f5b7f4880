"""Keys, secrets, hosts and mail. No value of a secret is ever in a sentence."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core import mail
from django.core.checks import Tags, run_checks

from config.readiness.findings import Finding, not_ready, not_told, ready, verdict

OF_THIS_MACHINE = ("localhost", "127.", "[::1]", "0.0.0.0")  # noqa: S104  (it is looked for, not bound)


def keys() -> Iterator[Finding]:
    """Stripe's keys: what they are for, and that they are what their names say."""
    secret, publishable = settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY
    yield verdict(
        secret.startswith(("sk_", "rk_")) and publishable.startswith("pk_"),
        "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are a secret and a publishable key of one world.",
        "STRIPE_SECRET_KEY begins with sk_ or rk_, and STRIPE_PUBLISHABLE_KEY with pk_: these do not.",
    )
    if settings.SANDBOX_WORLD:
        yield not_told("This is the sandbox world: its keys move no money, and need not be live ones.")
    else:
        yield verdict(
            settings.LIVEMODE,
            "The keys are live ones: real money moves.",
            "The keys are Stripe's test keys: no real money moves until live ones are set.",
        )


def django_itself() -> Iterator[Finding]:
    """What Django finds wanting where it is deployed: SECRET_KEY, cookies, redirects."""
    if settings.SANDBOX_WORLD:
        yield not_told("SECRET_KEY and secure cookies: the sandbox made its own key and speaks plain HTTP.")
        return
    found = run_checks(tags=[Tags.security], include_deployment_checks=True)
    for warning in found:
        yield not_ready(f"Django says ({warning.id}): {' '.join(str(warning.msg).split()).split('. ')[0]}.")
    if not found:
        yield ready("SECRET_KEY is long enough, cookies are secure, and plain HTTP is sent on to HTTPS.")


def hosts() -> Iterator[Finding]:
    """A host that anybody may claim, or that only this machine knows, is no address for buyers."""
    public = [host for host in settings.ALLOWED_HOSTS if not host.startswith(OF_THIS_MACHINE)]
    if settings.SANDBOX_WORLD and not public:
        yield not_told("ALLOWED_HOSTS: the sandbox serves this machine only.")
    elif "*" in settings.ALLOWED_HOSTS:
        yield not_ready("ALLOWED_HOSTS lets every host in: name yours.")
    else:
        yield verdict(
            bool(public),
            f"ALLOWED_HOSTS names {', '.join(public)}.",
            "ALLOWED_HOSTS names this machine only: add the host that buyers will see.",
        )


def secrets() -> Iterator[Finding]:
    """Those that Stripe signs with, and the one that shows the metrics."""
    own, connected = settings.STRIPE_WEBHOOK_SECRETS, settings.STRIPE_CONNECT_WEBHOOK_SECRETS
    yield _signing("STRIPE_WEBHOOK_SECRET", own, "Stripe cannot tell us that anybody has paid")
    yield _signing("STRIPE_CONNECT_WEBHOOK_SECRET", connected, "payouts are off")
    if set(own) & set(connected):
        yield not_ready("The two webhook secrets are the same: each endpoint at Stripe has its own.")
    if settings.ENVIRONMENT.metrics_token:
        yield ready("METRICS_TOKEN is set: /metrics answers to it.")
    else:
        yield not_told("METRICS_TOKEN is not set: /metrics does not exist, and no alarm can look at it.")


def _signing(name: str, known: tuple[str, ...], without: str) -> Finding:
    if not known:
        return not_ready(f"{name} is not set: {without}.")
    if not all(secret.startswith("whsec_") for secret in known):
        return not_ready(f"{name} is none of Stripe's: those begin with whsec_.")
    return ready(f"{name} is set{f', {len(known)} of them while one is rotated' if len(known) > 1 else ''}.")


def letters() -> Iterator[Finding]:
    """The mail server answers and lets us in. Nothing is sent."""
    if not settings.ENVIRONMENT.email_url:
        if settings.SANDBOX_WORLD:
            yield not_told("EMAIL_URL is not set: the sandbox's letters are read at /outbox/.")
        else:
            yield not_ready("EMAIL_URL is not set: letters are written and wait.")
        return
    try:
        with mail.get_connection():
            yield ready(f"The mail server at {settings.EMAIL_HOST} answers and lets us in.")
    except (OSError, smtplib.SMTPException) as failure:
        yield not_ready(f"The mail server at {settings.EMAIL_HOST} cannot be used: {type(failure).__name__}.")
