"""Putting earnings on dated schedules: one open schedule for a seller, a currency and a bank day."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import QuerySet

from payouts.bank_days import due_on, first_run_day, next_bank_day
from payouts.models import Earning, PayoutItem, PayoutSchedule

Place = tuple[int, str, date]


MOST_AT_ONCE = 1000


@transaction.atomic(savepoint=False)
def schedule_earnings(earnings: list[Earning] | None, *, at: datetime) -> list[PayoutSchedule]:
    """Put each earning on the open schedule of its seller, currency and due day.

    None takes all that are on none yet, up to 1,000 of them. An earning that is on a live schedule stays
    there, so that a second call adds nothing; one of 0 needs no payout. Answers the schedule of every
    earning given, as often as it has one, in the order of their days.
    """
    waiting = _take_unscheduled(earnings, most=MOST_AT_ONCE)
    by_place: dict[Place, list[Earning]] = defaultdict(list)
    for earning in waiting:
        by_place[_place_of(earning, at=at)].append(earning)
    schedule_ids = _open_schedules(by_place, at=at)
    PayoutItem.objects.bulk_create(
        [_item(earning, schedule_ids[place]) for place in by_place for earning in by_place[place]]
    )
    asked = waiting if earnings is None else earnings
    return list(schedules_of([earning.pk for earning in asked]).values())


@transaction.atomic(savepoint=False)
def move_to_day_of_payment(payment_id: UUID, *, paid_on: date, at: datetime) -> None:
    """Move a sale to the schedule of its true day of payment, unless it is on its way already."""
    earning = Earning.objects.select_for_update().get(payment_id=payment_id)
    if earning.paid_on == paid_on:
        return
    earning.paid_on = paid_on
    earning.save(update_fields=["paid_on"])
    if _leave_schedule(earning, at=at):
        schedule_earnings([earning], at=at)


def _leave_schedule(earning: Earning, *, at: datetime) -> bool:
    """Take a waiting item off its open schedule; a schedule left empty goes with it."""
    waiting = PayoutItem.objects.filter(earning=earning, state=PayoutItem.State.WAITING).first()
    if waiting is None:
        return False
    schedule = PayoutSchedule.objects.select_for_update().get(pk=waiting.schedule_id)
    if schedule.state != PayoutSchedule.State.SCHEDULED:
        return False
    PayoutItem.objects.filter(pk=waiting.pk).update(state=PayoutItem.State.DROPPED)
    if schedule.item_count == 1:
        schedule.state, schedule.reason = schedule.State.CANCELED, "Its only sale moved to its right date."
    else:
        schedule.total_minor -= waiting.net_minor
        schedule.item_count -= 1
    schedule.updated_at = at
    schedule.save(update_fields=["state", "reason", "total_minor", "item_count", "updated_at"])
    return True


def schedules_of(earning_ids: list[UUID]) -> dict[UUID, PayoutSchedule]:
    """The schedule on which each earning's sale is, by earning."""
    live = PayoutItem.objects.filter(earning__in=earning_ids, part=PayoutItem.Part.SALE)
    live = live.exclude(state=PayoutItem.State.DROPPED).select_related("schedule")
    return {item.earning_id: item.schedule for item in live.order_by("schedule__scheduled_date", "pk")}


def schedule_of_payment(payment_id: UUID) -> PayoutSchedule | None:
    """The schedule on which a payment's sale is."""
    return schedules_of_payments([payment_id]).get(payment_id)


def schedules_of_payments(payment_ids: list[UUID]) -> dict[UUID, PayoutSchedule]:
    """The schedule on which each payment's sale is, by payment."""
    earnings = dict(Earning.objects.filter(payment_id__in=payment_ids).values_list("pk", "payment_id"))
    return {earnings[pk]: schedule for pk, schedule in schedules_of(list(earnings)).items()}


def _take_unscheduled(earnings: list[Earning] | None, *, most: int) -> list[Earning]:
    """The earnings that wait for a schedule, locked in the order of their ids.

    Of two callers with the same earning the second finds it scheduled.
    """
    candidates = Earning.objects.filter(status=Earning.Status.PENDING).order_by("pk")
    if earnings is not None:
        locked = candidates.filter(pk__in=[e.pk for e in earnings]).select_for_update()
    else:
        unscheduled = candidates.exclude(pk__in=_scheduled())
        locked = candidates.filter(pk__in=list(unscheduled.values_list("pk", flat=True)[:most]))
        locked = locked.select_for_update()
    found = list(locked)
    taken = set(_scheduled().filter(earning__in=[e.pk for e in found]))
    return [earning for earning in found if earning.pk not in taken]


def _scheduled() -> QuerySet[PayoutItem, UUID]:
    """The ids of the earnings whose sale is on a live schedule."""
    live = PayoutItem.objects.filter(part=PayoutItem.Part.SALE).exclude(state=PayoutItem.State.DROPPED)
    return live.values_list("earning_id", flat=True)


def _place_of(earning: Earning, *, at: datetime) -> Place:
    """Seller, currency and bank day; a day whose run is over already becomes the next run's."""
    due = due_on(paid_on=earning.paid_on, available_on=earning.available_on, currency=earning.currency)
    day = next_bank_day(max(due, first_run_day(at)), currency=earning.currency)
    return earning.seller_id, earning.currency, day


def _item(earning: Earning, schedule_id: UUID) -> PayoutItem:
    return PayoutItem(
        earning=earning,
        schedule_id=schedule_id,
        gross_minor=earning.amount_minor,
        net_minor=earning.amount_minor,
    )


def _open_schedules(by_place: dict[Place, list[Earning]], *, at: datetime) -> dict[Place, UUID]:
    """Add to the open schedule of each place, or open it; one statement, in one fixed order.

    A schedule that is being sent at this moment is open no more: the next one takes its place.
    """
    if not by_place:
        return {}
    places = sorted(by_place)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payouts_payoutschedule AS schedule
                (id, seller_id, currency, scheduled_date, total_minor, item_count, state, reason,
                 attempt, destination_account, destination_bank, created_at, updated_at)
            SELECT *, 'scheduled', '', 0, '', '', %s, %s FROM unnest(
                %s::uuid[], %s::bigint[], %s::text[], %s::date[], %s::bigint[], %s::int[])
            ON CONFLICT (seller_id, currency, scheduled_date) WHERE state = 'scheduled' DO UPDATE SET
                total_minor = schedule.total_minor + excluded.total_minor,
                item_count = schedule.item_count + excluded.item_count,
                updated_at = excluded.updated_at
            RETURNING seller_id, currency, scheduled_date, id
            """,
            [
                at,
                at,
                [uuid4() for _ in places],
                [seller_id for seller_id, _, _ in places],
                [currency for _, currency, _ in places],
                [day for _, _, day in places],
                [sum(earning.amount_minor for earning in by_place[place]) for place in places],
                [len(by_place[place]) for place in places],
            ],
        )
        return {(seller_id, currency, day): pk for seller_id, currency, day, pk in cursor.fetchall()}
