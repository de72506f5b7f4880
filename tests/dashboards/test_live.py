"""The live stream: who hears what, for how long, and that nothing is missed."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from config import embedded_postgres
from dashboards import live_readers
from dashboards.live_readers import Reader, changed_since, lines_between, readers_of
from events.recording import record_event
from people.models import User
from test_complete_payment_dashboard_integration import pay_at_stripe, win_an_auction
from tests import local
from tests.cast import Cast
from tests.live import PASSWORD, Klubba, Person, wait_for

pytestmark = pytest.mark.xdist_group("running")


class Ear:
    """A browser's ear: what a stream has told, event by event."""

    def __init__(self, stream: httpx.Response) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.has_ended = threading.Event()
        self._stream = stream
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        event: dict[str, str] = {}
        try:
            for line in self._stream.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    event[name.rstrip(":")] = value
                elif "event" in event:
                    self.told.append((event["event"], event.get("data", ""), event.get("id", "")))
                    event = {}
        except httpx.HTTPError:
            pass
        self.has_ended.set()

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, *_ in self.told]

    @property
    def ids(self) -> set[str]:
        return {one for kind, data, _ in self.told if kind == "changed" for one in json.loads(data)}


def signed_in(klubba: Klubba, name: str) -> httpx.Client:
    """A session, as the sign-in page gives it."""
    client = local.Client(base_url=klubba.site)
    page = client.get("/sign-in/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    fields = {"email": f"{name}@klubba.example", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    answer = client.post("/sign-in/", data=fields, headers={"Origin": klubba.site})
    assert answer.status_code == 302, answer.text
    return client


@contextmanager
def hearing(client: httpx.Client, *, since: datetime | None = None, **headers: str) -> Iterator[Ear]:
    """Without `since` nothing that is done already is told."""
    moment = since or datetime.now(UTC) + timedelta(hours=1)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.stream("GET", "/live/", params={"since": moment.isoformat()}, headers=sent) as stream:
        assert (stream.status_code, stream.headers["Cache-Control"]) == (200, "no-store")
        try:
            yield Ear(stream)
        finally:  # A thread that reads keeps a socket open that is only closed.
            with suppress(OSError):
                stream.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)


@pytest.fixture
def people(klubba: Klubba) -> tuple[Person, Person]:
    return Person(klubba, "saga@klubba.example"), Person(klubba, "bo@klubba.example")


def sell(klubba: Klubba, people: tuple[Person, Person]) -> str:
    """A whole sale; answers the payment's id."""
    saga, bo = people
    bid_id = win_an_auction(saga, bo, amount="11000.00")
    started = bo.post("/api/payments/payment-intent/", bid_id=bid_id)
    pay_at_stripe(klubba, started)
    return str(started["payment_intent"]["id"])


def test_both_and_the_operator_hear_of_a_sale_and_nobody_else_does(
    klubba: Klubba, people: tuple[Person, Person]
) -> None:
    sessions = {name: signed_in(klubba, name) for name in ("bo", "saga", "olga", "mallory")}
    with (
        hearing(sessions["bo"]) as bo,
        hearing(sessions["saga"]) as saga,
        hearing(sessions["olga"]) as olga,
        hearing(sessions["mallory"]) as mallory,
    ):
        for ear in (bo, saga, olga, mallory):
            wait_for(lambda ear=ear: ear.told)
        mallory.told.clear()  # The first page of a server is told once that everything may have changed.
        about = f"payment:{sell(klubba, people)}"

        for ear in (bo, saga, olga):
            wait_for(lambda ear=ear: about in ear.ids)
        wait_for(lambda: "beat" in mallory.kinds)
        assert mallory.ids == set()
        assert all(re.fullmatch(r"[a-z_]+:[\w-]+|\*", one) for ear in (bo, saga) for one in ear.ids)


def test_it_tells_within_half_a_second(klubba: Klubba, people: tuple[Person, Person]) -> None:
    saga, bo = people
    with hearing(signed_in(klubba, "bo")) as ear:
        wait_for(lambda: ear.told)
        waits = []
        for _ in range(5):
            before = len(ear.told)
            bid_id = win_an_auction(saga, bo, amount="11000.00")
            said_at = time.monotonic()
            wait_for(lambda seen=before: len(ear.told) > seen)
            waits.append(time.monotonic() - said_at)
            assert bid_id

    assert sorted(waits)[2] < 0.5


def test_who_comes_back_is_told_what_happened_meanwhile_and_only_then(
    klubba: Klubba, people: tuple[Person, Person]
) -> None:
    bo, mallory = signed_in(klubba, "bo"), signed_in(klubba, "mallory")
    with hearing(bo) as ear:  # So that the listener is awake, and does not take all for changed.
        wait_for(lambda: ear.told)
        before = datetime.now(UTC)
        about = f"payment:{sell(klubba, people)}"
        wait_for(lambda: about in ear.ids and ear.kinds[-1] == "beat")

        with hearing(bo, since=before + timedelta(hours=1)) as again:
            wait_for(lambda: again.told)
            assert again.kinds[0] == "beat"
        with hearing(bo, since=before + timedelta(hours=1), Last_Event_ID=before.isoformat()) as again:
            wait_for(lambda: again.told)
            assert again.told[0][:2] == ("changed", '["*"]')
        with hearing(mallory, since=before) as stranger:
            wait_for(lambda: stranger.told)
            assert stranger.kinds[0] == "beat"
        for garbage in ("x", "2026-11-28", "0001-01-01T00:00:00+14:00", "9" * 50):
            with hearing(mallory, Last_Event_ID=garbage) as lost:
                wait_for(lambda lost=lost: lost.told)


def test_a_listener_that_was_cut_off_says_that_anything_may_have_changed(klubba: Klubba) -> None:
    with (
        hearing(signed_in(klubba, "mallory")) as ear,
        psycopg.connect(embedded_postgres.start(klubba.home), autocommit=True) as owner,
    ):
        wait_for(lambda: "beat" in ear.kinds)
        ear.told.clear()
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'klubba-live'"
        )

        wait_for(lambda: ear.ids == {"*"})


def test_it_ends_within_ten_seconds_of_the_session(klubba: Klubba) -> None:
    client = signed_in(klubba, "bo")
    with hearing(client) as ear:
        wait_for(lambda: ear.told)
        token = client.cookies["csrftoken"]
        client.post("/sign-out/", data={"csrfmiddlewaretoken": token}, headers={"Origin": klubba.site})

        assert ear.has_ended.wait(10)
        assert ear.kinds[-1] == "signed_out"


def test_of_four_the_oldest_ends_and_says_why(klubba: Klubba) -> None:
    client = signed_in(klubba, "otto")
    with hearing(client) as first, hearing(client) as second, hearing(client) as third:
        wait_for(lambda: third.told)
        with hearing(client) as fourth:
            assert first.has_ended.wait(10)
            wait_for(lambda: fourth.told)
            assert first.kinds[-1] == "full"
            assert not second.has_ended.is_set()


def test_who_leaves_makes_room(klubba: Klubba) -> None:
    client = signed_in(klubba, "otto")
    with hearing(client) as first:
        for _ in range(5):
            with hearing(client) as short:
                wait_for(lambda short=short: short.told)
            time.sleep(0.2)

        assert not first.has_ended.is_set()


def test_a_server_that_ends_sends_its_pages_on_at_once(klubba: Klubba) -> None:
    with hearing(signed_in(klubba, "bo")) as ear:
        wait_for(lambda: ear.told)
        web = klubba.children.pop("web")
        klubba.supervisor.children.remove(web)
        said_at = time.monotonic()
        web.process.terminate()
        web.process.wait(10)
        took_seconds = time.monotonic() - said_at
    klubba.start("web")

    assert ear.kinds[-1] == "moved"
    assert took_seconds < 5


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Cookie": "sessionid=nobody"}, 401),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "elsewhere.example"}, 400),
    ],
)
def test_who_may_not_hear_is_told_so(klubba: Klubba, headers: dict[str, str], status: int) -> None:
    assert local.get(f"{klubba.site}/live/", headers=headers).status_code == status
    assert local.post(f"{klubba.site}/live/").status_code == 405


def test_a_session_is_somebodys_while_they_may_sign_in(cast: Cast) -> None:
    keys = {name: a_session(person) for name, person in (("bo", cast.bo), ("olga", cast.olga))}

    readers = readers_of([*keys.values(), "", "nobody"])

    assert {reader.id: reader.is_operator for reader in readers.values()} == {
        cast.bo.pk: False,
        cast.olga.pk: True,
    }
    User.objects.filter(pk=cast.bo.pk).update(is_active=False)
    cast.olga.set_password("another long password")
    cast.olga.save()
    assert readers_of(keys.values()) == {}


def test_a_session_of_yesterday_is_nobodys(cast: Cast) -> None:
    key = a_session(cast.bo)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    assert readers_of([key]) == {}


def a_session(person: User) -> str:
    client = Client()
    client.force_login(person)
    return str(client.session.session_key)


def test_who_cannot_know_what_was_before_is_told_that_something_changed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_readers, "MOST_RECENT", 3)
    bo, now = Reader("", cast.bo.pk, is_operator=False), timezone.now()
    told = [record_event("thing.told", subject_type="thing", subject_id=n, at=now) for n in range(2)]
    assert not changed_since(bo, now - timedelta(minutes=1))
    assert changed_since(Reader("", cast.olga.pk, is_operator=True), now - timedelta(minutes=1))

    told.append(record_event("thing.told", subject_type="thing", subject_id=2, at=now))
    assert changed_since(bo, now - timedelta(minutes=1))
    assert not changed_since(bo, now + timedelta(minutes=1))
    assert len(lines_between([(told[0].pk, told[1].pk), (told[2].pk, told[2].pk)])) == 3
