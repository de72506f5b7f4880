"""What happens to a payment before it succeeds: approval in the bank, processing, a decline, cancellation."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from events.recording import draft_event, record_events
from gateway.facts import IntentFacts
from payments.locking import hold_payments
from payments.models import PaymentIntent

# Of two things told for the same second, the higher one is the later.
RANKS = {"requires_payment_method": 0, "requires_action": 1, "processing": 2, "canceled": 4}
RANK_OF_A_DECLINE = 3

DIARY_WORDS = {
    "requires_action": "payment.approval_needed",
    "processing": "payment.processing",
    "canceled": "payment.canceled",
}


@dataclass(frozen=True)
class Progress:
    """A payment's status as Stripe told it at a time; only what is newer than the last word counts."""

    payment: PaymentIntent
    facts: IntentFacts
    told_at: datetime

    @property
    def rank(self) -> int:
        declined = self.facts.status == "requires_payment_method" and self.facts.last_error is not None
        return RANK_OF_A_DECLINE if declined else RANKS.get(self.facts.status, 0)


def keep_progress(told: list[Progress], *, at: datetime) -> None:
    """Bring open payments to the newest status told; what is older than the last word changes nothing.

    A payment that succeeded or was canceled stays so, whatever arrives late.
    """
    known = [progress for progress in told if progress.facts.status in RANKS]
    newest = {p.payment.pk: p for p in sorted(known, key=lambda p: (p.told_at, p.rank))}
    changed = _write(sorted(newest.values(), key=lambda p: p.payment.pk))
    lines = [newest[pk] for pk in changed if _diary_word(newest[pk])]
    record_events(
        [
            draft_event(
                _diary_word(progress),
                subject_type="payment",
                subject_id=progress.payment.pk,
                at=max(progress.told_at, progress.payment.created_at),
                audience=[progress.payment.buyer_id],
                details=_error_details(progress),
            )
            for progress in lines
        ]
    )


def _diary_word(progress: Progress) -> str:
    if progress.rank == RANK_OF_A_DECLINE:
        return "payment.declined"
    return DIARY_WORDS.get(progress.facts.status, "")


def _error_details(progress: Progress) -> dict[str, str]:
    error = progress.facts.last_error
    return {"code": error.code, "decline_code": error.decline_code} if error else {}


def _write(newest: list[Progress]) -> list[UUID]:
    """One statement; answers the payments it changed."""
    hold_payments([progress.payment.pk for progress in newest])
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH told AS (
                SELECT * FROM unnest(
                    %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::int[], %s::text[]
                ) AS told (id, intent_id, status, as_of, rank, last_error)
            )
            UPDATE payments_paymentintent AS payment SET
                stripe_payment_intent_id = told.intent_id,
                status = told.status, status_as_of = told.as_of, last_error = told.last_error::jsonb
            FROM told
            WHERE payment.id = told.id
                AND payment.status IN ('requires_payment_method', 'requires_action', 'processing')
                AND (
                payment.status_as_of IS NULL OR told.status = 'canceled'
                OR (payment.status_as_of, CASE
                    WHEN payment.status = 'requires_payment_method' AND payment.last_error IS NOT NULL THEN 3
                    WHEN payment.status = 'processing' THEN 2
                    WHEN payment.status = 'requires_action' THEN 1
                    ELSE 0
                END) < (told.as_of, told.rank)
            )
            RETURNING payment.id
            """,
            [
                [progress.payment.pk for progress in newest],
                [progress.facts.id for progress in newest],
                [progress.facts.status for progress in newest],
                [progress.told_at for progress in newest],
                [progress.rank for progress in newest],
                [_error_json(progress) for progress in newest],
            ],
        )
        return [row[0] for row in cursor.fetchall()]


def _error_json(progress: Progress) -> str | None:
    error = progress.facts.last_error
    return json.dumps(asdict(error)) if error else None
