"""What waits, for how long, and when somebody last looked: read from the tables whenever it is asked for.

Each is one statement over a partial index of what waits, or over the newest row: none reads what is done.
"""

import math
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, QuerySet
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from audit.auditing import FRESH, FULL, last_audits
from gateway.models import StripeCall
from inbox.models import Message
from notifications.models import Letter
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import open_breaker
from payouts.models import PayoutSchedule
from treasury.differences import Kind, open_breaks
from treasury.missed_events import silence_since

Due = PayoutSchedule.State
UNDER_WAY = (Due.HELD, Due.SENDING, Due.TRANSFERRED, Due.RETURNED)
# It has not happened yet: older than any limit.
NEVER = math.inf
Gauges = Iterator[GaugeMetricFamily]


def metrics_text(*, at: datetime) -> bytes:
    """Everything as Prometheus reads it; `at` is what ages are counted from.

    Raises:
        DatabaseError: nothing is known.
    """
    registry = CollectorRegistry()
    registry.register(_Collector(at))
    return generate_latest(registry)


class _Collector:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def collect(self) -> Gauges:
        for gauges in (_inbox, _letters, _calls, _payouts, _breaker, _audits, _webhooks, _breaks):
            yield from gauges(self.at)


def _inbox(at: datetime) -> Gauges:
    waiting = Message.objects.filter(state=Message.State.RECEIVED)
    yield from _waiting(
        "inbox_waiting", "messages of Stripe that wait for their effect", waiting, "received_at", at
    )
    set_aside = Message.objects.filter(state__in=Message.STOPPED).count()
    yield _gauge("inbox_set_aside", "Messages of Stripe that a person must look at.", set_aside)


def _letters(at: datetime) -> Gauges:
    waiting = Letter.objects.filter(state=Letter.State.WAITING)
    yield from _waiting("letters_waiting", "letters that wait to be sent", waiting, "written_at", at)


def _calls(at: datetime) -> Gauges:
    doubted = StripeCall.objects.filter(state__in=StripeCall.IN_DOUBT)
    yield from _waiting(
        "calls_unknown", "calls to Stripe without a definite answer", doubted, "first_sent_at", at
    )


def _payouts(at: datetime) -> Gauges:
    """Those whose day has come and that are not on their way to the bank, by what they are now."""
    today = at.astimezone(PLATFORM_ZONE).date()
    due = PayoutSchedule.objects.filter(state=Due.SCHEDULED, scheduled_date__lte=today)
    under_way = PayoutSchedule.objects.filter(state__in=UNDER_WAY, scheduled_date__lte=today)
    known = dict(under_way.order_by().values_list("state").annotate(Count("pk")))
    known[Due.SCHEDULED] = due.count()
    gauge = _gauge("payouts_due", "Payouts that are due and not on their way to the bank.", labels=["state"])
    for state in (Due.SCHEDULED, *UNDER_WAY):
        gauge.add_metric([state.value], known.get(state, 0))
    yield gauge


def _breaker(at: datetime) -> Gauges:
    yield _gauge("breaker_open", "1 while all payouts are stopped.", int(open_breaker() is not None))


def _audits(at: datetime) -> Gauges:
    last = last_audits()
    age = _gauge(
        "audit_age_seconds", "Since the last audit, of what changed or of everything.", labels=["kind"]
    )
    for kind in (FRESH, FULL):
        age.add_metric([kind], _age(last[kind].looked_at if kind in last else None, at))
    yield age
    broken = {number for audit in last.values() for number in audit.findings}
    yield _gauge("audit_broken", "Invariants that the last audits found broken.", len(broken))


def _webhooks(at: datetime) -> Gauges:
    """The poller fills the inbox, too: a webhook that is silent shows in what the poller had to fetch."""
    newest = Message.objects.order_by("-pk").values_list("received_at", flat=True).first()
    yield _gauge("webhook_age_seconds", "Since the newest message of Stripe came.", _age(newest, at))
    silent = int(silence_since(at) is not None)
    yield _gauge("webhook_silent", "1 for a day after events came that no webhook had brought.", silent)


def _breaks(at: datetime) -> Gauges:
    """Differences between Stripe and us, by kind; of each kind the age of the oldest."""
    seen = open_breaks().order_by().values("kind").annotate(count=Count("pk"), oldest=Min("first_seen_at"))
    by_kind = {row["kind"]: row for row in seen}
    count = _gauge("breaks_open", "Differences between Stripe and us that stand.", labels=["kind"])
    age = _gauge("breaks_oldest_seconds", "How old the oldest of the differences is.", labels=["kind"])
    for kind in Kind:
        row = by_kind.get(kind)
        count.add_metric([kind.value], row["count"] if row else 0)
        age.add_metric([kind.value], _age(row["oldest"], at) if row else 0)
    yield count
    yield age


def _waiting(name: str, what: str, rows: QuerySet, since: str, at: datetime) -> Gauges:
    """How many, and since when the oldest; 0 where none waits."""
    seen = rows.aggregate(count=Count("pk"), oldest=Min(since))
    yield _gauge(name, f"How many {what}.", seen["count"])
    age = _age(seen["oldest"], at) if seen["count"] else 0
    yield _gauge(
        f"{name.removesuffix('_waiting')}_oldest_seconds", f"How old the oldest is of the {what}.", age
    )


def _gauge(
    name: str, documentation: str, value: float | None = None, *, labels: list[str] | None = None
) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"klubba_{name}", documentation, value=value, labels=labels)


def _age(since: datetime | None, at: datetime) -> float:
    return NEVER if since is None else max(0, (at - since).total_seconds())
