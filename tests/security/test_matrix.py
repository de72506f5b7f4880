"""Every address, every method, every kind of person: the status of one table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from tests.databases import undone_afterwards
from tests.house.test_addresses import addresses_under
from tests.security.matrix import BODIES, MATRIX
from tests.security.world import ACTORS, World, knocking

METHODS = ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "POST")
ADDRESSES = sorted(set(addresses_under(get_resolver())))


def expected(address: str, method: str) -> list[int]:
    rows = MATRIX[address]
    row = rows.get(method) or rows.get("*")
    return [int(status) for status in row.split()] if row else [405] * len(ACTORS)


def body_of(address: str, world: World) -> dict[str, object]:
    in_a_day = (timezone.now() + timedelta(days=1)).isoformat()
    filled = {
        "IN_A_DAY": in_a_day,
        "THE_WON_BID": world.won_bid.pk,
        "TODAY": timezone.localdate().isoformat(),
    }
    return {name: filled.get(str(value), value) for name, value in BODIES.get(address, {}).items()}


def statuses(world: World, address: str, actor: str) -> Iterator[tuple[str, int]]:
    """The status of each method, for one actor; a session that nobody has is not signed in by anybody."""
    at_the_api = address.startswith("/api/")
    with undone_afterwards():
        client, headers = knocking(world, actor, at_the_api=at_the_api)
        for method in METHODS:
            sent = {}
            if method == "POST":
                sent["data"] = body_of(address, world)
                if at_the_api:
                    sent["content_type"] = "application/json"
            send = getattr(client, method.lower())
            yield method, send(world.fill(address), headers=headers, **sent).status_code


def test_every_address_has_its_rows_and_no_row_is_for_nothing() -> None:
    assert sorted(MATRIX) == ADDRESSES


@pytest.mark.parametrize("address", ADDRESSES)
def test_everybody_gets_what_the_table_says(world: World, address: str) -> None:
    seen = {actor: dict(statuses(world, address, actor)) for actor in ACTORS}
    told = {
        actor: {method: expected(address, method)[i] for method in METHODS} for i, actor in enumerate(ACTORS)
    }

    assert seen == told


def test_the_table_has_more_than_a_thousand_cells() -> None:
    assert len(ADDRESSES) * len(METHODS) * len(ACTORS) > 1000


def test_a_new_address_would_be_seen() -> None:
    def view() -> None: ...

    added = URLPattern(get_resolver().url_patterns[0].pattern.__class__("new-one/"), view)
    resolver = type("Resolver", (), {"url_patterns": [*get_resolver().url_patterns, added]})()

    assert set(addresses_under(resolver)) - set(ADDRESSES) == {"/new-one/"}


def test_every_status_of_the_table_is_declared_in_the_schema(db: None) -> None:
    """405 and 404 of an address are the router's, and belong to no operation."""
    paths = Client().get("/api/openapi.json").json()["paths"]
    told = {re.sub(r"<[^:>]*:(\w+)>", r"{\1}", address): rows for address, rows in MATRIX.items()}
    assert set(paths) <= set(told)

    for path, operations in paths.items():
        assert {method.upper() for method in operations} == set(told[path])
        for method, operation in operations.items():
            assert set(told[path][method.upper()].split()) <= set(operation["responses"]), path
