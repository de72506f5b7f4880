"""A sandbox with ten thousand payments in it answers as one with ten: nothing walks over the whole store."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.balance import book
from sandbox.calls import PLATFORM, Call, Operation
from sandbox.operations import SERVED
from sandbox.store import Store

MANY = 2000
KINDS = (
    "account", "balance_transaction", "bank_account", "charge", "customer", "dispute", "event",
    "payment_intent", "payment_method", "payout", "refund", "transfer", "transfer_reversal",
    "webhook_endpoint",
)  # fmt: skip
COMMON = {
    "currency": "sek", "type": "charge.succeeded", "status": "succeeded", "customer": "customer_1",
    "payment_intent": "pi_1", "charge": "ch_1", "transfer_group": "group_1", "destination": "acct_1",
    "source_transaction": "ch_1", "transfer": "tr_1", "source": "ch_1", "email": "bo@shop.example",
    "arrival_date": 1000, "available_on": 1000, "allow_redisplay": "always",
}  # fmt: skip
NOBODYS: dict[str, Any] = {
    "created": {"lte": 1},
    "arrival_date": {"gte": 4_000_000_000},
    "delivery_success": False,
    "type": "payout.*",
    "customer": "customer_7",
    "types": ["payout.failed", "transfer.reversed"],
}
STEP = 100
FEW_STEPS = 30


def _lists() -> list[tuple[Operation, str]]:
    """Every list that is served, with each of its filters and without."""
    whole = ("expand", "limit", "starting_after", "ending_before", "object")
    return [
        (operation, name)
        for operation in SERVED
        if "limit" in operation.takes
        for name in ("", *sorted(operation.takes - set(whole)))
    ]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with so many of everything, which agree in all they can be chosen by."""
    store = Store(tmp_path_factory.mktemp("crowded") / "store.sqlite3")
    with store.transaction():
        for kind in KINDS:
            for number in range(MANY):
                thing = {**COMMON, "id": f"{kind}_{number}", "object": kind, "created": 1000 + number}
                store.insert(account=PLATFORM, data=thing)
    yield store
    store.close()


@pytest.mark.parametrize(
    ("operation", "name"), _lists(), ids=[f"{one.path} {name or 'all'}" for one, name in _lists()]
)
def test_no_list_walks_over_what_it_does_not_show(crowded: Store, operation: Operation, name: str) -> None:
    sent = {"limit": 3, **({name: NOBODYS.get(name, "nobody")} if name else {})}
    call = Call(store=crowded, ids=_ids(operation), parameters=sent)

    assert steps_of(crowded, operation, call) <= FEW_STEPS


def _ids(operation: Operation) -> dict[str, str]:
    """The address of something that is there, where a list belongs to it."""
    owner = operation.path.split("/")[2].removesuffix("s")
    return {"id": f"{owner}_7"} if "{id}" in operation.path else {}


def test_another_transfer_out_of_a_charge_costs_what_the_first_did(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "store.sqlite3")) as store, store.transaction():
        few = _transfer(store, 3)
        many = _transfer(store, MANY)

    assert many <= few + 5


def _transfer(store: Store, others: int) -> int:
    """The steps of one transfer, after so many out of other charges."""
    for number in range(others):
        thing = {
            **COMMON,
            "id": f"tr_{others}_{number}",
            "object": "transfer",
            "amount": 1,
            "amount_reversed": 0,
        }
        store.insert(account=PLATFORM, data={**thing, "source_transaction": f"ch_{number}"})
    account, method = _make(store, "/v1/accounts", country="SE"), "pm_card_visa"
    paid = {"amount": 5000, "currency": "sek", "payment_method": method, "confirm": True}
    charge = _make(store, "/v1/payment_intents", **paid)["latest_charge"]
    fields = {"currency": "sek", "destination": account["id"], "source_transaction": charge}
    return steps_of(store, operation_at("/v1/transfers"), Call(store=store, parameters=fields))


@pytest.mark.parametrize("available_on", [0, 4_000_000_000], ids=["available", "pending"])
def test_a_balance_is_known_without_adding_up_all_that_moved(tmp_path: Path, available_on: int) -> None:
    with closing(Store(tmp_path / "store.sqlite3")) as store, store.transaction():
        call = Call(store=store)
        for number in range(MANY):
            book(call, amount_minor=3, fee_minor=1, currency="sek", kind="charge", source=f"ch_{number}",
                 available_on=available_on)  # fmt: skip
        (balance,) = (one for one in SERVED if one.path == "/v1/balance")
        told = balance.handler(call)

        assert told["available"][0]["amount"] + told["pending"][0]["amount"] == MANY * 2
        assert steps_of(store, balance, call) <= 3


def _make(store: Store, path: str, **fields: Any) -> dict[str, Any]:
    return operation_at(path).handler(Call(store=store, parameters=fields))


def operation_at(path: str) -> Operation:
    """The operation that creates something at that address."""
    return next(one for one in SERVED if (one.method, one.path) == ("POST", path))


def steps_of(store: Store, operation: Operation, call: Call) -> int:
    """How many hundreds of steps the store takes for that call."""
    steps = [0]

    def count() -> int:
        steps[0] += 1
        return 0

    store.connection.set_progress_handler(count, STEP)
    try:
        operation.handler(call)
    finally:
        store.connection.set_progress_handler(None, STEP)
    return steps[0]
