"""The same POST twice under one Idempotency-Key."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from api.forgetting import forget_old_keys
from api.idempotency import _take_over
from api.models import KeyedRequest
from api.problems import Refused
from auctions.listing import list_auction
from auctions.models import Auction, Bid
from payments.models import PaymentIntent
from tests.api.asking import INTENTS, Asking, access_of, refused
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid, an_auction

AUCTIONS = "/api/auctions/"


@pytest.fixture
def bids_url(cast: Cast) -> str:
    return f"{AUCTIONS}{an_auction(cast.saga, at=timezone.now()).pk}/bids/"


def listing() -> dict[str, object]:
    closes_at = (timezone.now() + timedelta(days=1)).isoformat()
    return {"title": "Kista", "currency": "SEK", "closes_at": closes_at}


def test_without_a_key_every_post_counts(saga: Asking) -> None:
    body = listing()
    assert [saga.post(AUCTIONS, body).status_code for _ in range(2)] == [201, 201]
    assert Auction.objects.count() == 2
    assert not KeyedRequest.objects.exists()


def test_the_same_key_and_body_make_one_thing_and_the_same_answer(saga: Asking) -> None:
    body = listing()
    first, second = (saga.post(AUCTIONS, body, key="a") for _ in range(2))

    assert (second.status_code, second.json()) == (201, first.json())
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Content-Type"] == first.headers["Content-Type"]
    assert Auction.objects.count() == 1


def test_spaces_and_the_order_of_names_make_no_other_body(bo: Asking, bids_url: str) -> None:
    answers = [
        bo.client.post(
            bids_url,
            body,
            content_type="application/json",
            headers=bo.headers | {"Idempotency-Key": "a"},
        )
        for body in ('{"amount":"100.00","currency":"SEK"}', '{ "currency": "SEK", "amount": "100.00" }')
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert Bid.objects.count() == 1


def test_another_body_is_refused_and_does_nothing(bo: Asking, bids_url: str) -> None:
    bo.post(bids_url, {"amount": "100.00"}, key="a")

    refused(bo.post(bids_url, {"amount": "200.00"}, key="a"), 422, "idempotency_key_reused")
    assert Bid.objects.count() == 1


def test_a_refusal_is_an_answer_too(bo: Asking, mallory: Asking, bids_url: str) -> None:
    mallory.post(bids_url, {"amount": "500.00"})
    first, second = (bo.post(bids_url, {"amount": "100.00"}, key="a") for _ in range(2))

    assert refused(first, 409, "bid_too_low") == refused(second, 409, "bid_too_low")
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_key_is_its_users_and_its_paths_own(bo: Asking, mallory: Asking, bids_url: str, cast: Cast) -> None:
    other_url = f"{AUCTIONS}{an_auction(cast.saga, at=timezone.now()).pk}/bids/"
    assert bo.post(bids_url, {"amount": "100.00"}, key="a").status_code == 201
    assert mallory.post(bids_url, {"amount": "200.00"}, key="a").status_code == 201
    assert bo.post(other_url, {"amount": "100.00"}, key="a").status_code == 201
    assert Bid.objects.count() == 3


@pytest.mark.parametrize("key", ["x" * 256, "a b", "å"])
def test_what_is_no_key_is_refused(bo: Asking, bids_url: str, key: str) -> None:
    problem = refused(bo.post(bids_url, {"amount": "100.00"}, key=key), 422, "invalid")

    assert list(problem["errors"]) == ["Idempotency-Key"]
    assert not Bid.objects.exists()


def test_after_a_day_the_key_is_free_again(bo: Asking, bids_url: str) -> None:
    bo.post(bids_url, {"amount": "100.00"}, key="a")
    KeyedRequest.objects.update(started_at=timezone.now() - timedelta(hours=24))

    assert bo.post(bids_url, {"amount": "200.00"}, key="a").status_code == 201
    assert KeyedRequest.objects.count() == 1


def test_after_a_day_keys_are_forgotten_some_at_a_time(bo: Asking, bids_url: str) -> None:
    for key in ("a", "b", "c"):
        bo.post(bids_url, {"amount": "100.00"}, key=key)
    KeyedRequest.objects.exclude(key="c").update(started_at=timezone.now() - timedelta(hours=24))

    assert [forget_old_keys(limit=1, at=timezone.now()) for _ in range(3)] == [1, 1, 0]
    assert KeyedRequest.objects.get().key == "c"


def test_while_the_first_runs_the_second_waits_its_turn(bo: Asking, bids_url: str) -> None:
    bo.post(bids_url, {"amount": "100.00"}, key="a")
    KeyedRequest.objects.update(running=True, status=None)
    refused(bo.post(bids_url, {"amount": "100.00"}, key="a"), 409, "idempotency_key_running")

    KeyedRequest.objects.update(started_at=timezone.now() - timedelta(minutes=3))
    assert "Idempotency-Replayed" not in bo.post(bids_url, {"amount": "100.00"}, key="a").headers


def test_whose_session_is_gone_runs_no_more(own_cast: Cast) -> None:
    asking, body = Asking(own_cast.saga), listing()

    def begin_and_die() -> None:
        asking.post(AUCTIONS, body, key="a")
        KeyedRequest.objects.update(running=True, status=None)
        connections.close_all()

    dying = threading.Thread(target=begin_and_die)
    dying.start()
    dying.join()
    taken = asking.post(AUCTIONS, body, key="a")
    assert (taken.status_code, "Idempotency-Replayed" in taken.headers) == (201, False)

    KeyedRequest.objects.update(running=True, status=None)
    refused(asking.post(AUCTIONS, body, key="a"), 409, "idempotency_key_running")


def test_an_answer_given_a_moment_ago_is_not_run_over(bo: Asking, bids_url: str) -> None:
    """The second looked while the first ran, and comes to take its place when it has answered."""
    bo.post(bids_url, {"amount": "100.00"}, key="a")
    seen = KeyedRequest.objects.get()
    seen.running, seen.status = True, None

    with pytest.raises(Refused, match="has not ended"):
        _take_over(seen, body_hash=seen.body_hash, at=timezone.now())
    assert KeyedRequest.objects.get().status == 201


def test_a_request_whose_place_was_taken_undoes_itself(saga: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow first one must not add its effect to the second one's."""

    def slowly(**listing: object) -> Auction:
        KeyedRequest.objects.update(started_at=timezone.now() + timedelta(seconds=1))
        return list_auction(**listing)

    monkeypatch.setattr("api.auctions.list_auction", slowly)

    refused(saga.post(AUCTIONS, listing(), key="a"), 409, "idempotency_key_running")
    assert not Auction.objects.exists()


def test_the_living_payment_is_met_again_with_its_first_status(
    bo: Asking, cast: Cast, stripe_at: Sandbox
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    first, second = (bo.post(INTENTS, {"bid_id": bid.pk}, key="a") for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert PaymentIntent.objects.count() == 1
    assert KeyedRequest.objects.get().answer == ""


def test_an_answer_that_never_came_is_not_kept(
    bo: Asking, cast: Cast, fault: Callable[..., None], stripe_at: Sandbox
) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    fault("reset_before")
    refused(bo.post(INTENTS, {"bid_id": bid.pk}, key="a"), 503, "stripe_away")
    later = bo.post(INTENTS, {"bid_id": bid.pk}, key="a")

    assert later.status_code == 200
    assert "Idempotency-Replayed" not in later.headers


def test_eight_at_once_under_one_key_make_one_auction(own_cast: Cast) -> None:
    asking, body, together = Asking(own_cast.saga), listing(), threading.Barrier(8)
    statuses: list[int] = []

    def ask() -> None:
        together.wait()
        statuses.append(asking.post(AUCTIONS, body, key="a").status_code)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert Auction.objects.count() == 1
    assert 201 in statuses and set(statuses) <= {201, 409}
    assert asking.post(AUCTIONS, body, key="a").headers["Idempotency-Replayed"] == "true"


def test_tokens_are_never_kept_under_a_key(cast: Cast) -> None:
    answer = Asking().post("/api/auth/token/", {"email": "x@klubba.example", "password": "y"}, key="a")

    refused(answer, 401, "sign_in_refused")
    assert not KeyedRequest.objects.exists()
    assert access_of(cast.bo) != access_of(cast.bo)


SHAPELESS = [{"amount": 100}, {"amount": "100.00", "zz": 1}, {}, [], None, "text", '{"amount"', "[" * 100_000]


def ask_oddly(asking: Asking, url: str, body: object, *, key: str = "a") -> Any:
    sent = body if isinstance(body, str) and body != "text" else json.dumps(body)
    return asking.client.post(
        url, sent, content_type="application/json", headers=asking.headers | {"Idempotency-Key": key}
    )


@pytest.mark.parametrize("body", SHAPELESS)
def test_a_body_refused_by_its_shape_is_answered_the_same_again(
    bo: Asking, bids_url: str, body: object
) -> None:
    first, second = (ask_oddly(bo, bids_url, body) for _ in range(2))

    assert (first.status_code, second.status_code) == (422, 422)
    assert first.content == second.content
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    refused(bo.post(bids_url, {"amount": "100.00"}, key="a"), 422, "idempotency_key_reused")
    assert not Bid.objects.exists()


def test_a_shapeless_body_under_the_key_of_another_is_refused_for_that(bo: Asking, bids_url: str) -> None:
    bo.post(bids_url, {"amount": "100.00"}, key="a")

    for body in SHAPELESS:
        refused(ask_oddly(bo, bids_url, body), 422, "idempotency_key_reused")


def test_a_shapeless_body_waits_too_while_the_first_runs(bo: Asking, bids_url: str) -> None:
    ask_oddly(bo, bids_url, {"amount": 100})
    KeyedRequest.objects.update(running=True, status=None, answer="")

    refused(ask_oddly(bo, bids_url, {"amount": 100}), 409, "idempotency_key_running")


def test_a_shapeless_body_needs_a_key_that_is_one_and_a_person(bo: Asking, bids_url: str) -> None:
    assert list(refused(ask_oddly(bo, bids_url, {}, key="å"), 422, "invalid")["errors"]) == [
        "Idempotency-Key"
    ]
    refused(ask_oddly(Asking(), bids_url, {}), 401, "not_authenticated")
    refused(ask_oddly(Asking(), "/api/auth/token/", {}), 422, "invalid")
    assert not KeyedRequest.objects.exists()


@pytest.mark.parametrize("body", ['{"', "9" * 5000, "NaN", "[" * 100_000, "\xff"])
def test_where_nothing_is_to_be_said_a_shapeless_body_is_kept_too(
    saga: Asking, cast: Cast, body: str
) -> None:
    close = f"{AUCTIONS}{an_auction(cast.saga, at=timezone.now()).pk}/close/"
    first, second = (ask_oddly(saga, close, body) for _ in range(2))

    assert (first.status_code, second.status_code) == (422, 422)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Auction.objects.get().status == "open"


def test_what_asks_stripe_keeps_its_refusals(bo: Asking, cast: Cast) -> None:
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    Bid.objects.update(status="lost")
    for body, code in (
        ({"bid_id": "1"}, "invalid"),
        ({"bid_id": bid.pk, "return_url": "//evil.example"}, "invalid"),
        ({"bid_id": bid.pk}, "bid_not_won"),
        ({"bid_id": 10**9}, "not_found"),
    ):
        first, second = (ask_oddly(bo, INTENTS, body, key=code + str(body["bid_id"])) for _ in range(2))
        assert (first.json()["code"], first.json()) == (code, second.json())
        assert second.headers["Idempotency-Replayed"] == "true"
    assert not PaymentIntent.objects.exists()


def test_an_account_is_opened_once_under_its_key(saga: Asking, stripe_at: Sandbox) -> None:
    first, second = (saga.post("/api/payments/account/", key="a") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.headers["Idempotency-Replayed"] == "true"
    refused(saga.post("/api/payments/account/", {"zz": 1}, key="a"), 422, "idempotency_key_reused")


def test_an_address_longer_than_any_is_none(bo: Asking) -> None:
    url = f"{AUCTIONS}{'9' * 300}/bids/"

    refused(bo.post(url, {"amount": "100.00"}), 404, "not_found")
    refused(bo.post(url, {"amount": "100.00"}, key="a"), 404, "not_found")
    refused(bo.post(url, {"amount": 100}, key="a"), 404, "not_found")
