"""What was answered is on disk: no kill takes it back, and nothing comes half."""

import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from sandbox.store import Store
from tests import local

from .client import Client
from .process import ROOT, SECRET_KEY, SandboxProcess, wait_until

NEW = {"amount": 5000, "currency": "sek", "confirm": "true", "payment_method": "pm_card_visa"}


def test_after_kills_every_answered_payment_is_there_and_no_key_has_paid_twice(fresh: SandboxProcess) -> None:
    keys: list[str] = []
    for round_number in range(3):
        answered, doubtful = pay_until_killed(fresh, f"round {round_number}")
        fresh.start()
        assert len(answered) >= 30
        retried = [pay(fresh, key) for key in doubtful]
        again = {key: pay(fresh, key) for key in list(answered)[-5:]}

        assert again == {key: answered[key] for key in again}
        assert all(retried)
        keys += [*answered, *doubtful]

    api = Client(fresh.url)
    paid = [line["payment_intent"] for line in api.journal()]
    balance = api.get("/v1/balance")
    assert len(paid) == len(set(paid)) == len(keys)
    assert balance["available"][0]["amount"] + balance["pending"][0]["amount"] == len(paid) * (5000 - 255)


def test_no_reader_of_the_store_ever_sees_half_a_payment(fresh: SandboxProcess) -> None:
    count = "(SELECT count(*) FROM {})"
    kinds = ("payment_intent", "charge", "balance_transaction")
    objects = [count.format(f"objects WHERE type = '{kind}'") for kind in kinds]
    tables = [count.format(name) for name in ("journal", "balance_entries", "idempotency")]
    snapshot = f"SELECT {', '.join([*objects, *tables])}"
    seen = set()

    with ThreadPoolExecutor(2) as buyers, sqlite3.connect(f"file:{fresh.store}?mode=ro", uri=True) as reader:
        paying = [buyers.submit(pay, fresh, f"snapshot {number}") for number in range(150)]
        while not all(one.done() for one in paying):
            seen.add(reader.execute(snapshot).fetchone())

    assert len(seen) >= 20
    assert all(len(set(counts)) == 1 for counts in seen), sorted(seen)


def pay_until_killed(fresh: SandboxProcess, name: str) -> tuple[dict[str, str], list[str]]:
    """Four buyers pay at once until the server dies: the payments by key, and the keys without an answer."""
    answered: dict[str, str] = {}
    doubtful: list[str] = []

    def buy(buyer: int) -> None:
        for number in range(1000):
            key = f"{name}, buyer {buyer}, payment {number}"
            try:
                answered[key] = pay(fresh, key)
            except httpx.TransportError:
                doubtful.append(key)
                return

    buyers = [threading.Thread(target=buy, args=(number,)) for number in range(4)]
    for buyer in buyers:
        buyer.start()
    wait_until(lambda: len(answered) >= 30)
    fresh.kill()
    for buyer in buyers:
        buyer.join()
    return answered, doubtful


def pay(fresh: SandboxProcess, key: str) -> str:
    """One payment under a key; the intent's id."""
    headers = {"Authorization": f"Bearer {SECRET_KEY}", "Idempotency-Key": key}
    answer = local.post(f"{fresh.url}/v1/payment_intents", data=NEW, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_polite_stop_takes_less_than_two_seconds(fresh: SandboxProcess) -> None:
    api = Client(fresh.url)
    deaf = {"url": "http://10.255.255.1/", "secret": "whsec_nobody_listens", "enabled_events": ["*"]}
    api.control("PUT", "webhook-endpoints", [deaf])
    api.post("/v1/customers")

    assert fresh.stop(signal.SIGTERM) < 2


def test_two_sandboxes_do_not_share_a_store(fresh: SandboxProcess) -> None:
    second = start_another("--port", "0", "--store", str(fresh.store))

    assert second.returncode == 2
    assert "Another sandbox is using" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_one_plain_sentence(fresh: SandboxProcess, tmp_path: Path) -> None:
    second = start_another("--port", str(fresh.port), "--store", str(tmp_path / "another.sqlite3"))

    assert second.returncode == 2
    assert second.stderr.strip() == f"Port {fresh.port} cannot be used: Address already in use."


@pytest.mark.parametrize("kind", ["folder", "text", "no parent"])
def test_a_store_that_is_none_is_one_plain_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store.sqlite3"
    if kind == "folder":
        path.mkdir()
    else:
        path.write_text("This is no database, but a letter of some length. " * 40)
    path = path / "below.sqlite3" if kind == "no parent" else path

    refused = start_another("--port", "0", "--store", str(path))

    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert str(tmp_path) in refused.stderr


def start_another(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "sandbox", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)


def test_nobody_else_on_the_machine_may_read_the_secrets_it_signs_with(tmp_path: Path) -> None:
    store = Store(tmp_path / "sandbox.sqlite3")
    try:
        kept = [path for path in tmp_path.iterdir() if not path.name.endswith(".lock")]
        modes = {path.name: oct(path.stat().st_mode & 0o077) for path in kept}
    finally:
        store.close()

    assert "sandbox.sqlite3" in modes
    assert set(modes.values()) == {"0o0"}, modes
