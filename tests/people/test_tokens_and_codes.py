"""Tokens ask for the code of a second factor too."""

from __future__ import annotations

from typing import Any

from django.test import Client

from people.models import User
from tests.cast import PASSWORD, Cast, give_password
from tests.dashboards.test_second_factor import clock, code_of, protect, set_up

__all__ = ["clock"]


def token(person: User, **code: str) -> tuple[int, str]:
    told = {"email": person.email, "password": PASSWORD, **code}
    answer = Client().post("/api/auth/token/", told, content_type="application/json")
    return answer.status_code, answer.json().get("code", "")


def test_tokens_ask_for_the_code_too(cast: Cast, clock: object) -> None:
    protect(cast.bo)

    assert token(cast.bo) == (401, "code_owed")
    assert token(cast.bo, code="000000") == (401, "code_refused")
    assert token(cast.bo, code=code_of(cast.bo)) == (200, "")
    assert token(cast.bo, code=code_of(cast.bo)) == (401, "code_refused")
    assert token(give_password(cast.saga)) == (200, "")
    assert token(cast.saga, code="000000") == (200, "")


def test_an_operator_without_one_gets_no_token_outside_the_sandbox(cast: Cast, settings) -> None:
    give_password(cast.olga)
    assert token(cast.olga) == (200, "")
    settings.SECOND_FACTOR_FOR_OPERATORS = True
    assert token(cast.olga, code="000000") == (401, "code_owed")


def test_setting_it_up_ends_the_tokens_of_the_password_alone(cast: Cast, clock: object) -> None:
    told = {"email": give_password(cast.bo).email, "password": PASSWORD}
    pair = Client().post("/api/auth/token/", told, content_type="application/json").json()
    set_up(cast.bo)

    headers = {"Authorization": f"Bearer {pair['access']}"}
    assert Client().get("/api/payments/summary/", headers=headers).status_code == 401
    again = Client().post("/api/auth/token/refresh/", {"refresh": pair["refresh"]}, "application/json")
    assert again.status_code == 401


def test_an_operator_without_one_speaks_by_no_token_of_before(
    cast: Cast, clock: object, settings: Any
) -> None:
    told = {"email": give_password(cast.olga).email, "password": PASSWORD}
    pair = Client().post("/api/auth/token/", told, content_type="application/json").json()
    settings.SECOND_FACTOR_FOR_OPERATORS = True

    headers = {"Authorization": f"Bearer {pair['access']}"}
    assert Client().get("/api/payments/summary/", headers=headers).status_code == 401
    again = Client().post("/api/auth/token/refresh/", {"refresh": pair["refresh"]}, "application/json")
    assert again.status_code == 401
