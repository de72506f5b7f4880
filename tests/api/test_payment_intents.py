"""Paying over HTTP, with the real sandbox at the other end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from auctions.bidding import place_bid
from auctions.closing import close_auction
from auctions.models import Bid
from payments.models import PaymentIntent, Transaction
from tests import local
from tests.api.asking import INTENTS, Asking, a_sale, refused
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_payment, a_won_bid, an_auction


@pytest.fixture
def bid(cast: Cast) -> Bid:
    return a_won_bid(cast.bo, cast.saga, at=timezone.now())


def pay(started: dict, sandbox: Sandbox, *, card: str = "pm_card_visa") -> None:
    intent_id = started["payment_intent"]["stripe_payment_intent_id"]
    local.post(
        f"{sandbox.origin}/v1/payment_intents/{intent_id}/confirm",
        data={"client_secret": started["client_secret"], "payment_method": card},
        headers={"Authorization": f"Bearer {started['publishable_key']}"},
    )


def test_the_winner_begins_and_meets_the_same_payment_again(
    bo: Asking, bid: Bid, stripe_at: Sandbox, settings
) -> None:
    first, second = (bo.post(INTENTS, {"bid_id": bid.pk}) for _ in range(2))
    intent = first.json()["payment_intent"]

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json()["publishable_key"] == settings.STRIPE_PUBLISHABLE_KEY
    assert first.json()["client_secret"].startswith(intent["stripe_payment_intent_id"] + "_secret_")
    amounts = (intent["total_amount"], intent["commission_amount"], intent["seller_amount"])
    assert amounts == ("11000.00", "770.00", "10230.00")
    assert (intent["commission_rate"], intent["status"]) == ("7.00", "requires_payment_method")


def test_the_secret_is_kept_in_no_table(bo: Asking, bid: Bid, stripe_at: Sandbox) -> None:
    secret = bo.post(INTENTS, {"bid_id": bid.pk}, key="a").json()["client_secret"]

    rows = [str(row) for model in apps.get_models() for row in model.objects.values()]
    assert rows != []
    assert [row for row in rows if secret.split("_secret_")[1] in row] == []


def test_confirming_completes_what_is_paid_and_then_it_is_paid(
    bo: Asking, bid: Bid, stripe_at: Sandbox
) -> None:
    started = bo.post(INTENTS, {"bid_id": bid.pk}).json()
    confirm = f"{INTENTS}{started['payment_intent']['id']}/confirm/"
    assert bo.post(confirm).json()["status"] == "requires_payment_method"
    pay(started, stripe_at)
    paid, again = (bo.post(confirm) for _ in range(2))

    assert (paid.json()["status"], paid.json()["outcome"]) == ("succeeded", "sale")
    assert paid.json() == again.json()
    assert Transaction.objects.count() == 2
    refused(bo.post(INTENTS, {"bid_id": bid.pk}), 409, "already_paid")


def test_a_decline_is_told_to_the_buyer_and_not_to_the_seller(
    bo: Asking, saga: Asking, bid: Bid, stripe_at: Sandbox
) -> None:
    started = bo.post(INTENTS, {"bid_id": bid.pk}).json()
    pay(started, stripe_at, card="pm_card_visa_chargeDeclined")
    confirmed = bo.post(f"{INTENTS}{started['payment_intent']['id']}/confirm/").json()

    assert confirmed["last_error"]["code"] == "card_declined"
    (sale,) = saga.get(INTENTS).json()
    assert (sale["id"], sale["last_error"]) == (started["payment_intent"]["id"], None)
    assert "payment.declined" not in {step["kind"] for step in sale["timeline"]}


def test_while_stripe_is_away_the_row_stands_and_the_same_post_goes_on(
    bo: Asking, bid: Bid, fault: Callable[..., None]
) -> None:
    fault("reset_after")
    away = bo.post(INTENTS, {"bid_id": bid.pk})
    refused(away, 503, "stripe_away")
    assert int(away.headers["Retry-After"]) > 0
    made = PaymentIntent.objects.get()
    later = bo.post(INTENTS, {"bid_id": bid.pk})

    assert later.status_code == 200
    assert later.json()["payment_intent"]["id"] == str(made.pk)
    assert PaymentIntent.objects.count() == 1


def test_only_the_winner_may_pay(bo: Asking, mallory: Asking, saga: Asking, bid: Bid, cast: Cast) -> None:
    refused(mallory.post(INTENTS, {"bid_id": bid.pk}), 404, "not_found")
    refused(bo.post(INTENTS, {"bid_id": 10**12}), 404, "not_found")
    refused(saga.post(INTENTS, {"bid_id": bid.pk}), 403, "wrong_role")
    assert not PaymentIntent.objects.exists()


def test_a_bid_that_cannot_be_paid_says_why(bo: Asking, cast: Cast) -> None:
    late = a_won_bid(cast.bo, cast.saga, at=timezone.now() - timedelta(days=3))
    lost = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    Bid.objects.filter(pk=lost.pk).update(status="lost")

    refused(bo.post(INTENTS, {"bid_id": late.pk}), 409, "bid_expired")
    refused(bo.post(INTENTS, {"bid_id": lost.pk}), 409, "bid_not_won")


@pytest.mark.parametrize("bid_id", ["1", 1.0, True, None, 0, -1, 2**63, [1]])
def test_a_bid_is_named_by_a_whole_number(bo: Asking, bid_id: object) -> None:
    problem = refused(bo.post(INTENTS, {"bid_id": bid_id}), 422, "invalid")

    assert list(problem["errors"]) == ["bid_id"]


def test_buyer_and_seller_see_the_payment_and_nobody_else(
    bo: Asking, saga: Asking, mallory: Asking, cast: Cast
) -> None:
    sale = a_sale(cast.bo, cast.saga)

    for asking in (bo, saga):
        assert [one["id"] for one in asking.get(INTENTS).json()] == [str(sale.pk)]
        assert asking.get(f"{INTENTS}{sale.pk}/").json() == asking.get(INTENTS).json()[0]
    assert mallory.get(INTENTS).json() == []
    refused(mallory.get(f"{INTENTS}{sale.pk}/"), 404, "not_found")
    refused(mallory.post(f"{INTENTS}{sale.pk}/confirm/"), 404, "not_found")
    refused(saga.post(f"{INTENTS}{sale.pk}/confirm/"), 403, "wrong_role")


def test_a_seller_who_also_buys_still_confirms_own_purchases_only(mallory: Asking, cast: Cast) -> None:
    cast.mallory.is_seller = True
    cast.mallory.save()
    sale = a_sale(cast.bo, cast.mallory)

    assert mallory.get(f"{INTENTS}{sale.pk}/").status_code == 200
    refused(mallory.post(f"{INTENTS}{sale.pk}/confirm/"), 404, "not_found")


def test_who_closed_the_auction_is_told(bo: Asking, saga: Asking, olga: Asking, cast: Cast) -> None:
    by_time = an_auction(cast.saga, at=timezone.now())
    bid = place_bid(by_time, buyer=cast.bo, amount_minor=900_000, currency="SEK", at=timezone.now())
    close_auction(by_time, at=by_time.closes_at)
    a_payment(bid, at=timezone.now())
    by_hand = a_sale(cast.bo, cast.saga)

    for asking in (bo, saga):
        steps = [one["timeline"][0] for one in asking.get(INTENTS).json()]
        assert [(step["kind"], step["actor"]) for step in steps] == [
            ("auction.closed", "seller"),
            ("auction.closed", "system"),
        ]
    diary = olga.get("/api/payments/admin/audit-log/", kind="auction.closed").json()
    assert [(line["subject_id"], line["actor_id"]) for line in diary] == [
        (str(by_hand.auction_id), cast.saga.pk),
        (str(by_time.pk), None),
    ]


def test_the_seller_is_told_when_the_money_comes_and_the_buyer_is_not(
    bo: Asking, saga: Asking, cast: Cast
) -> None:
    a_sale(cast.bo, cast.saga)

    told = {step["kind"]: step["expected"] for step in saga.get(INTENTS).json()[0]["timeline"]}
    assert (told["payout.scheduled"], told["payout.sending"]) == (False, True)
    assert "payout.scheduled" not in {step["kind"] for step in bo.get(INTENTS).json()[0]["timeline"]}


def test_a_payment_lists_by_its_status(bo: Asking, cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)

    assert len(bo.get(INTENTS, status="succeeded").json()) == 1
    assert bo.get(INTENTS, status=["canceled", "processing"]).json() == []
