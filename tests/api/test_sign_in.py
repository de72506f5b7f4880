"""Tokens over HTTP."""

from __future__ import annotations

import pytest

from tests.api.asking import Asking, refused
from tests.cast import PASSWORD, Cast, give_password

TOKEN = "/api/auth/token/"


@pytest.fixture
def pair(cast: Cast) -> dict[str, str]:
    give_password(cast.bo)
    return Asking().post(TOKEN, {"email": "Bo@Klubba.example", "password": PASSWORD}).json()


def with_token(token: str) -> Asking:
    asking = Asking()
    asking.headers = {"Authorization": f"Bearer {token}"}
    return asking


def test_a_password_gives_a_pair_and_the_access_token_lets_in(pair: dict[str, str]) -> None:
    assert sorted(pair) == ["access", "refresh"]
    assert with_token(pair["access"]).get("/api/bids/").status_code == 200


def test_a_refresh_token_gives_a_new_pair_once(pair: dict[str, str]) -> None:
    renewed = Asking().post(TOKEN + "refresh/", {"refresh": pair["refresh"]})
    again = Asking().post(TOKEN + "refresh/", {"refresh": pair["refresh"]})

    assert renewed.status_code == 200
    refused(again, 401, "token_refused")
    refused(Asking().post(TOKEN + "refresh/", {"refresh": renewed.json()["refresh"]}), 401, "token_refused")


def test_a_revoked_session_cannot_be_renewed(pair: dict[str, str]) -> None:
    assert Asking().post(TOKEN + "revoke/", {"refresh": pair["refresh"]}).status_code == 204
    refused(Asking().post(TOKEN + "refresh/", {"refresh": pair["refresh"]}), 401, "token_refused")


def test_a_token_of_one_kind_does_not_do_for_the_other(pair: dict[str, str]) -> None:
    refused(with_token(pair["refresh"]).get("/api/bids/"), 401, "token_refused")
    refused(Asking().post(TOKEN + "refresh/", {"refresh": pair["access"]}), 401, "token_refused")


def test_the_wrong_password_and_the_unknown_e_mail_get_the_same_answer(cast: Cast) -> None:
    give_password(cast.bo)
    wrong = Asking().post(TOKEN, {"email": cast.bo.email, "password": "x"})
    unknown = Asking().post(TOKEN, {"email": "nobody@klubba.example", "password": "x"})

    assert refused(wrong, 401, "sign_in_refused") == refused(unknown, 401, "sign_in_refused")
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_too_many_tries_are_told_how_long_to_wait(cast: Cast) -> None:
    give_password(cast.bo)
    for _ in range(5):
        Asking().post(TOKEN, {"email": cast.bo.email, "password": "x"})
    answer = Asking().post(TOKEN, {"email": cast.bo.email, "password": PASSWORD})

    refused(answer, 429, "too_many_tries")
    assert 0 < int(answer.headers["Retry-After"]) <= 300


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "x" * 5000])
def test_what_is_no_text_is_refused_before_anybody_reads_it(db: None, text: str) -> None:
    refused(Asking().post(TOKEN, {"email": text, "password": "x"}), 422, "invalid")
    refused(Asking().post(TOKEN, {"email": "a@klubba.example", "password": text}), 422, "invalid")
