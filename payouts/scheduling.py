"""Putting earnings on dated schedules: one open schedule for a seller, a currency and a bank day."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from ledger.models import Journal
from money.sets import insert_rows
from payouts.bank_days import PLATFORM_ZONE, next_bank_day
from payouts.locking import lock_sellers
from payouts.models import Earning, PayoutItem, PayoutSchedule
from payouts.policies import due_day, terms_of

Part, ItemState = PayoutItem.Part, PayoutItem.State
Place = tuple[int, str, date]
Piece = tuple[UUID, str]

MOST_AT_ONCE = 1000


@transaction.atomic(savepoint=False)
def schedule_earnings(earnings: list[Earning] | None, *, at: datetime) -> list[PayoutSchedule]:
    """Put each earning on the open schedule of its seller, currency and due day.

    None takes all that are on none yet, up to 1,000 of them. An earning that is on a live schedule stays
    there, so that a second call adds nothing; one of 0 needs no payout, and one under a manual policy
    waits until somebody chooses its day. Answers the schedule of every earning given, as often as it has
    one, in the order of their days.
    """
    waiting, were_on_one = _take_unscheduled(earnings, most=MOST_AT_ONCE)
    place_parts([(earning, Part.SALE) for earning in waiting], at=at, netted=netted_before(were_on_one))
    asked = waiting if earnings is None else earnings
    return list(schedules_of([earning.pk for earning in asked]).values())


def place_parts(
    parts: Sequence[tuple[Earning, str]],
    *,
    at: datetime,
    netted: Mapping[Piece, int] | None = None,
    not_before: date | None = None,
) -> list[PayoutItem]:
    """A new item for each part, on the open schedule of its day; `not_before` puts that day off.

    `netted` is what debts have had of the parts before; they were on no schedule yet if it is not given.
    """
    terms = terms_of({earning.seller_id for earning, _ in parts})
    netted = netted or {}
    by_place: dict[Place, list[PayoutItem]] = defaultdict(list)
    for earning, part in parts:
        as_of = _as_of(at, not_before)
        is_release = part == Part.RESERVE_RELEASE
        day = due_day(earning, terms[earning.seller_id], is_release=is_release, at=as_of)
        if day is not None:
            item = new_item(earning, part, netted_minor=netted.get((earning.pk, part), 0))
            by_place[earning.seller_id, earning.currency, day].append(item)
    open_schedules = _open_schedules(by_place, at=at)
    for place, items in by_place.items():
        for item in items:
            item.schedule_id = open_schedules[place]
    placed = [item for items in by_place.values() for item in items]
    insert_rows(placed)
    return placed


def place_again(items: Iterable[PayoutItem], *, at: datetime, not_before: date) -> None:
    """A new item for the part of each dropped one, unless it has one; the caller holds the seller."""
    dropped = list(items)
    earnings = Earning.objects.filter(pk__in=[item.earning_id for item in dropped]).order_by("pk")
    locked = {earning.pk: earning for earning in earnings.select_for_update()}
    live = live_pieces(locked)
    free = [(item.earning_id, item.part) for item in dropped if (item.earning_id, item.part) not in live]
    parts = [(locked[pk], part) for pk, part in free]
    place_parts(parts, at=at, netted=netted_before(locked), not_before=not_before)


def live_pieces(earning_ids: Collection[UUID]) -> set[Piece]:
    """The (earning, part) of these that are on a schedule, or settled."""
    live = PayoutItem.objects.filter(earning__in=list(earning_ids)).exclude(state=ItemState.DROPPED)
    return set(live.values_list("earning", "part"))


def netted_before(earning_ids: Collection[UUID]) -> dict[Piece, int]:
    """What of each part went towards a debt, and stayed there when its transfer was taken back."""
    if not earning_ids:
        return {}
    dropped = PayoutItem.objects.filter(earning__in=list(earning_ids), state=ItemState.DROPPED).order_by("pk")
    newest = {(item.earning_id, item.part): item for item in dropped}
    if not newest:
        return {}
    reversals = [f"reversal:{item.pk}" for item in newest.values()]
    taken_back = set(Journal.objects.filter(key__in=reversals).values_list("key", flat=True))
    return {piece: item.netted_minor for piece, item in newest.items() if f"reversal:{item.pk}" in taken_back}


@transaction.atomic(savepoint=False)
def move_to_day_of_payment(payment_id: UUID, *, paid_on: date, at: datetime) -> None:
    """Move a sale to the schedule of its true day of payment, unless it is on its way already.

    What is kept back of it moves by as many days.
    """
    lock_sellers(Earning.objects.filter(payment_id=payment_id).values_list("seller", flat=True))
    earning = Earning.objects.select_for_update().get(payment_id=payment_id)
    if earning.paid_on != paid_on:
        if earning.kept_until is not None:
            earning.kept_until += paid_on - earning.paid_on
        Earning.objects.filter(pk=earning.pk).update(paid_on=paid_on, kept_until=earning.kept_until)
        redate_items(PayoutItem.objects.filter(earning=earning), at=at)


@transaction.atomic(savepoint=False)
def keep_availability(available: dict[str, date], *, at: datetime) -> None:
    """Keep on which day each charge's money can be moved; a sale that this makes later moves with it."""
    earnings = Earning.objects.filter(stripe_charge_id__in=list(available)).order_by("pk")
    lock_sellers(earnings.values_list("seller", flat=True))
    changed = [e for e in earnings.select_for_update() if e.available_on != available[e.stripe_charge_id]]
    for earning in changed:
        earning.available_on = available[earning.stripe_charge_id]
    Earning.objects.bulk_update(changed, ["available_on"])
    redate_items(PayoutItem.objects.filter(earning__in=[e.pk for e in changed]), at=at)


@transaction.atomic(savepoint=False)
def redate_items(items: QuerySet[PayoutItem], *, at: datetime) -> int:
    """Move each waiting item to the day that holds for it now; what an operator chose stays.

    Answers how many moved.
    """
    lock_sellers(items.values_list("earning__seller", flat=True))
    movable = items.filter(
        state=ItemState.WAITING,
        schedule__state=PayoutSchedule.State.SCHEDULED,
        schedule__chosen_by=None,
    )
    waiting = list(movable.select_related("earning", "schedule").order_by("pk"))
    terms = terms_of({item.earning.seller_id for item in waiting})
    moved: dict[Place, list[PayoutItem]] = defaultdict(list)
    for item in waiting:
        earning = item.earning
        is_release = item.part == Part.RESERVE_RELEASE
        day = due_day(earning, terms[earning.seller_id], is_release=is_release, at=at)
        if day is not None and day != item.schedule.scheduled_date:
            moved[earning.seller_id, earning.currency, day].append(item)
    _move(moved, at=at)
    return sum(len(items) for items in moved.values())


def postpone(schedule: PayoutSchedule, *, reason: str, at: datetime) -> None:
    """Put a schedule that could not leave today off to its seller's next day, with the reason.

    It keeps its number, unless another is open on that day: then its items join that one. The caller holds
    the seller and the schedule, which is `scheduled`.
    """
    items = list(schedule.items.filter(state=ItemState.WAITING).select_related("earning"))
    terms = terms_of({schedule.seller_id})[schedule.seller_id]
    tomorrow = _as_of(at, day_after(at))
    days = [due_day(i.earning, terms, is_release=i.part == Part.RESERVE_RELEASE, at=tomorrow) for i in items]
    fallback = next_bank_day(day_after(at), currency=schedule.currency, country=terms.country)
    day = max((day for day in days if day), default=fallback)
    try:
        with transaction.atomic():
            PayoutSchedule.objects.filter(pk=schedule.pk).update(
                scheduled_date=day, reason=reason, updated_at=at
            )
    except IntegrityError:
        _move({(schedule.seller_id, schedule.currency, day): items}, at=at)
        joined = PayoutSchedule.objects.filter(items__in=[item.pk for item in items])
        joined.update(reason=reason)


def schedules_of(earning_ids: list[UUID]) -> dict[UUID, PayoutSchedule]:
    """The schedule on which each earning's sale is, by earning."""
    if not earning_ids:
        return {}
    live = PayoutItem.objects.filter(earning__any_of=earning_ids, part=Part.SALE)
    live = live.exclude(state=ItemState.DROPPED).select_related("schedule__payout")
    return {item.earning_id: item.schedule for item in live.order_by("schedule__scheduled_date", "pk")}


def schedule_of_payment(payment_id: UUID) -> PayoutSchedule | None:
    """The schedule on which a payment's sale is."""
    return schedules_of_payments([payment_id]).get(payment_id)


def schedules_of_payments(payment_ids: list[UUID]) -> dict[UUID, PayoutSchedule]:
    """The schedule on which each payment's sale is, by payment."""
    earnings = dict(Earning.objects.filter(payment_id__in=payment_ids).values_list("pk", "payment_id"))
    return {earnings[pk]: schedule for pk, schedule in schedules_of(list(earnings)).items()}


def scheduled_earnings() -> QuerySet[PayoutItem, UUID]:
    """The ids of the earnings whose sale is on a live schedule."""
    live = PayoutItem.objects.filter(part=Part.SALE).exclude(state=ItemState.DROPPED)
    return live.values_list("earning_id", flat=True)


def _take_unscheduled(earnings: list[Earning] | None, *, most: int) -> tuple[list[Earning], list[UUID]]:
    """The earnings that wait for a schedule, locked in the order of their ids; and which were on one before.

    Of two callers with the same earning the second finds it scheduled.
    """
    candidates = Earning.objects.filter(status=Earning.Status.PENDING).order_by("pk")
    if earnings is not None:
        locked = candidates.filter(pk__any_of=[e.pk for e in earnings]).select_for_update()
    else:
        unscheduled = candidates.exclude(pk__in=scheduled_earnings())
        locked = candidates.filter(pk__in=list(unscheduled.values_list("pk", flat=True)[:most]))
        locked = locked.select_for_update()
    found = list(locked)
    known = PayoutItem.objects.filter(earning__any_of=[e.pk for e in found], part=Part.SALE)
    states = list(known.values_list("earning_id", "state"))
    taken = {pk for pk, state in states if state != ItemState.DROPPED}
    return [earning for earning in found if earning.pk not in taken], [pk for pk, _ in states]


def _as_of(at: datetime, not_before: date | None) -> datetime:
    """The moment from which a day is looked for: now, or the morning of the first day that is allowed."""
    if not_before is None:
        return at
    return max(at, datetime.combine(not_before, datetime.min.time(), tzinfo=PLATFORM_ZONE))


def new_item(earning: Earning, part: str, *, netted_minor: int = 0) -> PayoutItem:
    """An item of the part, not yet written, on no schedule; `netted_minor` is what a debt has had of it."""
    gross_minor = earning.amount_minor - earning.kept_minor if part == Part.SALE else earning.kept_minor
    return PayoutItem(
        earning=earning,
        part=part,
        gross_minor=gross_minor,
        netted_minor=netted_minor,
        net_minor=gross_minor - netted_minor,
    )


def _move(moved: dict[Place, list[PayoutItem]], *, at: datetime) -> None:
    """Put the items on the open schedules of their places; what they leave is counted anew."""
    leaving = sorted({item.schedule_id for items in moved.values() for item in items})
    list(PayoutSchedule.objects.filter(pk__in=leaving).order_by("pk").select_for_update())
    open_schedules = _open_schedules(moved, at=at)
    for place, items in moved.items():
        waiting = PayoutItem.objects.filter(pk__in=[item.pk for item in items], state=ItemState.WAITING)
        waiting.update(schedule=open_schedules[place])
    count_anew(leaving, at=at)


def count_anew(schedule_ids: Iterable[UUID], *, at: datetime) -> None:
    """Make each schedule's sum and count those of its waiting items; one without any is canceled."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payouts_payoutschedule AS schedule SET
                total_minor = coalesce(live.total_minor, 0),
                item_count = coalesce(live.item_count, 0),
                state = CASE WHEN live.item_count > 0 THEN schedule.state ELSE 'canceled' END,
                reason = CASE WHEN live.item_count > 0 THEN schedule.reason ELSE %s END,
                updated_at = %s
            FROM unnest(%s::uuid[]) AS left_behind (id)
            LEFT JOIN LATERAL (
                SELECT sum(net_minor) AS total_minor, count(*) AS item_count
                FROM payouts_payoutitem WHERE schedule_id = left_behind.id AND state = 'waiting'
            ) AS live ON true
            WHERE schedule.id = left_behind.id
            """,
            ["Everything on it moved to another day.", at, list(schedule_ids)],
        )


def _open_schedules(by_place: dict[Place, list[PayoutItem]], *, at: datetime) -> dict[Place, UUID]:
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
                (id, seller_id, currency, scheduled_date, total_minor, item_count, state, reason, attempt,
                 destination_account, destination_bank, returns, is_closed, is_being_reversed,
                 is_forced_early, notes, created_at, updated_at)
            SELECT *, 'scheduled', '', 0, '', '', 0, false, false, false, '', %s, %s FROM unnest(
                %s::uuid[], %s::bigint[], %s::text[], %s::date[], %s::bigint[], %s::int[])
            ON CONFLICT (seller_id, currency, scheduled_date)
                WHERE state = 'scheduled' AND NOT is_closed DO UPDATE SET
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
                [sum(item.net_minor for item in by_place[place]) for place in places],
                [len(by_place[place]) for place in places],
            ],
        )
        return {(seller_id, currency, day): pk for seller_id, currency, day, pk in cursor.fetchall()}


def day_after(at: datetime) -> date:
    """The first day of the next run: what was refused today is not tried again today."""
    return at.astimezone(PLATFORM_ZONE).date() + timedelta(days=1)
