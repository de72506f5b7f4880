"""Payouts: from a seller's connected account to the bank, as that account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.calls import Act, make_call, marked, newest_call, sent_since, write_call
from gateway.client import ask, stripe_client
from gateway.facts import NotReadable, moment
from gateway.models import StripeCall

PURPOSE = "payout"
QUIET = timedelta(hours=1)


@dataclass(frozen=True)
class PayoutFacts:
    """A payout as Stripe tells it."""

    id: str
    status: str
    amount_minor: int
    currency: str
    arrival_date: date | None
    failure_code: str
    schedule_id: UUID | None


def payout_params(
    *, schedule_id: UUID, attempt: int, amount_minor: int, currency: str, bank_account_id: str
) -> dict[str, Any]:
    """What Stripe is told of a schedule's way to the bank; frozen with the call."""
    return {
        "amount": amount_minor,
        "currency": currency.lower(),
        "destination": bank_account_id,
        "method": "standard",
        "source_type": "card",
        "metadata": {"schedule": str(schedule_id), "attempt": str(attempt)},
    }


def write_payout(schedule_id: UUID, attempt: int, params: Mapping[str, Any], *, at: datetime) -> StripeCall:
    """Write down that the payout is to be made; the caller commits it."""
    object_id = f"{schedule_id}:{attempt}"
    return write_call(purpose=PURPOSE, object_type="schedule", object_id=object_id, params=params, at=at)


def payout_may_exist(schedule_id: UUID, attempt: int) -> bool:
    """Whether the attempt's call was sent and not refused: then it must be brought to its end."""
    call = newest_call(purpose=PURPOSE, object_type="schedule", object_id=f"{schedule_id}:{attempt}")
    return call is not None and call.state not in (StripeCall.State.INTENT, StripeCall.State.REFUSED)


def make_payout(call: StripeCall, *, account_id: str, at: datetime) -> PayoutFacts:
    """Make the payout of a written call on the seller's account, or find it.

    Raises:
        StripeAway: not known whether it exists; the same call goes on later.
        StripeRefused: it does not exist; `balance_insufficient` may be tried again.
    """
    act = Act(
        perform=lambda sent: _create(sent, account_id),
        look_up=lambda sent: _find_created(sent, account_id),
        fetch=lambda payout_id: _fetch(payout_id, account_id),
        quiet=QUIET,
        again_after_refusal=True,
        doubt_refusals=True,
    )
    return read_payout(make_call(call, act, at=at))


def available_minor(account_id: str, currency: str) -> int:
    """What the connected account can pay out now, in the smallest unit.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    balance = ask(lambda: stripe_client().v1.balance.retrieve(options={"stripe_account": account_id}))
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
            arrival_date=moment(arrival).date() if isinstance(arrival, int) else None,
            failure_code=str(told.get("failure_code") or ""),
            schedule_id=_schedule_id(told.get("metadata")),
        )
    except (KeyError, TypeError, ValueError) as missing:
        raise NotReadable(f"The payout lacks {missing}.") from missing


def _schedule_id(metadata: object) -> UUID | None:
    """Our own word in the metadata, if it is one."""
    try:
        return UUID(metadata["schedule"]) if isinstance(metadata, Mapping) else None
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _create(call: StripeCall, account_id: str) -> Mapping[str, Any]:
    made = stripe_client().v1.payouts.create(
        marked(call),  # type: ignore[arg-type]
        {"idempotency_key": call.idempotency_key, "stripe_account": account_id},
    )
    return made.to_dict()


def _fetch(payout_id: str, account_id: str) -> Mapping[str, Any]:
    return stripe_client().v1.payouts.retrieve(payout_id, options={"stripe_account": account_id}).to_dict()


def _find_created(call: StripeCall, account_id: str) -> Mapping[str, Any] | None:
    """The payout on the seller's account that this schedule's attempt made."""
    page = stripe_client().v1.payouts.list(
        {"created": {"gte": sent_since(call)}, "limit": 100}, {"stripe_account": account_id}
    )
    for payout in page.auto_paging_iter():
        made = payout.to_dict()
        if made["metadata"].get("call_id") == str(call.pk):
            return made
    return None
