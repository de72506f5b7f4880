"""Schedules that an operator makes of chosen lines: those and no others, or none of them."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from events.recording import record_event
from payouts.bank_days import due_on, first_run_day, next_bank_day
from payouts.locking import lock_sellers
from payouts.models import Earning, PayoutItem, PayoutSchedule
from payouts.policies import Terms, terms_of
from payouts.scheduling import netted_before, new_item, scheduled_earnings
from people.models import User

SALE = PayoutItem.Part.SALE


class ChoiceRefused(Exception):
    """Some lines cannot be scheduled, so none is. `reasons` names each by its earning."""

    def __init__(self, reasons: dict[UUID, str]) -> None:
        super().__init__("Some of these lines cannot be scheduled.")
        self.reasons = reasons


@transaction.atomic
def schedule_chosen(
    earning_ids: list[UUID], *, on: date | None, notes: str, by: User, at: datetime
) -> list[PayoutSchedule]:
    """One closed schedule for each seller and currency, with just these lines.

    `on` moves forward to a bank day whose run is still to come; before a line's own day it is forced early
    and waits for a second operator. Without `on` it is the latest of the lines' own days.

    Raises:
        ChoiceRefused: a line is unknown, on a payout already, or has nothing to pay; nothing is done.
    """
    lock_sellers(Earning.objects.filter(pk__in=earning_ids).values_list("seller", flat=True))
    earnings = list(Earning.objects.filter(pk__in=earning_ids).order_by("pk").select_for_update())
    _refuse_unpayable(earnings, asked=earning_ids)
    terms = terms_of({earning.seller_id for earning in earnings})
    groups: dict[tuple[int, str], list[Earning]] = defaultdict(list)
    for earning in earnings:
        groups[earning.seller_id, earning.currency].append(earning)
    return [
        _schedule(group, terms[seller_id], on=on, notes=notes, by=by, at=at)
        for (seller_id, _), group in sorted(groups.items())
    ]


def _refuse_unpayable(earnings: list[Earning], *, asked: list[UUID]) -> None:
    claimed = set(scheduled_earnings().filter(earning__in=[earning.pk for earning in earnings]))
    reasons = dict.fromkeys(set(asked) - {earning.pk for earning in earnings}, "There is no such line.")
    for earning in earnings:
        if earning.pk in claimed:
            reasons[earning.pk] = "It is on a payout already."
        elif earning.status != Earning.Status.PENDING:
            reasons[earning.pk] = "There is nothing left to pay."
    if reasons:
        raise ChoiceRefused(reasons)


def _schedule(
    earnings: list[Earning], terms: Terms, *, on: date | None, notes: str, by: User, at: datetime
) -> PayoutSchedule:
    due = max(_own_day(earning, terms, at=at) for earning in earnings)
    currency = earnings[0].currency
    day = due
    if on is not None:
        day = next_bank_day(max(on, first_run_day(at)), currency=currency, country=terms.country)
    netted = netted_before([earning.pk for earning in earnings])
    items = [new_item(earning, SALE, netted_minor=netted.get((earning.pk, SALE), 0)) for earning in earnings]
    schedule = PayoutSchedule.objects.create(
        seller_id=earnings[0].seller_id,
        currency=currency,
        scheduled_date=day,
        total_minor=sum(item.net_minor for item in items),
        item_count=len(items),
        is_closed=True,
        is_forced_early=day < due,
        chosen_by=by,
        notes=notes,
        created_at=at,
        updated_at=at,
    )
    for item in items:
        item.schedule = schedule
    PayoutItem.objects.bulk_create(items)
    record_event(
        "payout.chosen",
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        actor_id=by.pk,
        audience=[schedule.seller_id],
        details={"total_minor": schedule.total_minor, "currency": currency, "notes": notes},
    )
    return schedule


def _own_day(earning: Earning, terms: Terms, *, at: datetime) -> date:
    """The day the line would leave without anybody's choice, whatever the interval."""
    due = due_on(
        paid_on=earning.paid_on,
        available_on=earning.available_on,
        currency=earning.currency,
        country=terms.country,
        delay_days=terms.policy.delay_days,
    )
    return next_bank_day(max(due, first_run_day(at)), currency=earning.currency, country=terms.country)
