"""PostgreSQL's own log finds no room, and it falls; with room again all that was acknowledged is there."""

from __future__ import annotations

import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from config import embedded_postgres
from config.environment import read_environment
from config.postgres_place import find_place
from sandbox.delivery import signature
from test_complete_payment_dashboard_integration import lines_of, pay_at_stripe, win_an_auction
from tests import local
from tests.faults.disks import make_room, small_disk
from tests.live import Klubba, Person, running_klubba, wait_for

pytestmark = pytest.mark.xdist_group("full log")
DISK_MB, LARGER_DISK_MB, SEGMENT_MB = 96, 400, 16
MOST_DELIVERIES = 60


@pytest.fixture
def klubba(tmp_path: Path) -> Iterator[Klubba]:
    """Its PostgreSQL writes its log to a disk of its own, which is small."""
    with running_klubba(tmp_path / "home") as klubba:
        place = find_place(klubba.home)
        assert place is not None
        with small_disk(place, megabytes=DISK_MB) as disk:
            embedded_postgres.stop(klubba.home)
            log = place.data / "pg_wal"
            subprocess.run(["cp", "-a", f"{log}/.", disk], check=True)
            shutil.rmtree(log)
            log.symlink_to(disk)
            embedded_postgres.start(klubba.home)
            wait_for(lambda: local.get(f"{klubba.site}/readyz").status_code == 200)
            try:
                yield klubba
            finally:
                embedded_postgres.stop(klubba.home)


def tell(klubba: Klubba, event_id: str) -> int:
    """Something that a webhook says and nobody waits for; the status of the answer."""
    body = f'{{"id": "{event_id}", "object": "event", "type": "price.updated", "livemode": false}}'.encode()
    secret = read_environment(klubba.env).stripe_webhook_secrets[0]
    header = {"Stripe-Signature": signature(body, secret=secret, at=int(time.time()))}
    url = f"{klubba.site}/api/payments/webhooks/stripe/"
    return local.post(url, content=body, headers=header, timeout=20).status_code


def use_up_a_segment(klubba: Klubba) -> None:
    """As hours of writing would."""
    try:
        with psycopg.connect(embedded_postgres.start(klubba.home), autocommit=True) as owner:
            owner.execute("SELECT pg_switch_wal()")
    except (psycopg.Error, embedded_postgres.PostgresRefused):
        return


def test_what_was_acknowledged_before_is_there_afterwards_and_what_was_paid_meanwhile_is_booked_once(
    klubba: Klubba,
) -> None:
    saga, bo = Person(klubba, "saga@klubba.example"), Person(klubba, "bo@klubba.example")
    started = bo.post("/api/payments/payment-intent/", bid_id=win_an_auction(saga, bo, amount="11000.00"))
    disk = (find_place(klubba.home).data / "pg_wal").resolve()  # type: ignore[union-attr]

    told: dict[str, int] = {}
    while len(told) < MOST_DELIVERIES and list(told.values())[-3:] != [503] * 3:
        event_id = f"evt_{uuid.uuid4().hex}"
        told[event_id] = tell(klubba, event_id)
        use_up_a_segment(klubba)
    assert set(told.values()) == {200, 503}
    assert shutil.disk_usage(disk).free < SEGMENT_MB * 2**20
    pay_at_stripe(klubba, started)
    assert bo.http.get("/api/payments/summary/").status_code == 503

    make_room(disk, megabytes=LARGER_DISK_MB)
    embedded_postgres.start(klubba.home)

    payment_id = started["payment_intent"]["id"]
    wait_for(lambda: _status(bo, payment_id) == "succeeded")
    assert [line["amount"] for line in lines_of(bo, payment_id, "commission")] == ["770.00"]
    assert [line["amount"] for line in lines_of(saga, payment_id, "payout")] == ["10230.00"]
    with psycopg.connect(embedded_postgres.start(klubba.home)) as inside:
        kept = {row[0] for row in inside.execute("SELECT event_id FROM inbox_message")}
    assert {event_id for event_id, status in told.items() if status == 200} <= kept
    assert {tell(klubba, event_id) for event_id in told} == {200}


def _status(person: Person, payment_id: str) -> str | None:
    try:
        answer = person.http.get(f"/api/payments/payment-intent/{payment_id}/")
    except httpx.HTTPError:
        return None
    return str(answer.json()["status"]) if answer.status_code == 200 else None
