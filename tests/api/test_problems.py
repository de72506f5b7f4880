"""Every refusal under /api/ is a problem that says what it is, and nothing about the inside."""

from __future__ import annotations

import ast
import re

import pytest
from django.db import connection
from django.test import Client

from api.codes import CODES
from config.home import PROJECT
from tests.api.asking import Asking, refused
from tests.cast import Cast
from tests.databases import pointed_at

NO_ADDRESS = ["/api/", "/api/nothing/", "/api/bids", "/api/payments/", "/api/auctions/one/", "/api/%00/"]


@pytest.mark.parametrize("path", NO_ADDRESS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_address_that_is_none_is_a_problem(db: None, path: str, method: str) -> None:
    refused(Client().generic(method, path), 404, "not_found")


def test_another_method_is_told_which_ones_there_are(db: None) -> None:
    answer = Client().put("/api/auctions/")

    refused(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("body", ["{", "nul", "\xff", '{"a": 1}x', "[" * 100_000])
def test_a_body_that_is_no_json_is_told_so(db: None, body: str) -> None:
    answer = Client().post("/api/auth/token/", body, content_type="application/json")

    refused(answer, 422, "not_json")


@pytest.mark.parametrize("body", ["", "[]", "1", "null", '"text"'])
def test_a_body_that_is_no_object_is_told_so(db: None, body: str) -> None:
    refused(Client().post("/api/auth/token/", body, content_type="application/json"), 422, "invalid")


def test_a_field_nobody_knows_is_refused(db: None) -> None:
    answer = Client().post(
        "/api/auth/token/",
        {"email": "a@klubba.example", "password": "b", "admin": True},
        content_type="application/json",
    )
    assert list(refused(answer, 422, "invalid")["errors"]) == ["admin"]


@pytest.mark.parametrize("name", ["\\ud800", "\\u0000", "x\\n", "å" * 300, "errors", "body"])
@pytest.mark.parametrize("key", [None, "a"])
def test_an_odd_name_in_a_body_is_refused_too(saga: Asking, key: str | None, name: str) -> None:
    headers = saga.headers | ({"Idempotency-Key": key} if key else {})
    for _ in range(2):
        for path in ("/api/auctions/", "/api/payments/account/"):
            answer = saga.client.post(
                path, f'{{"{name}": 1}}', content_type="application/json", headers=headers
            )
            assert {len(field) <= 100 for field in refused(answer, 422, "invalid")["errors"]} == {True}


def test_a_body_too_large_is_refused(db: None, settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = Client().post("/api/auth/token/", {"email": "x" * 200}, content_type="application/json")

    refused(answer, 413, "body_too_large")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer a.b.c", "é"])
def test_who_brings_no_good_token_is_told_how_to(db: None, header: str) -> None:
    answer = Client().get("/api/bids/", headers={"Authorization": header})

    assert answer.json()["code"] in ("not_authenticated", "token_refused")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_database_that_is_away_is_503_and_comes_back(cast: Cast, django_db_blocker) -> None:
    asking = Asking(cast.bo)
    connection.close()
    with django_db_blocker.unblock(), pointed_at("no_such_database"):
        answer = asking.get("/api/bids/")

    refused(answer, 503, "database_away")
    assert int(answer.headers["Retry-After"]) > 0


def test_what_breaks_on_our_side_tells_its_request_and_nothing_more(
    bo: Asking, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError(f"SELECT {'tellme'[::-1]} FROM somewhere")

    monkeypatch.setattr("api.bids.bids_of", break_down)
    answer = bo.get("/api/bids/")
    problem = refused(answer, 500, "internal_error")

    assert answer.headers["X-Request-Id"] in problem["detail"]
    assert answer.headers["X-Request-Id"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "emllet" not in answer.content.decode() + caplog.text


def test_every_code_is_told_in_the_docs_with_its_status() -> None:
    told = re.findall(r"^\| `(\w+)` \| (\d+) \|", (PROJECT / "docs" / "api.md").read_text(), re.MULTILINE)

    assert dict(told) == {code: str(status) for code, (status, _) in CODES.items()}


def codes_raised() -> set[str]:
    """Every code that a refusal class carries, and every one that the API names itself."""
    raised = set()
    for path in [*PROJECT.glob("auctions/*.py"), *PROJECT.glob("payments/*.py"), *PROJECT.glob("api/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                raised |= {
                    str(line.value.value)
                    for line in node.body
                    if isinstance(line, ast.Assign)
                    and ast.unparse(line.targets[0]) == "code"
                    and isinstance(line.value, ast.Constant)
                }
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Refused", "Problem"):
                raised |= {str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return raised


def test_every_code_raised_is_listed() -> None:
    never_alone = {"bid_refused", "payment_refused"}

    assert {"bid_too_low", "already_paid", "wrong_role"} <= codes_raised()
    assert codes_raised() - never_alone - set(CODES) == set()
