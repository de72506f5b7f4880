"""The checkout, up to the card form; the card itself is paid with in tests/browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from auctions.models import Bid
from dashboards.checkout import STRIPE_JS, card_form_sources
from gateway.client import stripe_client
from gateway.models import StripeCall
from payments.declines import SENTENCES, decline_sentence
from payments.models import PaymentIntent, Transaction
from tests.api.asking import a_sale
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_payment, a_won_bid
from tests.dashboards.reading import Reader, Sheet

Fault = Callable[..., None]


@pytest.fixture
def bid(cast: Cast) -> Bid:
    return a_won_bid(cast.bo, cast.saga, at=timezone.now())


def for_script(page: Sheet) -> dict:
    return next(json.loads(text) for attributes, text in page.scripts if attributes.get("id") == "for-script")


def begin(bo: Reader, bid: Bid) -> Sheet:
    """Press the button, and be led to the card form."""
    answer = bo.post(f"/pay/{bid.pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/pay/{bid.pk}/")
    return bo.get(f"/pay/{bid.pk}/")


def test_looking_shows_what_is_to_be_paid_and_begins_nothing(
    bo: Reader, bid: Bid, stripe_at: Sandbox
) -> None:
    for _ in range(2):
        page = bo.get(f"/pay/{bid.pk}/")
    bo.client.head(f"/pay/{bid.pk}/")

    assert (page.status, page.scripts) == (200, [])
    assert "Total 11,000.00 SEK The commission of 770.00 SEK is included." in page.text
    assert "Go on to the card" in page.text
    assert f"/pay/{bid.pk}/" in [form["action"] for form in page.all("form")]
    assert not PaymentIntent.objects.exists() and not StripeCall.objects.exists()


def test_a_form_from_elsewhere_begins_nothing(cast: Cast, bid: Bid) -> None:
    stranger = Reader(cast.bo, enforce_csrf_checks=True)

    assert stranger.post(f"/pay/{bid.pk}/").status_code == 403
    assert not PaymentIntent.objects.exists()


def test_a_payment_that_stripe_canceled_is_begun_anew_by_a_press_only(
    bo: Reader, bid: Bid, stripe_at: Sandbox
) -> None:
    begin(bo, bid)
    first = PaymentIntent.objects.get()
    stripe_client().v1.payment_intents.cancel(str(first.stripe_payment_intent_id))
    assert "Go on to the card" in bo.get(f"/pay/{bid.pk}/").text
    first.refresh_from_db()
    assert (first.status, PaymentIntent.objects.count()) == ("canceled", 1)

    assert for_script(begin(bo, bid))["clientSecret"]
    assert PaymentIntent.objects.count() == 2


def test_who_comes_back_from_the_bank_before_the_webhook_finds_it_paid(
    bo: Reader, bid: Bid, stripe_at: Sandbox
) -> None:
    begin(bo, bid)
    intent_id = str(PaymentIntent.objects.get().stripe_payment_intent_id)
    stripe_client().v1.payment_intents.confirm(
        intent_id, {"payment_method": "pm_card_visa", "return_url": "http://testserver/"}
    )
    for _ in range(2):
        assert "This is paid already." in bo.get(f"/pay/{bid.pk}/").text

    assert PaymentIntent.objects.get().outcome == "sale"
    assert Transaction.objects.count() == 2


def test_the_form_has_what_its_script_needs_and_adds_up(bo: Reader, bid: Bid, stripe_at: Sandbox) -> None:
    page = begin(bo, bid)
    payment = PaymentIntent.objects.get(bid=bid)
    told = for_script(page)

    assert page.status == 200
    assert told["clientSecret"].startswith(f"{payment.stripe_payment_intent_id}_secret_")
    assert told["publishableKey"].startswith("pk_test_") and told["locale"] == "en"
    assert "Kista, 1780 Sand & Söner 11,000.00 SEK Total 11,000.00 SEK" in page.text
    assert "Pay 11,000.00 SEK" in page.text and "The commission of 770.00 SEK is included." in page.text
    assert f"{stripe_at.origin}/v3/" in [script["src"] for script in page.all("script") if "src" in script]


def test_opened_twice_it_is_one_payment(bo: Reader, bid: Bid, stripe_at: Sandbox) -> None:
    secrets = {for_script(begin(bo, bid))["clientSecret"] for _ in range(2)}

    assert len(secrets) == 1 and PaymentIntent.objects.filter(bid=bid).count() == 1


def test_the_last_decline_is_told_beside_the_form(bo: Reader, bid: Bid, stripe_at: Sandbox) -> None:
    begin(bo, bid)
    error = {"code": "card_declined", "decline_code": "expired_card", "message": "x"}
    PaymentIntent.objects.filter(bid=bid).update(last_error=error)

    assert "Nothing was charged. The card has expired." in bo.get(f"/pay/{bid.pk}/").text


def test_paid_already_there_is_no_form_but_a_way_to_the_payment(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    page = bo.get(f"/pay/{sale.bid_id}/")

    assert "This is paid already." in page.text and f"/payments/{sale.pk}/" in page.links
    assert page.scripts == [] and page.status == 200


def test_too_late_there_is_no_form(cast: Cast, bo: Reader) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now() - timedelta(days=3))
    page = bo.get(f"/pay/{bid.pk}/")

    assert "The time to pay has passed. Nothing was charged." in page.text and page.scripts == []


def test_money_that_goes_back_is_not_told_to_be_uncharged(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga, amount_minor=50_000)
    page = bo.get(f"/pay/{sale.bid_id}/")

    assert sale.outcome == "returned"
    assert "It goes back to you in full." in page.text and "Nothing was charged" not in page.text


def test_a_win_that_expired_is_told_so_where_the_page_waits(cast: Cast, bo: Reader, bid: Bid) -> None:
    PaymentIntent.objects.filter(pk=a_payment(bid, at=timezone.now()).pk).update(status="canceled")
    Bid.objects.filter(pk=bid.pk).update(status="expired")
    state = bo.get(f"/pay/{bid.pk}/state/")

    assert 'data-case="expired"' in state.html
    assert "The time to pay has passed. Nothing was charged." in state.text


def test_a_bid_that_lost_cannot_be_paid(cast: Cast, bo: Reader) -> None:
    bid = a_won_bid(cast.bo, cast.saga, amount_minor=50_000, at=timezone.now())
    page = bo.get(f"/pay/{bid.pk}/")

    assert "Only a winning bid can be paid." in page.text and page.scripts == []


def test_while_stripe_is_away_nothing_is_lost(bo: Reader, bid: Bid, fault: Fault) -> None:
    fault("500_after", times=9)
    answer = bo.post(f"/pay/{bid.pk}/")
    page = Sheet(answer.status_code, answer.content.decode())

    assert page.status == 503 and "Stripe does not answer just now." in page.text
    assert f"/pay/{bid.pk}/" in page.links
    assert "Go on to the card" in bo.get(f"/pay/{bid.pk}/").text
    assert PaymentIntent.objects.count() == 1


def test_a_strangers_bid_does_not_exist(bid: Bid, mallory: Reader, saga: Reader) -> None:
    for path in (f"/pay/{bid.pk}/", f"/pay/{bid.pk}/state/", f"/pay/{2**70}/"):
        assert mallory.get(path).status == 404
        assert saga.get(path).status == 403
    assert mallory.post(f"/pay/{bid.pk}/").status_code == 404
    assert not PaymentIntent.objects.exists()


@pytest.mark.parametrize(
    ("changed", "case"),
    [
        ({"status": "processing"}, "confirming"),
        ({"status": "requires_payment_method"}, "confirming"),
        ({"status": "canceled"}, "canceled"),
        ({"last_error": {"code": "card_declined", "decline_code": "", "message": ""}}, "declined"),
    ],
)
def test_the_state_that_the_page_asks_for_is_our_books(
    bo: Reader, bid: Bid, changed: dict, case: str
) -> None:
    payment = a_payment(bid, at=timezone.now())
    PaymentIntent.objects.filter(pk=payment.pk).update(**changed)

    assert [div["data-case"] for div in bo.get(f"/pay/{bid.pk}/state/").all("div")] == [case]


def test_paid_in_our_books_the_state_says_what_happens_next(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    state = bo.get(f"/pay/{sale.bid_id}/state/")

    assert 'data-case="paid"' in state.html and "<html" not in state.html
    assert "You paid 11,000.00 SEK. What happens next" in state.text
    assert f"/payments/{sale.pk}/" in state.links


def test_the_card_forms_origins_are_stripes_in_the_live_world() -> None:
    assert card_form_sources(None) == {
        "script-src": ["https://js.stripe.com"],
        "frame-src": ["https://js.stripe.com", "https://hooks.stripe.com"],
        "connect-src": ["https://api.stripe.com"],
    }
    assert STRIPE_JS.startswith("https://js.stripe.com/")


@pytest.mark.parametrize(
    ("code", "decline_code", "told"),
    [
        ("card_declined", "insufficient_funds", "There is not enough money on the card."),
        ("expired_card", "", "The card has expired."),
        ("payment_intent_authentication_failure", "", "was not approved in your bank"),
        ("card_declined", "generic_decline", "Your bank declined the card."),
        ("something_of_tomorrow", "", "Your bank declined the card."),
    ],
)
def test_a_decline_is_told_by_its_most_exact_code(code: str, decline_code: str, told: str) -> None:
    assert told in decline_sentence({"code": code, "decline_code": decline_code})


def test_a_stolen_card_is_told_no_more_than_any_that_is_not_allowed() -> None:
    assert len({SENTENCES[code]() for code in ("stolen_card", "lost_card", "fraudulent")}) == 1
