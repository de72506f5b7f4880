"""Guessing is bounded, for five minutes; whoever gets in has not guessed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connections, transaction
from django.test import RequestFactory

from people.budgets import BudgetSpent, spend
from people.models import Budget, User
from people.sign_in import SignInRefused, TooManyTries, sign_in
from tests.cast import NOON, PASSWORD, Cast, give_password

FIVE_MINUTES, A_SECOND = timedelta(minutes=5), timedelta(seconds=1)


def enter(email: str, password: str = PASSWORD, *, at: datetime = NOON) -> User:
    return sign_in(RequestFactory(REMOTE_ADDR="203.0.113.1").post("/"), email=email, password=password, at=at)


def guess(email: str, times: int, *, at: datetime = NOON) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            enter(email, "guess", at=at)


def test_five_guesses_are_waited_for_and_trying_on_does_not_lengthen_the_wait(cast: Cast) -> None:
    give_password(cast.bo)
    guess(cast.bo.email, 5)

    for at in (NOON, NOON + FIVE_MINUTES - A_SECOND):
        with pytest.raises(TooManyTries) as refused:
            enter(cast.bo.email, at=at)
        assert refused.value.until == NOON + FIVE_MINUTES
    guess(cast.bo.email, 4, at=NOON + FIVE_MINUTES)
    assert enter(cast.bo.email, at=NOON + FIVE_MINUTES) == cast.bo


def test_who_gets_in_begins_anew_and_counts_for_nothing_at_the_address(cast: Cast) -> None:
    give_password(cast.bo)
    guess("nobody@klubba.example", 3)
    guess(cast.bo.email, 4)

    enter(cast.bo.email)

    assert Budget.objects.get(key="address:203.0.113.1").spent == 7
    guess(cast.bo.email, 5)


def test_an_e_mail_is_the_same_however_it_is_typed(cast: Cast) -> None:
    give_password(cast.bo)
    guess(f"  {cast.bo.email.upper()} ", 5)

    with pytest.raises(TooManyTries):
        enter(cast.bo.email)


def test_what_no_e_mail_can_be_is_refused_like_any_other(db: None) -> None:
    guess("a\x00b@klubba.example", 1)


def test_a_budget_is_for_so_many_times_and_no_more(db: None) -> None:
    for _ in range(3):
        spend({"a": 3}, window=FIVE_MINUTES, at=NOON)

    with pytest.raises(BudgetSpent):
        spend({"a": 3}, window=FIVE_MINUTES, at=NOON)
    for _ in range(3):
        spend({"a": 3}, window=FIVE_MINUTES, at=NOON + FIVE_MINUTES)


def test_those_who_spend_in_opposite_orders_do_not_stop_one_another(own_database: str) -> None:
    """Budgets are taken in one order: who waits for the first holds no other."""

    def spend_backwards() -> None:
        try:
            spend({"b": 9, "a": 9}, window=FIVE_MINUTES, at=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            spend({"a": 9}, window=FIVE_MINUTES, at=NOON)
            backwards = threads.submit(spend_backwards)
            time.sleep(0.5)
            spend({"b": 9}, window=FIVE_MINUTES, at=NOON)
        backwards.result()
    assert set(Budget.objects.values_list("spent", flat=True)) == {2}


def test_a_guess_costs_the_least_that_is_safe(cast: Cast) -> None:
    give_password(cast.bo)

    assert cast.bo.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_password_kept_at_another_cost_lets_in_and_stays(cast: Cast) -> None:
    dear = Argon2PasswordHasher().encode(PASSWORD, "a-salt-of-its-own")
    User.objects.filter(pk=cast.bo.pk).update(password=dear)

    assert enter(cast.bo.email).token_version == cast.bo.token_version
    guess(cast.bo.email, 1)
    assert User.objects.get(pk=cast.bo.pk).password == dear
