"""Us beside Stripe's own record, to equality: charges, our balance, and payouts on their way. Only asks."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from gateway.balance_transactions import retrieve_balance
from gateway.charges import ChargeAtStripe, list_charges
from gateway.client import StripeRefused
from gateway.made import PAYOUT, retrieve_made
from money.amounts import format_minor
from payments.models import PaymentIntent
from payouts.models import PayoutAttempt
from treasury.known import CHARGES
from treasury.looking_back import OVERLAP
from treasury.models import BalanceTransaction

ON_ITS_WAY = ("pending", "in_transit")


@dataclass
class Comparison:
    """How many charges are payments, and `differences`, a sentence each: none where we and Stripe are equal.

    `later` names what was begun later than we can know of. `balance` is ours at Stripe, by currency, in the
    smallest unit.
    """

    charges: int = 0
    balance: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)


def compare_with_stripe(*, since: datetime, known_upto: datetime) -> Comparison:
    """Hold every charge since then, our whole balance and each payout on its way against Stripe's record.

    What happened has been read before. Of what was begun later than `known_upto` we may have no row: it is
    named, and is no difference. Of a charge that is believed only if our own mark is on it.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    found = Comparison()
    _compare_charges(found, since=since, known_upto=known_upto)
    _compare_balance(found)
    _compare_movements(found, known_upto=known_upto)
    _compare_payouts(found)
    return found


def _compare_charges(found: Comparison, *, since: datetime, known_upto: datetime) -> None:
    """Each charge is a payment of ours, of its amount, and each that succeeded is a charge there."""
    seen: set[str] = set()
    for page in list_charges(since=since - OVERLAP):
        charges = [charge for charge in page if charge.amount_minor]
        seen.update(charge.id for charge in charges)
        ours = _payments_of(charges)
        begun_here = _payments_named_by(charge for charge in charges if charge.id not in ours)
        for charge in charges:
            told = f"charge {charge.id} of {_amount(charge.amount_minor, charge.currency)}"
            if charge.id in ours:
                found.charges += 1
                found.differences += _disagreement(charge, ours[charge.id], told)
            elif _is_unknown(charge, begun_here) and charge.begun_at > known_upto:
                found.later.append(told)
            else:
                found.differences.append(f"No payment of ours succeeded by the {told}.")
    paid = PaymentIntent.objects.filter(status=PaymentIntent.Status.SUCCEEDED, charged_at__gte=since)
    ids = map(str, paid.values_list("stripe_charge_id", flat=True))
    for charge_id in sorted(set(ids) - seen):
        found.differences.append(f"Stripe does not list the charge {charge_id}, by which we were paid.")


def _payments_of(charges: Iterable[ChargeAtStripe]) -> dict[str, PaymentIntent]:
    paid = PaymentIntent.objects.filter(
        status=PaymentIntent.Status.SUCCEEDED, stripe_charge_id__in=[charge.id for charge in charges]
    )
    return {str(payment.stripe_charge_id): payment for payment in paid}


def _payments_named_by(charges: Iterable[ChargeAtStripe]) -> set[str]:
    """What these charges say of whose payment they are, where we have that payment, paid or not."""
    named = {charge.payment_id for charge in charges if _is_id(charge.payment_id)}
    return {str(pk) for pk in PaymentIntent.objects.filter(pk__in=named).values_list("pk", flat=True)}


def _is_unknown(charge: ChargeAtStripe, begun_here: set[str]) -> bool:
    """Whether our mark is on it and we have no such payment: one without the mark was never begun by us."""
    return _is_id(charge.payment_id) and charge.payment_id not in begun_here


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _disagreement(charge: ChargeAtStripe, payment: PaymentIntent, told: str) -> Iterator[str]:
    if (payment.total_minor, payment.currency) != (charge.amount_minor, charge.currency):
        yield f"The {told} is {_amount(payment.total_minor, payment.currency)} here."


def _compare_balance(found: Comparison) -> None:
    """The movements that were kept add up to what stands on our balance there, by currency."""
    found.balance = retrieve_balance()
    sums = BalanceTransaction.objects.values("currency").annotate(net=Sum("net_minor"))
    kept = {row["currency"]: int(row["net"]) for row in sums}
    for currency in sorted(kept.keys() | found.balance.keys()):
        ours, theirs = kept.get(currency, 0), found.balance.get(currency, 0)
        if ours != theirs:
            found.differences.append(
                f"Our balance is {_amount(theirs, currency)} at Stripe,"
                f" and its movements are {_amount(ours, currency)} here."
            )


def _compare_movements(found: Comparison, *, known_upto: datetime) -> None:
    """Each movement has its journal. One of a charge is told of with the charge."""
    for movement in BalanceTransaction.objects.filter(journal_key=None).exclude(type__in=CHARGES):
        told = f"{movement.type} {movement.source or movement.stripe_id} of"
        told = f"{told} {_amount(movement.amount_minor, movement.currency)}"
        if movement.created_at > known_upto:
            found.later.append(told)
        else:
            found.differences.append(f"Nothing here stands for the {told}.")


def _compare_payouts(found: Comparison) -> None:
    """What is on its way to a seller's bank here is on its way there, of the same amount."""
    for attempt in PayoutAttempt.objects.filter(state=PayoutAttempt.State.IN_TRANSIT).order_by("created_at"):
        payout_id = str(attempt.stripe_payout_id)
        told = f"The payout {payout_id} of {_amount(attempt.amount_minor, attempt.currency)}"
        try:
            made = retrieve_made(PAYOUT, payout_id, account_id=attempt.destination_account)
        except StripeRefused as refused:
            found.differences.append(
                f"{told} is on its way here, and Stripe does not know it ({refused.code})."
            )
            continue
        if made.status not in ON_ITS_WAY:
            found.differences.append(f"{told} is on its way here, and {made.status} at Stripe.")
        if (made.amount_minor, made.currency) != (attempt.amount_minor, attempt.currency):
            found.differences.append(f"{told} is {_amount(made.amount_minor, made.currency)} at Stripe.")


def _amount(minor: int, currency: str) -> str:
    return f"{format_minor(minor, currency)} {currency}"
