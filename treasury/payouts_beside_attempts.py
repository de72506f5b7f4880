"""Payouts at Stripe, sellers' and our own, beside the attempts that we know of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from gateway.made import Made
from payouts.models import PayoutAttempt, PayoutSchedule
from treasury.charges_beside_payments import uuid_of
from treasury.differences import About, Difference, Kind
from treasury.models import PlatformPayout

OUT = ("in_transit", "paid")


@dataclass(frozen=True)
class Ours:
    """An attempt of a seller's, or a payout of our own: the words of both are the same."""

    pk: UUID
    stripe_id: str
    account_id: str
    state: str
    currency: str
    amount_minor: int

    @property
    def is_open(self) -> bool:
        """Nobody knows yet what Stripe made of it."""
        return self.state == "open"

    @property
    def out_minor(self) -> int:
        return self.amount_minor if self.state in OUT else 0


def differing_payouts(payouts: list[Made]) -> list[Difference]:
    """What Stripe has paid out and we tell otherwise; three statements for all."""
    known = _find(payouts)
    different = [(payout, *told) for payout in payouts if (told := _difference(payout, known.get(payout.id)))]
    schedules = _schedules_of({known[payout.id].pk for payout, *_ in different if payout.id in known})
    return [
        Difference(
            kind=kind,
            object_type=About.PAYOUT,
            object_id=payout.id,
            account_id=payout.account_id,
            subject_id=schedules[known[payout.id].pk] if payout.id in known else "",
            currency=payout.currency,
            expected_minor=expected_minor,
            found_minor=found_minor,
            made_at=payout.created_at if kind != Kind.MISSING_EVENT else None,
        )
        for payout, kind, expected_minor, found_minor in different
    ]


def _difference(payout: Made, ours: Ours | None) -> tuple[str, int, int] | None:
    """Its kind, what we expect and what Stripe has; None if it is as we know it.

    What an open attempt became is looked up when it is sent on. What the bank has said since, its event says.
    """
    if ours is None:
        return (Kind.UNKNOWN, 0, payout.stands_minor) if payout.stands_minor else None
    if ours.is_open:
        return (Kind.MISSING_EVENT, 0, payout.stands_minor) if payout.stands_minor else None
    if (ours.currency, ours.amount_minor) != (payout.currency, payout.amount_minor):
        expected_minor = ours.out_minor if ours.currency == payout.currency else 0
        found_minor = payout.stands_minor
        return (Kind.AMOUNT, expected_minor, found_minor) if expected_minor != found_minor else None
    if ours.out_minor == payout.stands_minor:
        is_told = payout.status != "paid" or ours.state == "paid"
        return None if is_told else (Kind.MISSING_EVENT, 0, payout.stands_minor)
    kind = Kind.MISSING_EVENT if ours.out_minor else Kind.AMOUNT
    return kind, ours.out_minor, payout.stands_minor


def _find(payouts: list[Made]) -> dict[str, Ours]:
    """By payout; an attempt without its answer is known by our own word in the metadata."""
    by_id = {payout.id: payout for payout in payouts}
    own_ids = {own_id: payout for payout in payouts if (own_id := uuid_of(payout.own_id))}
    wanted = Q(stripe_payout_id__in=by_id) | Q(pk__in=own_ids, state="open")
    found = {}
    for ours in _rows(payouts, wanted):
        payout = by_id.get(ours.stripe_id) or own_ids[ours.pk]
        if payout.account_id == ours.account_id:
            found[payout.id] = ours
    return found


def _rows(payouts: Iterable[Made], wanted: Q) -> Iterable[Ours]:
    """Of sellers' attempts, of our own payouts, or of both."""
    tables: list[tuple[bool, QuerySet[Any], str]] = [
        (True, PayoutAttempt.objects.filter(wanted), "destination_account"),
        (False, PlatformPayout.objects.filter(wanted), ""),
    ]
    on_accounts = {bool(payout.account_id) for payout in payouts}
    for is_on_account, rows, account in tables:
        for row in rows if is_on_account in on_accounts else ():
            yield Ours(
                pk=row.pk,
                stripe_id=row.stripe_payout_id or "",
                account_id=getattr(row, account) if account else "",
                state=row.state,
                currency=row.currency,
                amount_minor=row.amount_minor,
            )


def _schedules_of(attempt_ids: set[UUID]) -> dict[UUID, str]:
    """By attempt the first of its schedules, for whoever wants to see it; none for our own payouts."""
    schedules = PayoutSchedule.objects.filter(payout__in=attempt_ids).order_by("-number")
    found: dict[UUID, str] = defaultdict(str)
    found |= {attempt: str(pk) for pk, attempt in schedules.values_list("pk", "payout")}
    return found
