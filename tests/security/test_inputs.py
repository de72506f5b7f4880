"""SEC-3, 4, 24, 41: what a client sends decides nothing it should not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from auctions.models import Auction, Bid
from payments.models import PaymentIntent
from tests.api.asking import INTENTS, Asking, a_sale, refused
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid, an_auction

FOREIGN_ADDRESSES = [
    "https://evil.example",
    "http://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "http:///testserver",
    "http://testserver@evil.example",
    "http://testserver:pw@evil.example/",
    "http://testserver.evil.example",
    "http://evil.example/testserver",
    "http://evil.example?http://testserver",
    "http://evil.example#http://testserver",
    "http://evil.example\\@testserver",
    "http://testserver\\@evil.example",
    "http://testserver:80@evil.example",
    "http://testserver%2eevil.example",
    "http://testserver:8000",
    "http://127.0.0.1",
    "http://[::1]",
    "http://[",
    "http://xtestserver",
    "ftp://testserver",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\nscript:alert(1)",
    "\tjavascript:alert(1)",
    "\x00javascript:alert(1)",
    "\x1bhttp://evil.example",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "about:blank",
    "mailto:a@evil.example",
    "blob:http://testserver/x",
    "ws://testserver",
    "//testserver@evil.example",
    "//evil.example/%2f..",
    "//evil.example:443",
    "//%5cevil.example",
    "\u2028//evil.example",
    "//\u3002evil.example",
    "http://evil。example",
    "http://ｅvil.example",
    "//google%E3%80%82com",
    "http:evil.example",
    "http:@evil.example",
    "https://evil.example/http://testserver/",
    "//\tevil.example",
    "//\nevil.example",
    "http://\nevil.example",
    "",
    " ",
    "   //evil.example",
]


@pytest.mark.parametrize("address", FOREIGN_ADDRESSES)
def test_a_buyer_comes_back_to_no_foreign_address(bo: Asking, cast: Cast, address: str) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    problem = refused(bo.post(INTENTS, {"bid_id": bid.pk, "return_url": address}), 422, "invalid")

    assert list(problem["errors"]) == ["return_url"]
    assert not PaymentIntent.objects.exists()


def test_there_are_sixty_of_them() -> None:
    assert len(set(FOREIGN_ADDRESSES)) >= 60


@pytest.mark.parametrize("address", ["/payments/1/", "http://testserver/payments/1/?a=b#c"])
def test_a_buyer_comes_back_to_our_own(bo: Asking, cast: Cast, stripe_at: Sandbox, address: str) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())

    assert bo.post(INTENTS, {"bid_id": bid.pk, "return_url": address}).status_code == 201


@pytest.mark.parametrize(
    "amount",
    [
        11000, 11000.0, 1e309, -0.0, True, None, [], {}, "", " ", "-0", "-1.00", "+1.00", "0", "0.00", "1e5",
        "1E5", "1,000.00", "1 000.00", "11000.001", "11000.", ".50", "00100.00", "0x10", "1_000", "NaN",
        "nan", "Infinity", "inf", "-inf", "１００.００", "١٠٠.٠٠", "100\n", "\t100", "100.00 SEK",
        "99999999999999999999", "9999999999999999.99", "100.00\x00", "1/3", "½", "²", "100;DROP",
        "${100}", "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_amount_is_no_bid(bo: Asking, cast: Cast, amount: object) -> None:
    auction = an_auction(cast.saga, at=timezone.now())
    answer = bo.post(f"/api/auctions/{auction.pk}/bids/", {"amount": amount})

    assert answer.status_code in (409, 422)
    assert answer.json()["code"] in ("invalid", "bid_too_high", "not_json")
    assert not Bid.objects.exists()


def test_numbers_json_does_not_have_are_refused(bo: Asking, cast: Cast) -> None:
    url = f"/api/auctions/{an_auction(cast.saga, at=timezone.now()).pk}/bids/"
    for number in ("NaN", "Infinity", "-Infinity", "1e309", "-0", "1" * 5000):
        body = f'{{"amount": {number}}}'
        answer = bo.client.post(url, body, content_type="application/json", headers=bo.headers)
        assert answer.status_code == 422, number


EXTRA = {
    "status": "paid",
    "commission_amount": "0.00",
    "seller_amount": "11000.00",
    "total_amount": "1.00",
    "amount_minor": 1,
    "seller": 1,
    "seller_id": 1,
    "buyer_id": 1,
    "is_staff": True,
    "is_operator": True,
    "rate_bp": 0,
    "outcome": "sale",
    "id": 1,
}


@pytest.mark.parametrize("name", EXTRA)
def test_no_field_is_taken_that_was_not_asked_for(bo: Asking, saga: Asking, cast: Cast, name: str) -> None:
    at = timezone.now()
    auction, bid = an_auction(cast.saga, at=at), a_won_bid(cast.bo, cast.saga, at=at)
    before = (list(Auction.objects.values()), list(Bid.objects.values()))
    extra = {name: EXTRA[name]}
    listing = {"title": "x", "currency": "SEK", "closes_at": (at + timedelta(days=1)).isoformat()}
    for asking, path, body in (
        (saga, "/api/auctions/", listing),
        (bo, f"/api/auctions/{auction.pk}/bids/", {"amount": "20000.00"}),
        (bo, INTENTS, {"bid_id": bid.pk}),
        (Asking(), "/api/auth/token/", {"email": "a@klubba.example", "password": "b"}),
    ):
        assert list(refused(asking.post(path, body | extra), 422, "invalid")["errors"]) == [name]

    assert (list(Auction.objects.values()), list(Bid.objects.values())) == before
    assert not PaymentIntent.objects.exists()


def test_a_stranger_and_nobody_look_the_same(mallory: Asking, saga: Asking, cast: Cast) -> None:
    """No oracle: what is another's and what does not exist have one answer, to the letter."""
    sale, bid = a_sale(cast.bo, cast.saga), a_won_bid(cast.bo, cast.saga, at=timezone.now())
    payout_id = saga.get("/api/payments/payouts/").json()[0]["id"]
    none = "00000000-0000-0000-0000-000000000000"

    for theirs, nobodys in (
        (mallory.get(f"{INTENTS}{sale.pk}/"), mallory.get(f"{INTENTS}{none}/")),
        (mallory.post(f"{INTENTS}{sale.pk}/confirm/"), mallory.post(f"{INTENTS}{none}/confirm/")),
        (mallory.post(INTENTS, {"bid_id": bid.pk}), mallory.post(INTENTS, {"bid_id": 10**9})),
        (mallory.get(f"/api/payments/payouts/{payout_id}/"), mallory.get(f"/api/payments/payouts/{none}/")),
    ):
        assert refused(theirs, 404, "not_found") == refused(nobodys, 404, "not_found")


SQL = [
    "'",
    '"',
    "';--",
    "' OR '1'='1",
    "1; SELECT pg_sleep(9)",
    "%",
    "_",
    "\\",
    "$$",
    "{{7*7}}",
    "${7*7}",
    "?",
]


@pytest.mark.parametrize("text", SQL)
def test_text_in_a_filter_stays_text(saga: Asking, olga: Asking, cast: Cast, text: str) -> None:
    a_sale(cast.bo, cast.saga)

    assert saga.get("/api/payments/transactions/", q=text).json() == []
    for name in ("kind", "subject_type", "subject_id"):
        assert olga.get("/api/payments/admin/audit-log/", **{name: text}).json() == []
    assert olga.get("/api/payments/admin/events/", type=text).json() == []
    for name in ("order_by", "ordering", "sort", "fields", "owner__email", "payment_intent__buyer"):
        refused(saga.get("/api/payments/transactions/", **{name: text}), 422, "invalid")
