"""What an address asks and no operation knows is refused, everywhere."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from api.addresses import api
from tests.api.asking import LINES, Asking, refused
from tests.databases import undone_afterwards
from tests.security.conftest import made_world, world
from tests.security.matrix import MATRIX
from tests.security.test_matrix import body_of
from tests.security.world import World, knocking

__all__ = ["made_world", "world"]

OPERATIONS = [
    (path, method) for path, operations in api.get_openapi_schema()["paths"].items() for method in operations
]
ADDRESS_OF = {re.sub(r"<[^:>]*:(\w+)>", r"{\1}", address): address for address in MATRIX}


@pytest.fixture
def saga(world: World) -> Asking:
    return Asking(world.people["seller"])


def ask(world: World, actor: str, path: str, method: str, query: str) -> Any:
    """The answer to a request that is right but for its query."""
    address = ADDRESS_OF[path]
    client, headers = knocking(world, actor, at_the_api=True)
    body = json.dumps(body_of(address, world)) if method == "post" else ""
    with undone_afterwards():
        return client.generic(
            method.upper(), f"{world.fill(address)}?{query}", body, "application/json", headers=headers
        )


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_a_parameter_nobody_knows_is_refused_by_name(world: World, path: str, method: str) -> None:
    asked = [ask(world, actor, path, method, "zz=1&limt=2") for actor in world.people]
    told = [answer for answer in asked if answer.status_code not in (401, 403)]

    assert told
    for answer in told:
        assert list(refused(answer, 422, "invalid")["errors"]) == ["zz", "limt"]


def test_who_is_nobody_hears_of_that_first(world: World) -> None:
    refused(ask(world, "anonymous", LINES, "get", "zz=1"), 401, "not_authenticated")


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b", "\u2028", "%", "limit[]", "Limit", "", " limit"])
def test_an_odd_name_is_refused_and_not_repeated_at_length(saga: Asking, name: str) -> None:
    problem = refused(saga.get(LINES, **{name: "1"}), 422, "invalid")

    assert list(problem["errors"]) == [name[:100]]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=1&limit=2", "limit"),
        ("from=2026-01-01&from=2026-01-01", "from"),
        ("q=a&q=b", "q"),
        ("format=csv&format=json", "format"),
    ],
)
def test_what_holds_one_value_is_said_once(saga: Asking, query: str, name: str) -> None:
    answer = saga.client.get(f"{LINES}?{query}", headers=saga.headers)

    assert list(refused(answer, 422, "invalid")["errors"]) == [name]


def test_a_filter_may_be_repeated(saga: Asking) -> None:
    assert len(saga.get(LINES, type=["payout", "commission", "payout"]).json()) == 1
    assert saga.get(LINES, type=["refund", "commission"]).json() == []


def test_a_refused_address_does_nothing_and_takes_no_key(saga: Asking, world: World) -> None:
    close = f"/api/auctions/{world.open_auction.pk}/close/"
    refused(saga.post(f"{close}?now=1", key="a"), 422, "invalid")
    world.open_auction.refresh_from_db()
    assert world.open_auction.status == "open"

    assert saga.post(close, key="a").json()["status"] == "closed"
