"""Transfers at Stripe beside the items that they were made for: each is one of ours, as it is booked."""

from collections import defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q

from gateway.made import Made
from gateway.models import StripeCall
from gateway.transfers import PURPOSE, REVERSAL
from ledger.balances import moved_minor
from payouts.models import PayoutItem
from treasury.differences import About, Difference, Kind

CLEARING = "stripe:clearing"
LARGEST_KEY = 2**63 - 1


@dataclass
class Ours:
    """What we know of one transfer: the items it may be of, what is booked of them, and whether we doubt."""

    item_ids: set[int] = field(default_factory=set)
    schedule_id: UUID | None = None
    expected_minor: int = 0
    in_doubt: bool = False


def differing_transfers(transfers: list[Made]) -> list[Difference]:
    """What Stripe has transferred and we tell otherwise; four statements for all."""
    ours = _find(transfers)
    return [
        difference for transfer in transfers if (difference := _difference(transfer, ours.get(transfer.id)))
    ]


def _difference(transfer: Made, ours: Ours | None) -> Difference | None:
    expected_minor = ours.expected_minor if ours else 0
    if expected_minor == transfer.stands_minor:
        return None
    if ours is None:
        kind = Kind.UNKNOWN
    else:
        kind = Kind.MISSING_EVENT if ours.in_doubt else Kind.AMOUNT
    return Difference(
        kind=kind,
        object_type=About.TRANSFER,
        object_id=transfer.id,
        account_id=transfer.account_id,
        subject_id=str(ours.schedule_id or "") if ours else "",
        currency=transfer.currency,
        expected_minor=expected_minor,
        found_minor=transfer.stands_minor,
        made_at=transfer.created_at,
    )


def _find(transfers: list[Made]) -> dict[str, Ours]:
    """By transfer, where it is ours: by its item, or by the call that it says it was made by."""
    ours: dict[str, Ours] = defaultdict(Ours)
    _by_call(transfers, ours)
    _by_item(transfers, ours)
    booked = _booked_minor({item_id for one in ours.values() for item_id in one.item_ids})
    for transfer in transfers:
        if transfer.id in ours:
            known = ours[transfer.id]
            known.expected_minor = sum(booked.get((pk, transfer.currency), 0) for pk in known.item_ids)
    _doubt_reversals(ours)
    return dict(ours)


def _by_call(transfers: list[Made], ours: dict[str, Ours]) -> None:
    """A call is a transfer's own when that is its result, or when it has none yet."""
    call_ids = {one.id: int(one.own_id) for one in transfers if _is_key(one.own_id)}
    calls = StripeCall.objects.filter(purpose=PURPOSE).in_bulk(list(call_ids.values()))
    for transfer_id, call_id in call_ids.items():
        call = calls.get(call_id)
        if call is None or call.result_id not in ("", transfer_id):
            continue
        if call.state in StripeCall.OPEN:
            ours[transfer_id].in_doubt = True
        if call.result_id:
            ours[transfer_id].item_ids.add(int(call.object_id))


def _by_item(transfers: list[Made], ours: dict[str, Ours]) -> None:
    """With the items of the calls; one that was to go to another account is none of the transfer's."""
    by_id = {transfer.id: transfer for transfer in transfers}
    known = {item_id for one in ours.values() for item_id in one.item_ids}
    items = PayoutItem.objects.filter(Q(stripe_transfer_id__in=by_id) | Q(pk__in=known))
    rows = {item.pk: item for item in items.select_related("schedule")}
    for item in rows.values():
        if item.stripe_transfer_id in by_id:
            ours[str(item.stripe_transfer_id)].item_ids.add(item.pk)
    for transfer_id, one in ours.items():
        there = [rows[pk] for pk in one.item_ids if pk in rows]
        one.schedule_id = there[0].schedule_id if there else None
        account_id = by_id[transfer_id].account_id
        one.item_ids = {item.pk for item in there if item.schedule.destination_account == account_id}


def _booked_minor(item_ids: set[int]) -> dict[tuple[int, str], int]:
    """By item and currency what was booked as transferred, less what was taken back."""
    keys = {f"{purpose}:{pk}": pk for pk in item_ids for purpose in (PURPOSE, REVERSAL)}
    booked: dict[tuple[int, str], int] = defaultdict(int)
    for key, by_currency in moved_minor(CLEARING, keys).items():
        for currency, minor in by_currency.items():
            booked[keys[key], currency] -= minor
    return booked


def _doubt_reversals(ours: dict[str, Ours]) -> None:
    """What is being taken back may be back already."""
    calls = StripeCall.objects.filter(
        purpose=REVERSAL,
        object_type="item",
        object_id__in=[str(pk) for one in ours.values() for pk in one.item_ids],
        state__in=StripeCall.OPEN,
    )
    doubted = {int(item_id) for item_id in calls.values_list("object_id", flat=True)}
    for one in ours.values():
        one.in_doubt |= bool(one.item_ids & doubted)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= LARGEST_KEY
