"""SEC-25, 27, 42: guessing, grabbing and racing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from auctions.models import Bid
from people.hashing import LeanArgon2
from people.models import Budget
from people.tokens import issue_tokens
from tests.api.asking import INTENTS, Asking, a_sale, refused
from tests.browser.sandbox_process import Sandbox
from tests.cast import PASSWORD, Cast, a_won_bid, an_auction, give_password

TOKEN = "/api/auth/token/"


def sign_in(email: str, password: str, *, address: str = "203.0.113.1") -> object:
    asking = Asking()
    asking.client.defaults["REMOTE_ADDR"] = address
    return asking.post(TOKEN, {"email": email, "password": password})


def counted(work: Callable[..., Any], times: list[int]) -> Callable[..., Any]:
    """The same work, with a mark for each time it is done."""

    def marked(*given: Any, **more: Any) -> Any:
        times.append(1)
        return work(*given, **more)

    return marked


def test_a_hundred_guesses_are_five_tries(cast: Cast) -> None:
    give_password(cast.bo)
    statuses = [sign_in(cast.bo.email, f"guess {i}").status_code for i in range(99)]
    statuses.append(sign_in(cast.bo.email, PASSWORD).status_code)

    assert statuses == [401] * 5 + [429] * 95


def test_the_limit_is_the_accounts_wherever_the_guesses_come_from(cast: Cast) -> None:
    give_password(cast.bo)
    for i in range(5):
        sign_in(cast.bo.email.upper(), "guess", address=f"203.0.113.{i}")

    assert sign_in(cast.bo.email, PASSWORD, address="198.51.100.1").status_code == 429


def test_nobody_is_locked_out_for_good(cast: Cast) -> None:
    give_password(cast.bo)
    for _ in range(6):
        sign_in(cast.bo.email, "guess")
    Budget.objects.update(window_ends_at=timezone.now() - timedelta(seconds=1))

    assert sign_in(cast.bo.email, PASSWORD).status_code == 200


def test_an_address_that_guesses_at_everybody_is_stopped(db: None) -> None:
    Budget.objects.create(
        key="address:203.0.113.1", spent=49, window_ends_at=timezone.now() + timedelta(minutes=5)
    )
    assert sign_in("a@klubba.example", "x").status_code == 401
    assert sign_in("b@klubba.example", "x").status_code == 429
    assert sign_in("b@klubba.example", "x", address="198.51.100.1").status_code == 401


def test_an_unknown_e_mail_costs_as_much_work_as_a_wrong_password(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted where the work is done: one hash, or the time would tell who has an account."""
    give_password(cast.bo)
    hashed: list[int] = []
    work = {}
    for email in (cast.bo.email, "nobody@klubba.example"):
        hashed.clear()
        with monkeypatch.context() as patch:
            for name in ("encode", "verify"):
                patch.setattr(LeanArgon2, name, counted(getattr(LeanArgon2, name), hashed))
            assert sign_in(email, "guess").status_code == 401
        work[email] = len(hashed)

    assert set(work.values()) == {1}


def test_what_was_typed_is_not_kept_with_the_budget(db: None) -> None:
    sign_in("my-password-in-the-wrong-field", "x")

    assert "wrong-field" not in str(list(Budget.objects.values()))


@pytest.mark.parametrize(
    "path",
    [
        "/api/auctions/",
        "/api/bids/",
        INTENTS,
        "/api/payments/transactions/",
        "/api/payments/payouts/",
    ],
)
def test_nobody_takes_more_than_a_hundred_rows_at_once(bo: Asking, path: str) -> None:
    for limit in (101, 10**9, -1, 0):
        assert list(refused(bo.get(path, limit=limit), 422, "invalid")["errors"]) == ["limit"]
    assert bo.get(path, limit=100).status_code == 200


def at_once(calls: list[object]) -> list[int]:
    """The statuses of calls that begin together, each in its own thread and connection."""
    together, statuses = threading.Barrier(len(calls)), []

    def call(one: object) -> None:
        together.wait()
        statuses.append(one().status_code)
        connections.close_all()

    threads = [threading.Thread(target=call, args=[one]) for one in calls]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sorted(statuses)


def test_equal_bids_at_once_leave_one_standing(own_cast: Cast) -> None:
    auction = an_auction(own_cast.saga, at=timezone.now())
    path = f"/api/auctions/{auction.pk}/bids/"
    bidders = [Asking(own_cast.bo), Asking(own_cast.mallory)] * 8
    statuses = at_once([lambda who=who: who.post(path, {"amount": "9000.00"}) for who in bidders])

    assert statuses == [201] + [409] * 15
    assert Bid.objects.count() == 1


def test_begun_at_once_there_is_one_payment(own_cast: Cast, stripe_at: Sandbox) -> None:
    bid = a_won_bid(own_cast.bo, own_cast.saga, at=timezone.now())
    asking = Asking(own_cast.bo)
    statuses = at_once([lambda: asking.post(INTENTS, {"bid_id": bid.pk}) for _ in range(8)])

    assert statuses.count(201) <= 1
    assert set(statuses) <= {200, 201, 503}
    assert bid.payments.count() == 1
    assert asking.post(INTENTS, {"bid_id": bid.pk}).status_code == 200


def test_confirmed_at_once_the_money_is_booked_once(own_cast: Cast) -> None:
    sale = a_sale(own_cast.bo, own_cast.saga)
    asking = Asking(own_cast.bo)
    statuses = at_once([lambda: asking.post(f"{INTENTS}{sale.pk}/confirm/") for _ in range(8)])

    assert statuses == [200] * 8
    assert sale.transactions.count() == 2


@pytest.mark.parametrize(
    ("budget", "path"),
    [
        ("exports-of", "/api/payments/transactions/?format=csv"),
        ("payments-of", "/api/payments/payment-intent/"),
    ],
)
def test_what_costs_much_may_be_asked_for_so_often_only(cast: Cast, budget: str, path: str) -> None:
    ends_at = timezone.now() + timedelta(minutes=1)
    Budget.objects.create(key=f"{budget}:{cast.bo.pk}", spent=10_000, window_ends_at=ends_at)
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    access = issue_tokens(cast.bo, at=timezone.now()).access
    client = Client(headers={"Authorization": f"Bearer {access}"})

    if "csv" in path:
        answer = client.get(path)
    else:
        answer = client.post(path, {"bid_id": bid.pk}, content_type="application/json")

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
