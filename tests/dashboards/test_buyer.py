"""What a buyer sees."""

from __future__ import annotations

from django.utils import timezone

from payments.models import PaymentIntent
from tests.api.asking import a_sale
from tests.cast import Cast, a_payment, a_won_bid
from tests.dashboards.reading import Reader

DECLINED = {"code": "card_declined", "decline_code": "insufficient_funds", "message": "x"}


def test_who_bought_nothing_is_told_what_comes_here(bo: Reader) -> None:
    page = bo.get("/buyer/")

    assert "Nothing to pay. An auction you win shows up here" in page.text
    assert "No payments yet." in page.text and page.rows == 0


def test_a_won_bid_is_to_be_paid_first_of_all(cast: Cast, bo: Reader) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    page = bo.get("/buyer/")

    assert f"/pay/{bid.pk}/" in [form["action"] for form in page.all("form") if form["method"] == "post"]
    assert "Kista, 1780 Sand & Söner Pay by" in page.text and "in 48 hours" in page.text
    assert "Pay 11,000.00 SEK" in page.text
    assert page.text.index("To pay") < page.text.index("In total") < page.text.index("History")


def test_a_paid_purchase_tells_its_commission_and_adds_to_the_total(cast: Cast, bo: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    sale = a_sale(cast.bo, cast.saga, amount_minor=50_000, reserve_minor=None)
    page = bo.get("/buyer/")

    assert f"/payments/{sale.pk}/" in page.links and page.rows == 2
    assert "770.00 SEK 11,000.00 SEK" in page.text and "35.00 SEK 500.00 SEK" in page.text
    assert "Paid 11,500.00 SEK Commission paid 805.00 SEK" in page.text


def test_currencies_are_never_added_together(cast: Cast, bo: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    a_sale(cast.bo, cast.saga, currency="EUR", amount_minor=100_000, reserve_minor=None)
    page = bo.get("/buyer/")

    assert "Commission paid 770.00 SEK" in page.text and "Commission paid 70.00 EUR" in page.text


def test_a_decline_says_what_to_do_and_stays_to_pay(cast: Cast, bo: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    PaymentIntent.objects.filter(pk=payment.pk).update(last_error=DECLINED)
    page = bo.get("/buyer/")

    assert "Declined Nothing was charged. There is not enough money on the card." in page.text
    assert f"/pay/{payment.bid_id}/" in page.links


def test_what_the_bank_has_is_under_way_and_cannot_be_paid_again(cast: Cast, bo: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    PaymentIntent.objects.filter(pk=payment.pk).update(status="processing")
    page = bo.get("/buyer/")

    assert "In progress" in page.text and "Confirming" in page.text
    assert page.text.count("Kista, 1780") == 1
    assert f"/pay/{payment.bid_id}/" not in page.links


def test_an_approval_that_is_missing_can_be_gone_on_with(cast: Cast, bo: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    PaymentIntent.objects.filter(pk=payment.pk).update(status="requires_action")
    page = bo.get("/buyer/")

    assert "Approve in bank" in page.text and f"/pay/{payment.bid_id}/" in page.links


def test_anothers_purchases_are_not_here(cast: Cast, mallory: Reader) -> None:
    a_won_bid(cast.bo, cast.saga, at=timezone.now())
    a_sale(cast.bo, cast.saga)

    assert "Kista" not in mallory.get("/buyer/").text


def test_the_words_are_swedish_for_who_chose_swedish(cast: Cast, bo: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    bo.post("/language/", language="sv")
    page = bo.get("/buyer/")

    assert "Betald provision 770,00 kr" in page.text and "11 000,00 kr" in page.text
