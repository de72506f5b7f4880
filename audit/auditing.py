"""Looking at all that must be true, in one snapshot; what is broken stops payouts until somebody says why."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from audit.invariants import INVARIANTS, LATENESSES, OF_EVERYTHING, Invariant
from audit.looking import Look
from audit.models import Audit
from audit.sealing import chain_head
from events.recording import record_event
from ledger.models import Journal
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import trip_breaker

FULL, FRESH = "full", "fresh"
NIGHT_HOUR = 3
# The worker looks each minute: whoever has not for so long does not run.
SILENT_AFTER = timedelta(minutes=5)
MOST_IN_A_REASON = 5
# Longer than a transaction may last: what was not yet visible then is looked at now.
OVERLAP = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """An invariant that does not hold, and the ids that break it."""

    number: str
    sentence: str
    ids: list[str]
    stops_payouts: bool


def audit_all(*, at: datetime) -> list[Finding]:
    """Look at everything, keep what was found, and stop payouts if money is wrong. Empty: all holds."""
    return _keep((FULL, FRESH), Look(at), at=at)


def audit_due(*, at: datetime) -> int:
    """Look at what changed; at everything when that was not done since last night.

    What is wrong stays found until a look at everything finds it right. Answers 0: the caller rests.
    """
    last = last_audits()
    is_wrong = any(audit.findings for audit in last.values())
    if is_wrong or FULL not in last or last[FULL].looked_at < _last_night(at):
        audit_all(at=at)
    else:
        audit_fresh(at=at)
    return 0


def audit_fresh(*, at: datetime, overlap: timedelta = OVERLAP) -> list[Finding]:
    """Look at what changed since the last look, and `overlap` before it; there has been one at everything."""
    before = Audit.objects.get(kind=FRESH)
    look = Look(
        at,
        since=before.looked_at - overlap,
        after_journal=before.earlier_journal_id,
        after_seal=before.seal_id,
    )
    return _keep((FRESH,), look, at=at)


def last_audits() -> dict[str, Audit]:
    """The last look of each kind that there was."""
    return {audit.kind: audit for audit in Audit.objects.all()}


def sentence_of(invariant: Invariant) -> str:
    """What must be true, in words."""
    return (invariant.__doc__ or "").splitlines()[0]


def _keep(kinds: tuple[str, ...], look: Look, *, at: datetime) -> list[Finding]:
    """Look, and write down what was found; whoever looked at everything has looked at what is fresh, too."""
    began = time.monotonic()
    findings, journal_id, seal_id = _look(look)
    took_ms = round((time.monotonic() - began) * 1_000)
    with transaction.atomic():
        known = {audit.kind: audit for audit in Audit.objects.select_for_update().order_by("kind")}
        _tell(findings, [number for audit in known.values() for number in audit.findings], at=at)
        for kind in kinds:
            before = known.get(kind)
            Audit.objects.update_or_create(
                kind=kind,
                defaults={
                    "looked_at": at,
                    "passed_at": at if not findings else before.passed_at if before else None,
                    "took_ms": took_ms,
                    "journal_id": journal_id,
                    "earlier_journal_id": before.journal_id if before else 0,
                    "seal_id": seal_id,
                    "findings": {finding.number: finding.ids for finding in findings},
                },
            )
    return findings


@transaction.atomic(durable=True)
def _look(look: Look) -> tuple[list[Finding], int, int]:
    """One snapshot for all: what is being committed meanwhile is seen whole, or not at all.

    With what was found, the newest journal's id and the newest seal's.
    """
    _ = look.exported  # Before the snapshot is taken: all that it names is in there.
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    newest = Journal.objects.aggregate(newest=Max("pk"))["newest"] or 0
    head = chain_head()
    looked = INVARIANTS | LATENESSES | (OF_EVERYTHING if look.since is None else {})
    findings = [
        Finding(number, sentence_of(invariant), ids, stops_payouts=number not in LATENESSES)
        for number, invariant in looked.items()
        if (ids := invariant(look))
    ]
    return findings, newest, head.pk if head else 0


def _tell(findings: list[Finding], known: list[str], *, at: datetime) -> None:
    for finding in findings:
        if finding.stops_payouts:
            named = ", ".join(finding.ids[:MOST_IN_A_REASON])
            reason = f"The audit found that this does not hold: {finding.sentence} ({named})"
            trip_breaker(f"audit_{finding.number}", reason=reason, at=at)
        if finding.number not in known:
            record_event(
                "audit.violated",
                subject_type="invariant",
                subject_id=finding.number,
                at=at,
                details={"ids": finding.ids},
            )


def _last_night(at: datetime) -> datetime:
    here = at.astimezone(PLATFORM_ZONE)
    night = here.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= here else night - timedelta(days=1)
