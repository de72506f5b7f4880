"""Which day a sale leaves: the policy's, moved forward to a bank day, and never past Stripe's 90 days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from events.models import Event
from payouts.aging import tell_of_old_money
from payouts.holding import pause_payouts
from payouts.models import ConnectedAccount, Earning, PayoutItem, PayoutPolicy, PayoutSchedule
from payouts.policies import PolicyRefused, Terms, due_day, part_kept_back, set_policy, terms_of
from payouts.reserving import reserve
from payouts.scheduling import redate_items
from tests.cast import NOON, Cast
from tests.payouts.moving import DUE, sales_of, stands, under

pytestmark = pytest.mark.usefixtures("books_hold")

MONDAY = date(2026, 11, 23)


def day_of(
    paid_on: str = "2026-11-23",
    *,
    seen_on: str | None = None,
    currency: str = "SEK",
    country: str | None = "SE",
    available_on: str | None = None,
    kept_until: str | None = None,
    **terms: object,
) -> date | None:
    """The day on which a sale would leave, seen at eight in the morning of a day."""
    earning = Earning(
        currency=currency,
        paid_on=date.fromisoformat(paid_on),
        available_on=date.fromisoformat(available_on) if available_on else None,
        kept_until=date.fromisoformat(kept_until) if kept_until else None,
    )
    at = datetime.fromisoformat(f"{seen_on or paid_on}T08:00").replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    return due_day(earning, Terms(PayoutPolicy(**terms), country), is_release=bool(kept_until), at=at)


@pytest.mark.parametrize(
    ("terms", "day"),
    [
        ({}, "2026-11-30"),
        ({"delay_days": 0}, "2026-11-23"),
        ({"delay_days": 3}, "2026-11-26"),
        ({"delay_days": 5}, "2026-11-30"),
        ({"interval": "weekly", "weekday": 4}, "2026-12-04"),
        ({"interval": "weekly", "weekday": 0}, "2026-11-30"),
        ({"interval": "monthly", "month_day": 30}, "2026-11-30"),
        ({"interval": "monthly", "month_day": 31}, "2026-11-30"),
        ({"interval": "monthly", "month_day": 15}, "2026-12-15"),
        ({"interval": "monthly", "month_day": 31, "delay_days": 8}, "2027-01-04"),
        ({"interval": "manual"}, None),
    ],
)
def test_the_policys_next_day_on_or_after_the_due_date(cast: Cast, terms: dict, day: str | None) -> None:
    assert day_of(**terms) == (date.fromisoformat(day) if day else None)


@pytest.mark.parametrize(
    ("paid_on", "month_day", "day"),
    [
        ("2027-02-10", 30, "2027-03-01"),
        ("2028-02-15", 31, "2028-02-29"),
        ("2027-01-29", 29, "2027-03-01"),
        ("2027-04-20", 31, "2027-04-30"),
    ],
)
def test_a_month_that_is_too_short_has_its_last_day(
    cast: Cast, paid_on: str, month_day: int, day: str
) -> None:
    assert day_of(paid_on, interval="monthly", month_day=month_day) == date.fromisoformat(day)


def test_a_weekly_day_on_a_holiday_moves_forward_and_stays_there_when_it_is_asked_for_again(
    cast: Cast,
) -> None:
    friday = {"interval": "weekly", "weekday": 4, "delay_days": 1}

    assert day_of("2027-03-23", **friday) == date(2027, 3, 30)  # Good Friday, then Easter Monday.
    assert day_of("2027-03-23", seen_on="2027-03-27", **friday) == date(2027, 3, 30)


@pytest.mark.parametrize(
    ("currency", "country", "day"),
    [
        ("SEK", "SE", "2028-06-07"),
        ("EUR", "SE", "2028-06-07"),
        ("EUR", "DE", "2028-06-06"),
        ("EUR", None, "2028-06-06"),
    ],
)
def test_both_calendars_must_be_open(cast: Cast, currency: str, country: str | None, day: str) -> None:
    assert day_of("2028-05-30", currency=currency, country=country) == date.fromisoformat(day)


@pytest.mark.parametrize("month_day", [1, 10, 20, 31])
def test_no_interval_outlasts_the_ninety_days(cast: Cast, month_day: int) -> None:
    for paid in range(60):
        paid_on = date(2026, 9, 1) + timedelta(days=paid)
        day = day_of(paid_on.isoformat(), interval="monthly", month_day=month_day, delay_days=75)
        assert day is not None and day < paid_on + timedelta(days=90)


def test_under_a_manual_policy_the_85th_day_is_chosen_for_the_seller(cast: Cast) -> None:
    assert day_of("2026-11-23", interval="manual", seen_on="2027-02-15") is None
    assert day_of("2026-11-23", interval="manual", seen_on="2027-02-16") == date(2027, 2, 16)


def test_what_was_kept_back_has_its_own_day_under_any_policy(cast: Cast) -> None:
    assert day_of(kept_until="2027-01-15", seen_on="2027-01-15") == date(2027, 1, 15)
    assert day_of(kept_until="2027-01-15", seen_on="2027-01-15", interval="manual") == date(2027, 1, 15)


@pytest.mark.parametrize(
    ("currency", "amount_minor", "kept_minor"),
    [
        ("SEK", 1_023_000, 102_300),
        ("SEK", 15, 2),
        ("SEK", 1, 0),
        ("HUF", 123_400, 12_300),
        ("HUF", 100, 0),
        ("TWD", 600, 100),
        ("ISK", 400, 0),
        ("UGX", 10_500, 1_100),
    ],
)
def test_what_is_kept_can_be_paid_out_and_so_can_the_rest(
    cast: Cast, currency: str, amount_minor: int, kept_minor: int
) -> None:
    earning = Earning(currency=currency, amount_minor=amount_minor)

    assert part_kept_back(earning, PayoutPolicy(reserve_bp=1_000, reserve_days=30)) == kept_minor


@pytest.mark.parametrize(("currency", "amount_minor"), [("SEK", 1), ("HUF", 100), ("ISK", 100)])
def test_of_the_smallest_sale_nothing_is_kept(cast: Cast, currency: str, amount_minor: int) -> None:
    earning = Earning(currency=currency, amount_minor=amount_minor)

    assert part_kept_back(earning, PayoutPolicy(reserve_bp=5_000, reserve_days=30)) == 0


@pytest.mark.parametrize(
    "terms",
    [
        {"interval": "hourly"},
        {"interval": "weekly"},
        {"interval": "weekly", "weekday": 5},
        {"interval": "daily", "weekday": 1},
        {"interval": "monthly", "month_day": 0},
        {"interval": "monthly", "month_day": 32},
        {"delay_days": 76},
        {"reserve_bp": 1_000},
        {"reserve_bp": 5_001, "reserve_days": 10},
        {"reserve_bp": 1_000, "reserve_days": 76},
        {"minimums_minor": {"SEK": -1}},
        {"minimums_minor": {"SEK": "1"}},
    ],
)
def test_terms_that_make_no_policy_are_refused(cast: Cast, terms: dict) -> None:
    with pytest.raises(PolicyRefused):
        set_policy(PayoutPolicy(seller=cast.saga, **terms), by=cast.olga, at=NOON)
    assert not PayoutPolicy.objects.exists()


def test_the_sellers_newest_version_counts_else_the_platforms_newest(cast: Cast) -> None:
    def delay() -> int:
        return terms_of({cast.saga.pk})[cast.saga.pk].policy.delay_days

    assert delay() == 7
    set_policy(PayoutPolicy(delay_days=3), by=cast.olga, at=NOON)
    assert delay() == 3
    under(cast, delay_days=10)
    under(cast, delay_days=12)
    set_policy(PayoutPolicy(delay_days=4), by=cast.olga, at=NOON)
    assert delay() == 12
    assert PayoutPolicy.objects.count() == 4


def test_the_diary_tells_the_version_before_and_the_new_one(cast: Cast) -> None:
    set_policy(PayoutPolicy(delay_days=3), by=cast.olga, at=NOON)
    set_policy(PayoutPolicy(seller=cast.saga, delay_days=10, reason="new here"), by=cast.olga, at=NOON)
    set_policy(PayoutPolicy(seller=cast.saga, delay_days=12), by=cast.otto, at=NOON)

    first, second, third = (event.details for event in Event.objects.filter(kind="policy.set").order_by("pk"))
    assert (first["before"], first["after"]["delay_days"]) == (None, 3)
    assert (second["reason"], second["before"], second["after"]["delay_days"]) == ("new here", None, 10)
    assert (third["before"], third["after"]) == (second["after"], second["after"] | {"delay_days": 12})


def test_a_changed_policy_moves_what_waits_and_never_what_is_reserved(
    cast: Cast, account: ConnectedAccount, schedule: PayoutSchedule
) -> None:
    assert reserve(schedule.pk, at=DUE)
    sales_of(cast, 1, at=DUE)
    under(cast, delay_days=20)

    assert redate_items(PayoutItem.objects.filter(earning__seller=cast.saga), at=DUE) == 1

    rows = PayoutSchedule.objects.values_list("state", "scheduled_date", "total_minor", "item_count")
    assert sorted(row for row in rows if row[0] != "canceled") == [
        ("scheduled", date(2026, 12, 21), 1_023_000, 1),
        ("sending", date(2026, 11, 30), 3_069_000, 3),
    ]


def test_below_the_minimum_it_is_carried_to_the_next_day_and_joins_what_leaves_then(
    cast: Cast, account: ConnectedAccount
) -> None:
    under(cast, minimums_minor={"SEK": 2_000_000})
    sales_of(cast, 1)
    sales_of(cast, 1, at=NOON + timedelta(days=1))
    first, second = PayoutSchedule.objects.order_by("scheduled_date")

    assert not reserve(first.pk, at=DUE)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.total_minor) == ("canceled", 2_046_000)
    assert "below your smallest payout" in second.reason
    assert reserve(second.pk, at=DUE + timedelta(days=1))
    assert stands(cast) == {"reserved": 2}


def test_alone_it_is_carried_day_by_day_and_keeps_its_number(cast: Cast, account: ConnectedAccount) -> None:
    under(cast, minimums_minor={"SEK": 2_000_000})
    sales_of(cast, 1)
    (schedule,) = PayoutSchedule.objects.all()

    assert not reserve(schedule.pk, at=DUE)

    moved = PayoutSchedule.objects.get()
    assert (moved.number, moved.scheduled_date) == (schedule.number, date(2026, 12, 1))


@pytest.mark.parametrize("why", ["minimum", "pause"])
def test_on_the_85th_day_neither_minimum_nor_pause_keeps_it(
    cast: Cast, account: ConnectedAccount, why: str
) -> None:
    if why == "minimum":
        under(cast, minimums_minor={"SEK": 2_000_000})
    else:
        pause_payouts(cast.saga, at=NOON)
    sales_of(cast, 1)
    (schedule,) = PayoutSchedule.objects.all()
    on_85th = NOON + timedelta(days=2 + 85)

    assert not reserve(schedule.pk, at=on_85th - timedelta(days=1))
    PayoutSchedule.objects.update(scheduled_date=date(2026, 11, 30))
    assert reserve(schedule.pk, at=on_85th)


def test_on_the_75th_day_whoever_watches_is_told_once(cast: Cast) -> None:
    (earning,) = sales_of(cast, 1)
    on_75th = NOON + timedelta(days=2 + 75)

    assert tell_of_old_money(limit=10, at=on_75th - timedelta(days=1)) == 0
    assert tell_of_old_money(limit=10, at=on_75th) == 1
    assert tell_of_old_money(limit=10, at=on_75th + timedelta(days=1)) == 0
    told = Event.objects.get(kind="earning.old")
    assert (told.subject_id, told.details["days"]) == (str(earning.pk), 75)
