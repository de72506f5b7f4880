"""Whether somebody works here: operators, and the worker by what it left behind."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from audit.auditing import FRESH, FULL, SILENT_AFTER, last_audits
from audit.models import Audit
from config.demo_world import PARTS
from config.readiness.findings import Finding, not_ready, not_told, ready, verdict
from payouts.holding import open_breakers
from people.models import User

# The worker looks at everything each night.
FULL_WITHIN = timedelta(hours=26)


def operators() -> Iterator[Finding]:
    """Somebody can see to what stops, and nobody has a password that the README tells."""
    known = User.objects.filter(is_operator=True, is_active=True)
    able = sum(bool(person.password) and person.has_usable_password() for person in known)
    if able == 0:
        yield not_ready("No operator can sign in: nobody can release what is held.")
    elif able == 1:
        yield not_told("There is one operator: what needs a second person waits for another.")
    else:
        yield ready(f"{able} operators can sign in.")
    demo = User.objects.filter(email__in=[part.email for part in PARTS], is_active=True).count()
    if demo and not settings.SANDBOX_WORLD:
        yield not_ready(f"{demo} people of the demo can sign in with a password everybody knows.")


def audits() -> Iterator[Finding]:
    """The worker lives if it has looked lately, and the money is right if it found nothing."""
    last = last_audits()
    yield _looked(last.get(FRESH), SILENT_AFTER, "The worker lives", "is manage.py work running?")
    yield _looked(last.get(FULL), FULL_WITHIN, "Everything was audited", "run manage.py audit.")
    broken = sorted({number for audit in last.values() for number in audit.findings})
    if broken:
        yield not_ready(f"The audit found that {', '.join(broken)} does not hold: run manage.py audit.")
    elif last:
        yield ready("The last audits found nothing.")


def breakers() -> Iterator[Finding]:
    causes = list(open_breakers().order_by("pk").values_list("cause", flat=True))
    yield verdict(
        not causes,
        "Nothing stops payouts as a whole.",
        f"Payouts are stopped ({', '.join(causes)}): an operator releases them at /operator/payouts/.",
    )


def _looked(audit: Audit | None, within: timedelta, what: str, otherwise: str) -> Finding:
    if audit is None:
        return not_ready(f"There was no audit yet: {otherwise}")
    ago = timezone.now() - audit.looked_at
    told = f"{what}: its last audit was {int(ago.total_seconds())} s ago"
    return ready(f"{told}.") if ago < within else not_ready(f"Not so long ago: {told}; {otherwise}")
