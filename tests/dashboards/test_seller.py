"""What a seller sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from dashboards.wording import payout_word
from payments.models import PaymentIntent
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast, a_payment, a_won_bid
from tests.dashboards.reading import Reader
from tests.payouts.moving import an_account, arrived, in_the_bank, sales_of

# A Friday: seven days later is a Friday too, so banks are open.
FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_who_sold_nothing_is_told_when_money_comes(saga: Reader) -> None:
    page = saga.get("/seller/")

    assert "Next payout None planned A sale is paid out 7 days after the buyer pays." in page.text
    assert "No sales yet." in page.text and page.rows == 0


def test_the_next_payout_has_its_sum_its_day_and_its_number(cast: Cast, saga: Reader) -> None:
    a_sale(cast.bo, cast.saga, at=timezone.now())
    payout = PayoutSchedule.objects.get()
    page = saga.get("/seller/")

    assert "Next payout 10,230.00 SEK Planned for " in page.text
    assert f"· PO-{payout.number}" in page.text and f"/payouts/{payout.pk}/" in page.links
    assert f'<time datetime="{payout.scheduled_date.isoformat()}">' in page.html


def test_a_sale_that_came_to_nothing_promises_nothing(cast: Cast, saga: Reader, bo: Reader) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    payment = a_payment(bid)
    PaymentIntent.objects.filter(pk=payment.pk).update(status="canceled")
    path = f"/payments/{payment.pk}/"

    assert "Sale 11,000.00 SEK − Not paid 11,000.00 SEK = You get 0.00 SEK" in saga.get(path).text
    assert "10,230.00" not in saga.get(path).text and "770.00" not in bo.get(path).text


def test_a_sale_is_told_as_gross_commission_and_net(cast: Cast, saga: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = saga.get("/seller/")

    assert "11,000.00 SEK 770.00 SEK 10,230.00 SEK PO-" in page.text
    assert "Scheduled" in page.text and f"/payments/{sale.pk}/" in page.links
    assert "Not paid out yet 10,230.00 SEK After commission." in page.text
    assert "Paid out this year 0.00 SEK 0.00 SEK in all, of sales for 11,000.00 SEK." in page.text


def test_what_reached_the_bank_since_new_year_in_stockholm_is_this_years(cast: Cast, saga: Reader) -> None:
    new_year = datetime(timezone.now().year, 1, 1, tzinfo=PLATFORM_ZONE)
    an_account(cast.saga)
    for paid_at in (new_year - timedelta(minutes=1), new_year, new_year + timedelta(hours=1)):
        sales_of(cast, 1)
        arrived(in_the_bank(PayoutSchedule.objects.get(state="scheduled")), at=paid_at)
    sales_of(cast, 1)

    assert "Paid out this year 20,460.00 SEK" in saga.get("/seller/").text


def test_a_buyer_is_known_by_the_company_and_never_by_the_e_mail(cast: Cast, saga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    a_won_bid(cast.bo, cast.saga, at=timezone.now())
    page = saga.get("/seller/")

    assert page.text.count("Bergs Antik") == 2
    assert "bo@" not in page.html.split("</aside>")[1]


def test_what_the_buyer_has_not_paid_yet_is_seen_with_its_last_time(cast: Cast, saga: Reader) -> None:
    a_won_bid(cast.bo, cast.saga, at=timezone.now())

    assert "The buyer's turn Kista, 1780 Bergs Antik To be paid by" in saga.get("/seller/").text


def test_each_state_of_a_payout_has_its_own_words(cast: Cast, saga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    words = {
        "scheduled": "Scheduled",
        "sending": "On the way",
        "transferred": "On the way",
        "in_transit": "On the way",
        "paid": "Paid out",
        "returned": "Returned by bank",
        "held": "On hold",
        "canceled": "Cancelled",
    }
    assert set(words) == set(PayoutSchedule.State)
    for state, word in words.items():
        assert payout_word(PayoutSchedule(state=state)).text == word, state
    assert "Scheduled" in saga.get("/seller/").text.split("Paid sales")[1]


def test_a_seller_is_not_told_that_the_buyers_card_was_declined(cast: Cast, saga: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    error = {"code": "card_declined", "decline_code": "stolen_card", "message": "x"}
    PaymentIntent.objects.filter(pk=payment.pk).update(last_error=error)
    page = saga.get(f"/payments/{payment.pk}/")

    assert "To pay" in page.text
    assert "Declined" not in page.text and "stolen" not in page.html and "card" not in page.text


def test_anothers_sales_are_not_here(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    cast.mallory.is_seller = True
    cast.mallory.save()

    page = Reader(cast.mallory).get("/seller/")

    assert "Kista" not in page.text and "SEK 0" not in page.text and page.rows == 0
