"""Our own money: free is the same here as where it decides, and drawing happens once."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from dashboards.operator_money import _purse
from gateway.payouts import available_minor
from ledger.posting import Line, post_journal
from payouts.queries import platform_funds
from payouts.solvency import free_minor
from tests import local
from tests.api.asking import a_sale
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast
from tests.dashboards.reading import Reader
from tests.sandbox.client import Client
from treasury.models import BalanceTransaction, PlatformPayout
from treasury.platform import drawable_minor

MONEY = "/operator/money/"


def a_movement(**changed: object) -> BalanceTransaction:
    told = {
        "stripe_id": "txn_1",
        "type": "adjustment",
        "source": "adj_1",
        "currency": "SEK",
        "amount_minor": -5_000,
        "fee_minor": 0,
        "net_minor": -5_000,
        "available_at": NOON,
        "created_at": NOON,
        "kept_at": NOON,
    }
    return BalanceTransaction.objects.create(**(told | changed))


def test_free_is_what_the_run_counts_with(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    for key, account, minor in (
        ("a", "suspense", 1_000),
        ("b", "buyers:refunds", 300),
        ("c", "platform:vat", 50),
        ("d", "fx:position", 7),
    ):
        post_journal(key=key, currency="SEK", lines=[Line("stripe:clearing", account, minor)], at=NOON)
    post_journal(key="e", currency="EUR", lines=[Line("suspense", "stripe:clearing", 9)], at=NOON)
    funds = {row.currency: row.free_minor for row in platform_funds(["SEK", "NOK"])}

    assert funds == {currency: free_minor(currency) for currency in ("EUR", "NOK", "SEK")}
    assert funds["SEK"] == 77_007 and funds["EUR"] == -9


def test_what_can_be_drawn_is_what_treasury_would_let_go(db: None, stripe_at: Sandbox) -> None:
    """Where buyers and suspense are owed something, and Stripe has less available than our books have."""
    Client(stripe_at.origin).paid(amount=10_000, card="pm_card_bypassPending")
    there_minor = available_minor(None, "SEK")
    for key, account, minor in (
        ("a", "platform:commission", there_minor + 8_000),
        ("b", "buyers:refunds", 2_000),
        ("c", "suspense", 500),
    ):
        post_journal(key=key, currency="SEK", lines=[Line("stripe:clearing", account, minor)], at=NOON)
    (funds,) = platform_funds(["SEK"])

    assert _purse(funds).drawable_minor == drawable_minor("SEK") == there_minor - 2_500


def test_what_is_ours_is_told_apart(cast: Cast, olga: Reader, stripe_at: Sandbox) -> None:
    a_sale(cast.bo, cast.saga)
    page = olga.get(MONEY)

    assert "Free in SEK 770.00 SEK Our balance at Stripe 11,000.00 SEK" in page.text
    assert "Sellers' money 10,230.00 SEK" in page.text
    assert f"Can be drawn now {drawable_minor('SEK') // 100}.00 SEK" in page.text
    assert "Nothing was drawn yet." in page.text
    assert "None. Every movement of our balance is named." in page.text


def test_without_stripe_the_page_says_so(
    cast: Cast, olga: Reader, stripe_at: Sandbox, settings: object
) -> None:
    a_sale(cast.bo, cast.saga)
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    page = olga.get(MONEY)

    assert page.status == 200 and "Stripe does not answer just now" in page.text
    assert "Can be drawn now Not known" in page.text


def test_movements_without_a_name_are_listed(cast: Cast, olga: Reader, stripe_at: Sandbox) -> None:
    a_movement()
    a_movement(stripe_id="txn_2", journal_key="suspense:txn_2")
    a_movement(stripe_id="txn_3", journal_key="payment:1")
    page = olga.get(MONEY)

    assert page.rows == 2 and "txn_3" not in page.text
    assert "In suspense" in page.text and "Waits for its name" in page.text and "−50.00 SEK" in page.text


def test_more_than_is_free_is_refused_and_what_was_typed_is_kept(
    cast: Cast, olga: Reader, stripe_at: Sandbox
) -> None:
    for typed, sentence in (
        ({"amount": "1 000,00", "currency": "SEK", "reason": "Rent"}, "Only what is free can be drawn"),
        ({"amount": "much", "currency": "SEK", "reason": "Rent"}, "Write the amount as digits"),
        ({"amount": "1", "currency": "XXX", "reason": "Rent"}, "Choose a currency."),
        ({"amount": "1", "currency": "SEK", "reason": ""}, "Write the reason first."),
    ):
        refused = olga.post(MONEY, seen="", **typed)
        body = refused.content.decode()
        assert refused.status_code == 422 and sentence in body, typed
        assert f'value="{typed["amount"]}"' in body and f">{typed['reason']}</textarea>" in body
    assert not PlatformPayout.objects.exists()


def test_what_is_free_is_drawn_once_however_often_the_form_is_sent(
    cast: Cast, olga: Reader, stripe_at: Sandbox
) -> None:
    charged = local.post(
        f"{stripe_at.origin}/v1/payment_intents",
        data={
            "amount": 200_000,
            "currency": "sek",
            "confirm": "true",
            "payment_method": "pm_card_bypassPending",
            "return_url": "http://127.0.0.1/",
        },
        headers={"Authorization": "Bearer sk_test_ours"},
    )
    assert charged.json()["status"] == "succeeded"
    ours = Line("stripe:clearing", "platform:commission", 100_000)
    post_journal(key="ours", currency="SEK", lines=[ours], at=NOON)
    form = {"amount": "600,00", "currency": "SEK", "reason": "Rent"}
    answers = [olga.post(MONEY, seen="", **form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    drawn = PlatformPayout.objects.get()
    assert (drawn.state, drawn.amount_minor, drawn.asked_by) == ("in_transit", 60_000, cast.olga)
    page = olga.get(MONEY)
    assert "Free in SEK 400.00 SEK" in page.text and "On the way Rent Olga Ohlsson 600.00 SEK" in page.text


def test_the_same_form_twice_draws_once(cast: Cast, olga: Reader, stripe_at: Sandbox) -> None:
    drawn = PlatformPayout.objects.create(
        amount_minor=100,
        currency="SEK",
        reason="Rent",
        asked_by=cast.olga,
        created_at=timezone.now() - timedelta(minutes=1),
        updated_at=timezone.now(),
    )
    again = olga.post(MONEY, seen="", amount="1.00", currency="SEK", reason="Rent")
    other = olga.post(MONEY, seen="", amount="2.00", currency="SEK", reason="Rent")

    assert again.status_code == 302 and other.status_code == 409
    assert "Another payout of ours was asked for" in other.content.decode()
    assert PlatformPayout.objects.get() == drawn
    assert "Asked for" in olga.get(MONEY).text and "Olga Ohlsson" in olga.get(MONEY).text
