"""Sellers' accounts at Stripe beside `stripe:connected`: payouts, what moved their money, what is there.

Of a transfer or its reversal our own end says whether it is as booked, and of a payout the payout itself.
What is left is what we did not move: a fee, a charge, an adjustment. That nothing else is amiss the balance
proves: it is what stands on `stripe:connected`, to the last unit.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Concat

from gateway.balance_transactions import Movement, list_movements, retrieve_balance
from gateway.client import StripeAway, StripeRefused
from gateway.made import PAYOUT, Made, list_made
from ledger.balances import balances_of_owner
from ledger.chart import connected
from payouts.arriving import stop_for_strange_payout
from payouts.models import ConnectedAccount, PayoutAttempt, PayoutSchedule
from treasury.comparing import LAST
from treasury.differences import SETTLES_WITHIN, About, Difference, Kind, keep_differences, open_breaks
from treasury.models import Break, Watermark
from treasury.naming import BY_TYPE, FEES
from treasury.payouts_beside_attempts import OUT, differing_payouts

MOST_A_TURN = 25
CHECK_EVERY = timedelta(hours=1)
CHECK_AGAIN_AFTER = timedelta(minutes=10)
# What a bank has taken it may send back within five of its days.
BANK_DECIDES_WITHIN, CHECK_MEANWHILE = timedelta(days=10), timedelta(days=1)
CLOCKS_DIFFER_BY = timedelta(minutes=15)
ON_THEIR_WAY = ("transferred", "in_transit", "returned")
FEE_TYPES = frozenset(type for type, (_, other) in BY_TYPE.items() if other == FEES) | {"application_fee"}


@dataclass(frozen=True)
class Seen:
    """What Stripe says of one account, and what stood on `stripe:connected` before it was asked."""

    account_id: str
    seller_id: int
    since: datetime
    booked_minor: dict[str, int]
    payouts: list[Made]
    movements: list[Movement]
    there_minor: dict[str, int]


def compare_accounts(*, at: datetime, limit: int = MOST_A_TURN) -> int:
    """Up to `limit` of the accounts that are due, longest unseen first. Answers how many were compared.

    Due is each hour where we moved money in the last three days or some of it is on its way, each day where
    the bank may still send it back, and every ten minutes what has a difference.

    Raises:
        StripeAway, StripeRefused: of the account that was asked about nothing is known; it comes last now.
    """
    compared = 0
    for account in due_accounts(at=at)[:limit]:
        account_id = str(account.stripe_account_id)
        try:
            compare_account(account, at=at)
        except (StripeAway, StripeRefused):
            _mark(account_id, at - CHECK_EVERY + CHECK_AGAIN_AFTER)
            raise
        _mark(account_id, at)
        compared += 1
    return compared


def due_accounts(*, at: datetime) -> QuerySet[ConnectedAccount]:
    """Those whose seller still lets us look."""
    sent = PayoutSchedule.objects.exclude(destination_account="")
    moved = sent.filter(Q(updated_at__gte=at - LAST) | Q(state__in=ON_THEIR_WAY)).values(
        "destination_account"
    )
    decided = sent.filter(updated_at__gte=at - BANK_DECIDES_WITHIN).values("destination_account")
    troubled = open_breaks().exclude(account_id="").values("account_id")
    mark = Watermark.objects.filter(name=Concat(Value(_name("")), OuterRef("stripe_account_id")))
    accounts = ConnectedAccount.objects.filter(
        Q(stripe_account_id__in=moved) | Q(stripe_account_id__in=decided) | Q(stripe_account_id__in=troubled),
        deauthorized_at=None,
    )
    due_before = Case(
        When(stripe_account_id__in=troubled, then=Value(at - CHECK_AGAIN_AFTER)),
        When(stripe_account_id__in=moved, then=Value(at - CHECK_EVERY)),
        default=Value(at - CHECK_MEANWHILE),
        output_field=DateTimeField(),
    )
    marked = accounts.annotate(checked_at=Subquery(mark.values("at")[:1]), due_before=due_before)
    due = marked.filter(Q(checked_at=None) | Q(checked_at__lte=F("due_before")))
    return due.order_by(F("checked_at").asc(nulls_first=True), "pk")


def compare_account(account: ConnectedAccount, *, at: datetime) -> int:
    """Ask Stripe about one account and keep what differs. Answers how many differences are new.

    Raises:
        StripeAway, StripeRefused: nothing is known of it.
    """
    seen = _ask(str(account.stripe_account_id), account.seller_id, at=at)
    about_payouts = [*differing_payouts(seen.payouts), *_payouts_not_there(seen, at=at)]
    looked = {
        *((About.PAYOUT, payout.id) for payout in seen.payouts),
        *((difference.object_type, difference.object_id) for difference in about_payouts),
        *((About.MOVEMENT, movement.id) for movement in seen.movements),
    }
    _stop_for_strange(about_payouts, at=at)
    differences = [*about_payouts, *differing_movements(seen.account_id, seen.movements)]
    opened = keep_differences(looked, differences, at=at)
    return opened + _compare_balance(seen, at=at)


def _stop_for_strange(about_payouts: list[Difference], *, at: datetime) -> None:
    """A payout that is none of ours keeps back all that is the seller's: once, an operator may release it."""
    strange = {one.object_id: one for one in about_payouts if one.kind == Kind.UNKNOWN}
    known = Break.objects.filter(object_type=About.PAYOUT, object_id__in=strange)
    for stripe_id in strange.keys() - set(known.values_list("object_id", flat=True)):
        stop_for_strange_payout(stripe_id, account=strange[stripe_id].account_id, at=at)


def differing_movements(account_id: str, movements: list[Movement]) -> list[Difference]:
    """What moved an account's money and we did not; each once."""
    told = [(movement, *_strange(movement)) for movement in movements]
    return [
        Difference(
            kind=kind,
            object_type=About.MOVEMENT,
            object_id=movement.id,
            account_id=account_id,
            currency=movement.currency,
            expected_minor=0,
            found_minor=minor,
            made_at=movement.created_at,
        )
        for movement, kind, minor in told
        if minor
    ]


def _strange(movement: Movement) -> tuple[str, int]:
    """What kind of difference it makes, and how much: 0 where it is all ours."""
    if movement.type in FEE_TYPES:
        return Kind.FEE, movement.net_minor
    if movement.cause or movement.source.startswith("po_"):
        return Kind.FEE, -movement.fee_minor
    return Kind.UNKNOWN, movement.net_minor


def _ask(account_id: str, seller_id: int, *, at: datetime) -> Seen:
    """Of payouts all from the oldest that the bank may say something of: the payout itself tells what."""
    lately_paid = Q(state="paid", updated_at__gte=at - BANK_DECIDES_WITHIN)
    undecided = _attempts(account_id, seller_id).filter(Q(state="in_transit") | lately_paid)
    oldest = undecided.order_by("created_at").values_list("created_at", flat=True).first()
    since = min(at - LAST, oldest - CLOCKS_DIFFER_BY) if oldest else at - LAST
    return Seen(
        account_id=account_id,
        seller_id=seller_id,
        since=since,
        booked_minor=_booked_minor(seller_id),
        payouts=[*chain.from_iterable(list_made(PAYOUT, since=since, account_id=account_id))],
        movements=[*chain.from_iterable(list_movements(since=at - LAST, account_id=account_id))],
        there_minor=retrieve_balance(account_id),
    )


def _payouts_not_there(seen: Seen, *, at: datetime) -> list[Difference]:
    """Those that we believe to be out, and Stripe's list lacks."""
    span = (seen.since + CLOCKS_DIFFER_BY, at - SETTLES_WITHIN)
    out = _attempts(seen.account_id, seen.seller_id).filter(state__in=OUT, created_at__range=span)
    missing = out.exclude(stripe_payout_id__in=[payout.id for payout in seen.payouts])
    return [
        Difference(
            kind=Kind.AMOUNT,
            object_type=About.PAYOUT,
            object_id=str(attempt.stripe_payout_id),
            account_id=seen.account_id,
            currency=attempt.currency,
            expected_minor=attempt.amount_minor,
            found_minor=0,
            made_at=attempt.created_at,
        )
        for attempt in missing
    ]


def _compare_balance(seen: Seen, *, at: datetime) -> int:
    """What is there beside what is booked; not while money moves, nor while it is known what differs."""
    known = open_breaks().filter(account_id=seen.account_id).exclude(object_type=About.ACCOUNT)
    if known.exists() or _is_moving(seen):
        return 0
    expected_minor = Counter(seen.booked_minor)
    expected_minor.update(_explained_minor(seen.account_id))
    differences = [
        Difference(
            kind=Kind.AMOUNT,
            object_type=About.ACCOUNT,
            object_id=seen.account_id,
            account_id=seen.account_id,
            currency=currency,
            expected_minor=expected_minor[currency],
            found_minor=seen.there_minor.get(currency, 0),
        )
        for currency in sorted(expected_minor.keys() | seen.there_minor.keys())
        if expected_minor[currency] != seen.there_minor.get(currency, 0)
    ]
    return keep_differences([(About.ACCOUNT, seen.account_id)], differences, at=at)


def _is_moving(seen: Seen) -> bool:
    """Something was booked while Stripe was asked, or Stripe may have done what is not booked yet."""
    sending = PayoutSchedule.objects.filter(Q(state="sending") | Q(is_being_reversed=True))
    return (
        _booked_minor(seen.seller_id) != seen.booked_minor
        or sending.filter(seller=seen.seller_id).exists()
        or _attempts(seen.account_id, seen.seller_id).filter(state="open").exists()
    )


def _explained_minor(account_id: str) -> dict[str, int]:
    """By currency what operators have explained that is there and not booked. An event moves nothing."""
    explained = Break.objects.filter(explained_by__isnull=False, account_id=account_id)
    beyond = F("found_minor") - F("expected_minor")
    there = Case(When(object_type=About.PAYOUT, then=-beyond), default=beyond)
    sums = explained.exclude(kind=Kind.MISSING_EVENT).values("currency").annotate(minor=Sum(there))
    return {row["currency"]: int(row["minor"]) for row in sums}


def _booked_minor(seller_id: int) -> dict[str, int]:
    """By currency what stands on the seller's `stripe:connected`."""
    code = connected(seller_id)
    return {
        currency: minor for (name, currency), minor in balances_of_owner(seller_id).items() if name == code
    }


def _attempts(account_id: str, seller_id: int) -> QuerySet[PayoutAttempt]:
    return PayoutAttempt.objects.filter(seller=seller_id, destination_account=account_id)


def _mark(account_id: str, at: datetime) -> None:
    Watermark.objects.update_or_create(name=_name(account_id), defaults={"at": at})


def _name(account_id: str) -> str:
    return f"compared:{account_id}"
