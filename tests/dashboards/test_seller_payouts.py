"""What a seller reads of their payouts: which leave, which wait and why, and how to pause them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ledger.posting import Line, post_journal
from payouts.holding import hold_schedule, is_paused, pause_payouts
from payouts.models import ConnectedAccount, Earning, Hold, PayoutPolicy, PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast
from tests.dashboards.reading import Reader
from tests.payouts.moving import an_account, in_the_bank, sales_of

PAYOUTS, PAUSE, RESUME = "/seller/payouts/", "/seller/payouts/pause/", "/seller/payouts/resume/"


def a_payout(cast: Cast) -> PayoutSchedule:
    """A reference sale of today, with its money available on its day."""
    a_sale(cast.bo, cast.saga)
    Earning.objects.update(available_on=timezone.now().date())
    return PayoutSchedule.objects.get()


def test_who_has_none_is_told_when_the_first_one_comes(cast: Cast, saga: Reader) -> None:
    page = saga.get(PAYOUTS)

    assert "No payouts yet. Your first sale is put on one as soon as the buyer has paid." in page.text
    assert "Planned Nothing No payouts" in page.text and page.rows == 0
    assert "No payouts match. Clear filters" in saga.get(PAYOUTS + "?state=paid").text


def test_what_leaves_is_told_with_its_day_and_sum(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    payout = a_payout(cast)
    page = saga.get(PAYOUTS)

    assert "Planned 10,230.00 SEK 1 payout · the next" in page.text
    assert f"PO-{payout.number} 1 sale Scheduled Leaves " in page.text
    assert f"/payouts/{payout.pk}/" in page.links


def test_what_waits_is_told_with_its_reason_and_whose_turn_it_is(cast: Cast, saga: Reader) -> None:
    payout = a_payout(cast)
    assert "Tell Stripe where your bank is" in saga.get(PAYOUTS).text
    assert "Your turn." in saga.get(PAYOUTS).text

    an_account(cast.saga)
    hold_schedule(payout, reason="We look into a complaint.", by=cast.olga, at=timezone.now())
    page = saga.get(PAYOUTS)

    assert "On hold" in page.text and "We look into a complaint. Klubba's turn." in page.text
    assert "Leaves" not in page.text.split("All payouts")[1].split("When you are paid")[0]


def test_a_debt_is_taken_off_before_it_leaves(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    payout = a_payout(cast)
    owes(cast, 23_000)

    assert "10,000.00 SEK" in saga.get(PAYOUTS).text
    page = saga.get(f"/payouts/{payout.pk}/")
    assert "− Earlier debts 230.00 SEK = You get 10,000.00 SEK" in page.text
    assert saga.get(f"/payouts/{payout.pk}/?term=netted").rows == 1


def owes(cast: Cast, minor: int) -> None:
    line = Line(f"seller:{cast.saga.pk}:receivable", "platform:losses", minor)
    post_journal(key="debt", currency="SEK", lines=[line], at=timezone.now())


def test_payouts_are_chosen_by_where_they_are(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = in_the_bank(PayoutSchedule.objects.get())
    found = {s: saga.get(f"{PAYOUTS}?state={s}").rows for s in ("planned", "on_the_way", "paid", "no such")}

    assert found == {"planned": 0, "on_the_way": 1, "paid": 0, "no such": 1}
    assert "On the way Expected Tue 1 Dec" in saga.get(PAYOUTS).text, payout


def test_pausing_is_asked_first_and_ends_the_same_way(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    a_payout(cast)

    assert "Pause your payouts?" in saga.get(PAUSE).text and not is_paused(cast.saga.pk)
    assert [saga.post(PAUSE).url for _ in range(2)] == [PAYOUTS, PAYOUTS]
    assert Hold.objects.filter(kind="pause").count() == 1
    page = saga.get(PAYOUTS)
    assert "You have paused your payouts. Resume payouts" in page.text and RESUME in page.links
    assert PAUSE not in page.links
    assert "You have paused" in saga.get("/seller/").text and "Leaves" not in saga.get("/seller/").text

    assert [saga.post(RESUME).url for _ in range(2)] == [PAYOUTS, PAYOUTS]
    assert not is_paused(cast.saga.pk) and "paused" not in saga.get(PAYOUTS).text


def test_the_policy_is_told_in_sentences(cast: Cast, saga: Reader) -> None:
    assert (
        "Paid out every day when banks are open, 7 days after the payment or later." in saga.get(PAYOUTS).text
    )

    PayoutPolicy.objects.create(
        seller=cast.saga,
        interval="weekly",
        weekday=4,
        delay_days=1,
        minimums_minor={"SEK": 50_000},
        reserve_bp=550,
        reserve_days=30,
        made_at=timezone.now(),
    )
    policy = saga.get(PAYOUTS).text.split("When you are paid")[1]
    assert "Paid out on Fridays, 1 day after the payment or later." in policy
    assert "Less than 500.00 SEK waits for the next payout." in policy
    assert "5.5 % of each sale is kept back for 30 days." in policy


def test_in_swedish_nothing_is_left_in_english(cast: Cast, saga: Reader) -> None:
    cast.saga.language = "sv"
    cast.saga.save()
    a_payout(cast)
    page = saga.get(PAYOUTS)

    assert "Din tur." in page.text
    for english in ("Your", "Paid", "payout", "Planned"):
        assert english not in page.html.split("<main")[1].replace("payouts/", "")


def test_anothers_payouts_are_not_here(cast: Cast, mallory: Reader) -> None:
    a_payout(cast)
    pause_payouts(cast.saga, at=timezone.now())
    cast.mallory.is_seller = True
    cast.mallory.save()

    assert mallory.get(PAYOUTS).rows == 0 and "paused" not in mallory.get(PAYOUTS).text


def test_the_bank_page_tells_what_is_missing_in_words(cast: Cast, saga: Reader) -> None:
    assert "No bank details yet" in saga.get("/seller/bank/").text
    assert "None yet" in saga.get("/seller/bank/").text

    account = an_account(
        cast.saga, payouts_enabled=False, requirements=["external_account", "individual.dob.day", "odd.thing"]
    )
    page = saga.get("/seller/bank/")
    assert "Stripe needs more from you" in page.text
    assert "Stripe asks for Your bank account Your date of birth odd.thing" in page.text

    ConnectedAccount.objects.filter(pk=account.pk).update(payouts_enabled=True)
    page = saga.get("/seller/bank/")
    assert "Give Stripe this too, so that it stays so." in page.text and "Nothing is missing" not in page.text

    ConnectedAccount.objects.filter(pk=account.pk).update(requirements=[])
    assert "Ready for payouts Nothing is missing." in saga.get("/seller/bank/").text
    assert "····4242" in saga.get("/seller/bank/").text


def test_a_changed_bank_account_is_told_with_the_end_of_its_cooling_off(cast: Cast, saga: Reader) -> None:
    account = an_account(cast.saga, bank_changed_at=timezone.now() - timedelta(hours=71))
    page = saga.get("/seller/bank/")
    assert "Bank changed: payouts wait" in page.text and "Payouts wait until" in page.text

    ConnectedAccount.objects.filter(pk=account.pk).update(
        bank_changed_at=timezone.now() - timedelta(hours=73)
    )
    assert "Payouts wait until" not in saga.get("/seller/bank/").text
