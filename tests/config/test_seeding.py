"""Sales by the thousand: as whole as if people had made them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum

from audit.auditing import audit_all
from config import seeding
from config.demo_world import seed_people
from config.seeding import NoSalesHere, seed_sales
from ledger.balances import balance_minor
from payments.models import PaymentIntent, Transaction
from people.models import User
from tests.cast import NOON


@pytest.fixture
def small_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeding, "SET_SIZE", 4)


def seed(count: int, *, sellers: int = 1, **options: Any) -> int:
    return seed_sales(count, sellers=sellers, password="a-long-enough-password", at=NOON, **options)


def test_the_books_are_whole_and_the_audit_finds_nothing(own_database: str, small_sets: None) -> None:
    assert seed(11, sellers=3) == 11

    payable = [balance_minor(f"seller:{pk}:payable") for pk in sellers()]
    earned = PaymentIntent.objects.aggregate(sum=Sum("seller_minor"))["sum"]
    assert (sum(payable), Transaction.objects.count()) == (earned, 22)
    assert audit_all(at=NOON) == []


def sellers() -> list[int]:
    return list(User.objects.filter(is_seller=True).values_list("pk", flat=True))


def test_they_are_dealt_among_the_sellers_and_saga_is_one(own_database: str, small_sets: None) -> None:
    seed_people(password="a-long-enough-password")
    seed(12, sellers=3)

    sold = User.objects.filter(is_seller=True).annotate(count=Count("sales"))
    assert dict(sold.values_list("email", "count")) == {
        "saga@klubba.example": 4,
        "seller2@klubba.example": 4,
        "seller3@klubba.example": 4,
    }


def test_more_are_added_to_what_is_there(own_database: str, small_sets: None) -> None:
    seed(3)
    seed(2)

    assert PaymentIntent.objects.filter(status="succeeded").count() == 5
    assert len(sellers()) == 1


def test_what_was_interrupted_is_whole_as_far_as_it_came(own_database: str, small_sets: None) -> None:
    def interrupt(done: int) -> None:
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seed(20, told=interrupt)

    assert PaymentIntent.objects.values_list("status", flat=True).distinct().get() == "succeeded"
    assert PaymentIntent.objects.count() == 8
    assert audit_all(at=NOON) == []


def test_in_the_live_world_nothing_is_made_up(db: None, settings: Any) -> None:
    settings.SANDBOX_WORLD = False

    with pytest.raises(NoSalesHere):
        seed(1)
    assert not PaymentIntent.objects.exists()


@pytest.mark.parametrize(("payments", "sellers"), [("-1", "1"), ("1", "0"), ("1", "-3")])
def test_numbers_that_make_no_sense_are_refused(db: None, payments: str, sellers: str) -> None:
    with pytest.raises(CommandError, match="0 or more"):
        call_command("seed", "--payments", payments, "--sellers", sellers)
