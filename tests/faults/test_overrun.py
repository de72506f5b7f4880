"""PostgreSQL has no connection left, or no disk: everybody is told at once, and it passes by itself."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client
from psycopg import sql

from config.postgres_place import find_place
from inbox.models import Message
from tests.api.asking import Asking, refused
from tests.cast import Cast, event_of
from tests.databases import drop, url_of
from tests.faults.disks import make_room, small_disk
from tests.live import wait_for
from tests.payments.test_webhooks import AN_EVENT, SECRET, post

AT_ONCE_SECONDS = 1
MOST_DELIVERIES = 40


@pytest.fixture
def full_disk(own_database: str, settings) -> Iterator[Path]:
    """Messages are kept on a disk of their own, which is small."""
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)
    name = f"disk_{uuid.uuid4().hex[:8]}"
    place = find_place(django_settings.ENVIRONMENT.home)
    assert place is not None
    with (
        small_disk(place, megabytes=2) as folder,
        psycopg.connect(settings.DATABASE_URL, autocommit=True) as owner,
    ):
        space = sql.Identifier(name)
        owner.execute(sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(space, str(folder)))
        try:
            with psycopg.connect(url_of(own_database), autocommit=True) as inside:
                inside.execute(sql.SQL("ALTER TABLE inbox_message SET TABLESPACE {}").format(space))
            yield folder
        finally:
            connections.close_all()
            drop(own_database)
            owner.execute(sql.SQL("DROP TABLESPACE {}").format(space))


@pytest.fixture
def full_house(own_database: str, own_cast: Cast, settings) -> Iterator[list[psycopg.Connection]]:
    """We are a role that may connect twice, and somebody holds both. Everything has been read in already."""
    Client(raise_request_exception=False).get("/sign-in/")
    Asking().get("/api/bids/")
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)
    name = f"guest_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url_of(own_database), autocommit=True) as owner:
        role = sql.Identifier(name)
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 2 IN ROLE klubba_app").format(role))
        before = connection.settings_dict["USER"]
        connections.close_all()
        connection.settings_dict["USER"] = name
        held = [psycopg.connect(url_of(own_database), user=name) for _ in range(2)]
        try:
            yield held
        finally:
            connections.close_all()
            connection.settings_dict["USER"] = before
            for one in held:
                one.close()
            owner.execute(sql.SQL("DROP ROLE {}").format(role))


@pytest.fixture
def page(own_cast: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(own_cast.bo)
    assert client.get("/buyer/").status_code == 200
    return client


@pytest.fixture
def asking(own_cast: Cast) -> Asking:
    return Asking(own_cast.bo)


def in_time(ask: Callable[[], HttpResponse]) -> HttpResponse:
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began < AT_ONCE_SECONDS
    return answer


def test_without_a_connection_left_everybody_is_told_at_once_to_come_again(
    page: Client, asking: Asking, full_house: list[psycopg.Connection]
) -> None:
    for address in ("/buyer/", "/readyz", "/sign-in/?next=/buyer/"):
        answer = in_time(partial(page.get, address))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5"), address
        assert "connection" not in answer.content.decode()
    answer = in_time(partial(asking.get, "/api/bids/"))
    refused(answer, 503, "database_away")
    assert int(answer.headers["Retry-After"]) > 0
    refused(in_time(partial(post, AN_EVENT)), 503, "not_stored")

    full_house[0].close()

    wait_for(lambda: page.get("/buyer/").status_code == 200)  # The server needs a moment to notice.
    assert asking.get("/api/bids/").status_code == 200
    assert post(AN_EVENT).status_code == 200
    assert Message.objects.count() == 1


def a_large_event() -> dict[str, object]:
    """What no compression makes small."""
    return event_of("price.updated", {"id": "price_1", "padding": os.urandom(100_000).hex()})


def test_on_a_full_disk_what_is_not_kept_is_not_acknowledged_and_with_room_again_it_is(
    full_disk: Path,
) -> None:
    statuses = [post(a_large_event()).status_code for _ in range(MOST_DELIVERIES)]

    assert set(statuses) == {200, 503}
    assert statuses[-1] == 503
    assert Message.objects.count() == statuses.count(200)
    refused(post(a_large_event()), 503, "not_stored")

    make_room(full_disk, megabytes=20)

    assert [post(a_large_event()).status_code for _ in range(3)] == [200] * 3
    assert Message.objects.count() == statuses.count(200) + 3
