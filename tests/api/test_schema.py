"""The schema tells what the API does, and the page about it needs nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.api.asking import INTENTS, LINES, PAYOUTS, Asking, a_sale
from tests.cast import Cast

ADMIN = "/api/payments/admin/"


@pytest.fixture
def schema(db: None) -> dict[str, Any]:
    return Client().get("/api/openapi.json").json()


def test_every_operation_declares_its_statuses_and_its_problems(schema: dict[str, Any]) -> None:
    for address, operations in schema["paths"].items():
        for operation in operations.values():
            told = operation["responses"]
            assert {"422", "500", "503"} <= set(told), address
            if "security" in operation:
                assert "401" in told, address
            for status, answer in told.items():
                if int(status) >= 400:
                    assert list(answer["content"]) == ["application/problem+json"], address


def test_every_address_but_the_way_in_needs_a_token(schema: dict[str, Any]) -> None:
    open_ones = {
        address
        for address, operations in schema["paths"].items()
        if any("security" not in operation for operation in operations.values())
    }
    assert open_ones == {"/api/auth/token/", "/api/auth/token/refresh/", "/api/auth/token/revoke/"}


def test_every_body_refuses_fields_nobody_knows(schema: dict[str, Any]) -> None:
    for operations in schema["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                name = body["$ref"].rsplit("/", 1)[-1]
                assert schema["components"]["schemas"][name]["additionalProperties"] is False, name


def operations_of(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for address, operations in schema["paths"].items():
        for method, operation in operations.items():
            yield address, method, operation


def test_every_post_of_a_person_tells_its_key_and_that_it_may_be_a_replay(schema: dict[str, Any]) -> None:
    for address, method, operation in operations_of(schema):
        told = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
        takes_a_key = method == "post" and not address.startswith("/api/auth/")
        assert told == (["Idempotency-Key"] if takes_a_key else []), address
        replayable = {
            status
            for status, answer in operation["responses"].items()
            if "Idempotency-Replayed" in answer.get("headers", {})
        }
        assert replayable <= {"200", "201", "404", "409", "422"}
        assert bool(replayable) == takes_a_key and ("422" in replayable) == takes_a_key


def test_a_list_tells_its_next_page_and_its_file(schema: dict[str, Any]) -> None:
    lists = set()
    for address, method, operation in operations_of(schema):
        answer = operation["responses"].get("200", {})
        shape = answer.get("content", {}).get("application/json", {}).get("schema", {})
        is_list = shape.get("type") == "array"
        assert is_list == ("Link" in answer.get("headers", {})), address
        assert is_list == ("text/csv" in answer.get("content", {})), address
        names = {one["name"] for one in operation["parameters"]}
        assert is_list == ({"limit", "cursor", "format"} <= names), address
        assert not is_list or (method == "get" and "429" in operation["responses"]), address
        lists |= {address} if is_list else set()
    assert len(lists) >= 10


def test_who_is_told_to_wait_is_told_how_long(schema: dict[str, Any]) -> None:
    for address, _, operation in operations_of(schema):
        for status, answer in operation["responses"].items():
            assert ("Retry-After" in answer.get("headers", {})) == (status in ("429", "503")), address
            assert ("WWW-Authenticate" in answer.get("headers", {})) == (status == "401"), address


@pytest.mark.parametrize(
    ("who", "path", "template"),
    [
        ("saga", "/api/auctions/", None),
        ("bo", "/api/bids/", None),
        ("saga", INTENTS, None),
        ("bo", LINES, None),
        ("saga", LINES, None),
        ("saga", PAYOUTS, None),
        ("saga", "/api/payments/summary/", None),
        ("olga", ADMIN + "stats/", None),
        ("olga", ADMIN + "audit-log/", None),
    ],
)
def test_answers_are_of_the_shape_that_is_told(
    cast: Cast, schema: dict[str, Any], who: str, path: str, template: str | None
) -> None:
    a_sale(cast.bo, cast.saga)
    answer = Asking(getattr(cast, who)).get(path).json()
    shape = schema["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    jsonschema.validate(answer, {**shape, "components": schema["components"]})
    names = _names(shape, schema)
    assert set(answer[0] if isinstance(answer, list) else answer) == names


def _names(shape: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    shape = shape.get("items", shape)
    name = shape["$ref"].rsplit("/", 1)[-1]
    return set(schema["components"]["schemas"][name]["properties"])


def test_the_page_needs_no_script_and_nothing_from_elsewhere(db: None) -> None:
    answer = Client().get("/api/docs")
    page = answer.content.decode()

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://", page)
    (sheet,) = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', page)
    assert finders.find(sheet)
    assert "url(" not in Path(finders.find(sheet)).read_text()


def test_the_page_tells_every_operation_and_every_code(db: None, schema: dict[str, Any]) -> None:
    page = Client().get("/api/docs").content.decode()

    assert [address for address in schema["paths"] if address not in page] == []
    assert 'id="already_paid"' in page
