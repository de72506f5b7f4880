"""The schema tells what the API does, and the page about it needs nothing from elsewhere."""

from __future__ import annotations

import re
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
