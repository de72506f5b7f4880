"""Payouts: from an account at Stripe to its bank: a seller's, as that account, or our own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from gateway.calls import Act, FoundAmiss, make_call, marked, newest_call, sent_since, write_call
from gateway.client import StripeAway, acting_as, ask, stripe_client
from gateway.facts import NotReadable, moment
from gateway.models import StripeCall
from gateway.pages import each_of

T = TypeVar("T")
PURPOSE = "payout"
QUIET = timedelta(hours=1)
# As many ids as fit into one value of Stripe's metadata, which has 500 characters.
MOST_SCHEDULES = 12


@dataclass(frozen=True)
class PayoutFacts:
    """A payout as Stripe tells it. `attempt_id` and `schedules` are our own words in its metadata.

    Of each schedule its id, and the how manieth payout of it this is.
    """

    id: str
    status: str
    amount_minor: int
    currency: str
    destination: str
    arrival_date: date | None
    failure_code: str
    attempt_id: UUID | None
    schedules: tuple[tuple[UUID, int], ...] = ()


def payout_params(
    *,
    attempt_id: UUID,
    schedules: Sequence[tuple[UUID, int]],
    amount_minor: int,
    currency: str,
    bank_account_id: str,
) -> dict[str, Any]:
    """What Stripe is told of an attempt's way to the bank; frozen with the call.

    The schedules, up to `MOST_SCHEDULES`, each with the number of this payout of it, are for books that were
    restored and do not know the attempt.
    """
    return {
        "amount": amount_minor,
        "currency": currency.lower(),
        "destination": bank_account_id,
        "method": "standard",
        "source_type": "card",
        "metadata": {
            "attempt": str(attempt_id),
            "schedules": ",".join(f"{schedule_id}/{number}" for schedule_id, number in schedules),
        },
    }


def write_payout(attempt_id: UUID, params: Mapping[str, Any], *, at: datetime) -> StripeCall:
    """Write down that the payout is to be made; the caller commits it."""
    return write_call(purpose=PURPOSE, object_type="attempt", object_id=attempt_id, params=params, at=at)


def write_made_payout(attempt_id: UUID, params: Mapping[str, Any], payout_id: str, *, at: datetime) -> None:
    """Write down that Stripe made it, by a call that our books lost; the caller commits it."""
    call = write_payout(attempt_id, params, at=at)
    StripeCall.objects.filter(pk=call.pk).update(
        state=StripeCall.State.DONE, result_id=payout_id, first_sent_at=at
    )


def write_call_of_platform(attempt_id: UUID, *, amount_minor: int, currency: str, at: datetime) -> StripeCall:
    """Write down a payout of our own account to its default bank account; the caller commits it."""
    params = {
        "amount": amount_minor,
        "currency": currency.lower(),
        "method": "standard",
        "source_type": "card",
        "metadata": {"attempt": str(attempt_id)},
    }
    return write_payout(attempt_id, params, at=at)


def payout_of(attempt_id: UUID) -> StripeCall:
    """The newest call that makes an attempt's payout; it was written with the attempt."""
    call = newest_call(purpose=PURPOSE, object_type="attempt", object_id=attempt_id)
    assert call is not None
    return call


def make_payout(call: StripeCall, *, account_id: str | None, at: datetime) -> PayoutFacts:
    """Make the payout of a written call on the seller's account (None: our own), or find it.

    Raises:
        StripeAway: not known whether it exists; the same call goes on later.
        StripeRefused: it does not exist.
        FoundAmiss: the attempt was paid out more than once.
    """
    act = Act(
        perform=lambda sent: _create(sent, account_id),
        look_up=lambda sent: _find_created(sent, account_id),
        fetch=lambda payout_id: _fetch(payout_id, account_id),
        quiet=QUIET,
        doubt_refusals=True,
        is_found_by_time=True,
    )
    try:
        return read_payout(make_call(call, act, at=at))
    except NotReadable as unread:
        raise StripeAway("Stripe's answer about a payout could not be read.") from unread


def available_minor(account_id: str | None, currency: str) -> int:
    """What the account (None: our own) can pay out now, in the smallest unit; below 0 if it owes Stripe.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    balance = ask(lambda: stripe_client().v1.balance.retrieve(options=acting_as(account_id)))
    return sum(part.amount for part in balance.available if part.currency == currency.lower())


def read_payout(told: Mapping[str, Any]) -> PayoutFacts:
    """Read a payout from an answer or an event.

    Raises:
        NotReadable: a field we rely on is missing.
    """
    try:
        arrival = told.get("arrival_date")
        return PayoutFacts(
            id=str(told["id"]),
            status=str(told["status"]),
            amount_minor=int(told["amount"]),
            currency=str(told["currency"]).upper(),
            destination=str(told.get("destination") or ""),
            arrival_date=moment(arrival).date() if isinstance(arrival, int) else None,
            failure_code=str(told.get("failure_code") or ""),
            attempt_id=_own(told, "attempt", UUID),
            schedules=_own(told, "schedules", _schedules) or (),
        )
    except (KeyError, TypeError, ValueError) as missing:
        raise NotReadable(f"The payout lacks {missing}.") from missing


def _own(told: Mapping[str, Any], name: str, read: Callable[[str], T]) -> T | None:
    """Our own word in the metadata, if it is one."""
    metadata = told.get("metadata")
    try:
        return read(metadata[name]) if isinstance(metadata, Mapping) else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _schedules(words: str) -> tuple[tuple[UUID, int], ...]:
    pairs = (word.split("/") for word in words.split(","))
    return tuple((UUID(schedule_id), int(number)) for schedule_id, number in pairs)


def _create(call: StripeCall, account_id: str | None) -> Mapping[str, Any]:
    made = stripe_client().v1.payouts.create(
        marked(call),  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key, **acting_as(account_id)},
    )
    return made.to_dict()


def _fetch(payout_id: str, account_id: str | None) -> Mapping[str, Any]:
    return stripe_client().v1.payouts.retrieve(payout_id, options=acting_as(account_id)).to_dict()


def _find_created(call: StripeCall, account_id: str | None) -> Mapping[str, Any] | None:
    """The payout on the account that was made for this attempt, by whichever of its calls.

    Raises:
        FoundAmiss: there are two.
    """
    payouts = each_of("/v1/payouts", account_id=account_id, created={"gte": sent_since(call)})
    found = [made for made in payouts if made["metadata"].get("attempt") == call.object_id]
    if len(found) > 1:
        raise FoundAmiss(f"{len(found)} payouts were made for one attempt.")
    return next(iter(found), None)
