"""One payout's page: the equation, the reason, the story, and why it leaves on its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from payouts.arriving import record_payout_failed, record_payout_paid
from payouts.holding import hold_schedule, release_schedule
from payouts.models import Earning, PayoutItem, PayoutPolicy, PayoutSchedule
from payouts.scheduling import place_parts
from tests.api.asking import a_sale
from tests.cast import NOON, Cast
from tests.dashboards.reading import Reader
from tests.payouts.moving import DUE, account_of, an_account, facts, in_the_bank, sales_of, transferred


def path_of(payout: PayoutSchedule) -> str:
    return f"/payouts/{payout.pk}/"


def a_policy(cast: Cast, **terms: object) -> PayoutPolicy:
    return PayoutPolicy.objects.create(seller=cast.saga, made_at=timezone.now(), **terms)


def without_year(text: str) -> str:
    return text.replace(" 2026", "").replace(" 2027", "")


@pytest.mark.parametrize(
    ("paid_at", "told"),
    [
        (
            datetime(2026, 11, 16, 12, tzinfo=UTC),
            "paid Mon 16 Nov and is held for 7 days, until Mon 23 Nov; so ",
        ),
        (
            datetime(2026, 12, 17, 12, tzinfo=UTC),
            "until Thu 24 Dec; banks are closed on Thu 24 Dec; so it leaves Mon 28 Dec, when banks are open.",
        ),
    ],
)
def test_why_this_day_is_one_sentence(cast: Cast, saga: Reader, paid_at: datetime, told: str) -> None:
    an_account(cast.saga)
    a_sale(cast.bo, cast.saga, at=paid_at)
    Earning.objects.update(available_on=paid_at.date())
    page = saga.get(path_of(PayoutSchedule.objects.get()))

    assert told in without_year(page.text).split("Why this day")[1]


def test_a_weekly_policy_is_a_part_of_the_reason(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    a_policy(cast, interval="weekly", weekday=4, delay_days=7)
    sales_of(cast, 1)
    payout = PayoutSchedule.objects.get()

    assert payout.scheduled_date == date(2026, 12, 4)
    assert "payouts leave on Fridays; so it leaves Fri 4 Dec" in saga.get(path_of(payout)).text


def test_the_last_line_to_be_free_decides(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    a_sale(cast.bo, cast.saga, at=NOON)
    Earning.objects.update(available_on=date(2026, 12, 2))
    PayoutSchedule.objects.update(scheduled_date=date(2026, 12, 2))

    told = saga.get(path_of(PayoutSchedule.objects.get())).text
    assert "its money can be moved from Wed 2 Dec on; so it leaves Wed 2 Dec" in told


def test_a_day_that_was_put_off_is_told(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    PayoutSchedule.objects.update(scheduled_date=date(2026, 12, 1))

    told = saga.get(path_of(PayoutSchedule.objects.get())).text
    assert "it could not leave on Mon 30 Nov; so it leaves Tue 1 Dec" in told


def test_what_was_cancelled_alarms_nobody(cast: Cast, olga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    PayoutItem.objects.update(state="dropped", reason="The transfer was taken back.")
    path = path_of(PayoutSchedule.objects.get())
    assert "The lines do not add up to the payout." in olga.get(path).text

    PayoutSchedule.objects.update(state="canceled")
    assert "do not add up" not in olga.get(path).text
    assert "Nothing is left in this payout." in olga.get(path).text


def test_what_is_kept_back_is_a_term_with_its_day_and_leads_to_its_lines(cast: Cast, saga: Reader) -> None:
    a_policy(cast, reserve_bp=1000, reserve_days=30)
    a_sale(cast.bo, cast.saga)
    PayoutPolicy.objects.create(seller=cast.saga, made_at=timezone.now())
    a_sale(cast.bo, cast.saga, title="Not kept")
    payout = PayoutSchedule.objects.get()
    page = saga.get(path_of(payout))

    until = timezone.now().astimezone(UTC).date() + timedelta(days=30)
    assert "2 sales 22,000.00 SEK − Commission 1,540.00 SEK − Kept back until" in page.text
    assert "1,023.00 SEK = You get 19,437.00 SEK Checked: the lines add up" in page.text
    assert f'datetime="{until.isoformat()}"' in page.html
    kept = saga.get(path_of(payout) + "?term=kept")
    assert kept.rows == 1 and "1,023.00 SEK kept back until" in kept.text
    assert saga.get(path_of(payout) + "?term=nonsense").rows == 2


def test_what_was_kept_back_comes_without_being_sold_again(cast: Cast, saga: Reader) -> None:
    a_policy(cast, reserve_bp=1000, reserve_days=30)
    a_sale(cast.bo, cast.saga, at=NOON)
    earning = Earning.objects.get()
    place_parts([(earning, "reserve_release")], at=NOON + timedelta(days=30))
    payout = PayoutSchedule.objects.order_by("-number")[0]
    page = saga.get(path_of(payout))

    assert "0.00 SEK − Commission 0.00 SEK + Kept back before 1,023.00 SEK = You get 1,023.00" in page.text
    assert "Checked" in page.text and "What was kept back is free on" in page.text


def test_a_payout_that_leaves_shows_what_is_to_come_hollow_and_on_its_day(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    page = saga.get(path_of(PayoutSchedule.objects.get()))

    assert page.html.count('class="to-come"') == 2
    story = page.text.split("What happens")[1].split("Sales in this payout")[0]
    assert "Arrives in the bank. Still to come Expected Tue 1 Dec" in story
    assert "Leaves for the bank. Still to come Expected Mon 30 Nov" in story
    assert "in the bank about Tue 1 Dec" in page.text


def test_what_waits_for_somebody_promises_no_day(cast: Cast, saga: Reader) -> None:
    sales_of(cast, 1)
    page = saga.get(path_of(PayoutSchedule.objects.get()))

    assert "Planned for Mon 30 Nov" in page.text and "so its day is Mon 30 Nov" in page.text
    assert page.html.count('class="to-come"') == 2 and "Expected" not in page.text
    assert "leaves Mon" not in page.text


def test_the_story_is_the_diarys_with_the_operators_name_for_operators_only(
    cast: Cast, saga: Reader, olga: Reader
) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = PayoutSchedule.objects.get()
    hold_schedule(payout, reason="A complaint.", by=cast.olga, at=NOON)
    held = saga.get(path_of(payout))
    assert "Put on hold. A complaint." in held.text and "Expected" not in held.text
    release_schedule(payout, reason="It was a mistake.", by=cast.otto, at=NOON)
    payout = in_the_bank(PayoutSchedule.objects.get())
    told, seen = saga.get(path_of(payout)).text, olga.get(path_of(payout)).text

    for sentence in (
        "The hold ended. It was a mistake.",
        "The money moves to the seller's account at Stripe.",
        "On its way to the bank.",
    ):
        assert sentence in told and sentence in seen
    assert "Otto Oster" in seen and "Otto" not in told


def test_what_the_bank_sent_back_is_told_with_the_next_try(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = in_the_bank(PayoutSchedule.objects.get())
    failed = facts(payout.payout, "failed", failure_code="could_not_process")
    record_payout_failed(failed, account=account_of(payout), at=DUE)
    page = saga.get(path_of(payout))

    assert "The bank sent it back (the bank could not take it). It solves itself." in page.text
    assert "Sent again Tue 1 Dec · in the bank about Wed 2 Dec" in page.text
    assert "Sent to the bank again. Still to come Expected Tue 1 Dec" in page.text
    assert "The bank sent it back: the bank could not take it." in page.text


def test_a_closed_account_is_the_sellers_turn(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = in_the_bank(PayoutSchedule.objects.get())
    failed = facts(payout.payout, "failed", failure_code="account_closed")
    record_payout_failed(failed, account=account_of(payout), at=DUE)
    page = saga.get(path_of(payout))

    assert "(the account is closed). Your turn. Check your bank details" in page.text
    assert page.links.count("/seller/bank/") == 2 and "Expected" not in page.text


@pytest.mark.parametrize(
    ("reason", "turn"),
    [
        ("The money is with Stripe and becomes available there first.", "It solves itself."),
        ("Stripe needs more from you before it can pay you out.", "Your turn. Check your bank details"),
        ("Stripe does not pay it out yet (odd).", "Klubba's turn."),
    ],
)
def test_what_lies_at_stripe_says_whose_turn_it_is(cast: Cast, saga: Reader, reason: str, turn: str) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = transferred(PayoutSchedule.objects.get())
    PayoutSchedule.objects.update(reason=reason)

    assert f"{reason} {turn}" in saga.get(path_of(payout)).text


def test_what_arrived_expects_nothing_more(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = in_the_bank(PayoutSchedule.objects.get())
    record_payout_paid(facts(payout.payout), account=account_of(payout), at=DUE)
    page = saga.get(path_of(payout))

    assert "Paid out Mon 30 Nov" in page.text and "to-come" not in page.html
    assert "= Paid out 10,230.00 SEK" in page.text and "so its day was Mon 30 Nov" in page.text


def test_acts_are_the_operators_only(cast: Cast, saga: Reader, olga: Reader) -> None:
    sales_of(cast, 1)
    path = path_of(PayoutSchedule.objects.get())

    assert [link for link in olga.get(path).links if link.endswith("/hold/")]
    assert [link for link in saga.get(path).links if link.startswith("/operator/")] == []
