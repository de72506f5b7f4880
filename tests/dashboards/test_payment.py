"""One payment, and one payout, to each who may see it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from payments.models import PaymentIntent
from payouts.models import PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast, a_payment, a_won_bid
from tests.dashboards.reading import Reader

NOTHING = "00000000-0000-0000-0000-000000000000"


def test_the_buyer_sees_what_was_paid_and_the_commission_in_it(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = bo.get(f"/payments/{sale.pk}/")

    assert f"PAY-{sale.number} Kista, 1780 11,000.00 SEK Paid" in page.text
    assert "Of which commission, 7 % 770.00 SEK You paid 11,000.00 SEK" in page.text


def test_the_buyer_sees_nothing_of_the_sellers_half(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = bo.get(f"/payments/{sale.pk}/")

    for secret in ("10,230.00", "PO-", "payout", sale.stripe_payment_intent_id, sale.stripe_charge_id):
        assert secret not in page.html.replace("\u00a0", " ")


def test_the_sellers_equation_adds_up(cast: Cast, saga: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = saga.get(f"/payments/{sale.pk}/")

    assert "Sale 11,000.00 SEK − Commission, 7 % 770.00 SEK = You get 10,230.00 SEK" in page.text
    assert f"/payouts/{PayoutSchedule.objects.get().pk}/" in page.links
    assert sale.stripe_payment_intent_id not in page.html


def test_the_story_is_told_newest_first_with_what_is_still_to_come_on_top(cast: Cast, saga: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = saga.get(f"/payments/{sale.pk}/")
    story = page.text.split("What happened")[1]

    steps = [
        "Leaves for the seller's bank.",
        "Added to payout",
        "Paid.",
        "The payment was started",
        "was won",
    ]
    assert sorted(steps, key=story.index) == steps
    assert page.html.count('class="to-come"') == 1 and "Expected" in story


def test_a_payment_that_was_begun_can_be_gone_on_with_by_its_buyer_only(
    cast: Cast, bo: Reader, saga: Reader
) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    path, pay = f"/payments/{payment.pk}/", f"/pay/{payment.bid_id}/"

    assert pay in bo.get(path).links and "Last time to pay." in bo.get(path).text
    assert pay not in saga.get(path).links


def test_a_sale_leaves_only_while_its_payout_does(cast: Cast, saga: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    path = f"/payments/{sale.pk}/"
    assert "Leaves" in saga.get(path).text.split("What happened")[0]

    PayoutSchedule.objects.update(state="held")

    money = saga.get(path).text.split("What happened")[0]
    assert "Leaves" not in money and "Planned for" in money


def test_what_waits_in_the_bank_is_gone_on_with(cast: Cast, bo: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    PaymentIntent.objects.filter(pk=payment.pk).update(status="requires_action")

    assert "Your bank wants you to confirm. Go on" in bo.get(f"/payments/{payment.pk}/").text


def test_what_is_being_confirmed_is_not_asked_for_again(cast: Cast, bo: Reader) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga, at=timezone.now()))
    PaymentIntent.objects.filter(pk=payment.pk).update(status="processing")
    page = bo.get(f"/payments/{payment.pk}/")

    assert "Usually a few seconds. You can leave this page." in page.text
    assert f"/pay/{payment.bid_id}/" not in page.links and "Pay by" not in page.text
    assert "Last time to pay" not in page.text


def test_money_that_came_too_late_is_told_to_be_on_its_way_back(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga, amount_minor=50_000)
    page = bo.get(f"/payments/{sale.pk}/")

    assert sale.outcome == "returned"
    assert "Paid too late" in page.text and "goes back to the buyer in full" in page.text
    assert "In the end you paid 0.00 SEK" in page.text


def test_the_payouts_equation_adds_up_to_the_payout(cast: Cast, saga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    a_sale(cast.bo, cast.saga, amount_minor=2_000_001)
    page = saga.get(f"/payouts/{PayoutSchedule.objects.get().pk}/")

    assert "2 sales 31,000.01 SEK − Commission 2,170.00 SEK = You get 28,830.01 SEK" in page.text
    assert "Checked: the lines add up to the payout." in page.text
    assert page.rows == 2


def test_lines_that_do_not_add_up_alarm_the_operator(cast: Cast, olga: Reader, saga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    PayoutSchedule.objects.update(total_minor=1)
    path = f"/payouts/{PayoutSchedule.objects.get().pk}/"

    assert "The lines do not add up to the payout." in olga.get(path).text
    assert "Checked" not in saga.get(path).text


@pytest.mark.parametrize("kind", ["payments", "payouts"])
def test_a_strangers_row_does_not_exist(cast: Cast, mallory: Reader, kind: str) -> None:
    sale = a_sale(cast.bo, cast.saga)
    pk = sale.pk if kind == "payments" else PayoutSchedule.objects.get().pk
    strange, nothing = mallory.get(f"/{kind}/{pk}/"), mallory.get(f"/{kind}/{NOTHING}/")

    assert strange.status == nothing.status == 404
    assert strange.text == nothing.text


def test_a_buyer_does_not_see_the_payout_of_the_purchase(cast: Cast, bo: Reader) -> None:
    a_sale(cast.bo, cast.saga)

    assert bo.get(f"/payouts/{PayoutSchedule.objects.get().pk}/").status == 404
