"""What is refused, room by room; and beside each rule, that it sees what it is for."""

from collections.abc import Callable

import pytest

from tests.house import manners
from tests.house.tree import files_of_tests, product_files, room_of, text_of

# A stranger's failure is recorded on its own row: the only places where any exception is caught.
EDGES = {"inbox/handling.py", "notifications/delivery.py", "config/worker.py"}
COUNTS_MONEY = {
    "money",
    "ledger",
    "auctions",
    "payouts",
    "payments",
    "gateway",
    "treasury",
    "audit",
    "insights",
}
SHOWS_MONEY = {"api", "dashboards", "notifications"}
KEEPS_MONEY = {"ledger", "events", "auctions", "payouts", "payments", "treasury"}

Rule = Callable[[str], list[str]]


def found_by(
    rule: Rule, rooms: set[str] | None = None, *, but: set[str] = frozenset()
) -> dict[str, list[str]]:
    return {
        str(path): found
        for path in product_files()
        if (rooms is None or room_of(path) in rooms)
        and room_of(path) not in but
        and (found := rule(text_of(path)))
    }


def test_a_failure_is_caught_by_name_but_at_two_edges() -> None:
    found = found_by(manners.broad_excepts)

    assert found.keys() - EDGES == set()
    assert [path for path, places in found.items() if len(places) > 1] == []


def test_tests_catch_failures_by_name_too() -> None:
    found = {str(path): manners.broad_excepts(text_of(path)) for path in files_of_tests()}
    assert {path: places for path, places in found.items() if places} == {}


def test_nothing_happens_by_signal() -> None:
    assert found_by(manners.signals) == {}


def test_only_the_ledger_writes_the_books() -> None:
    assert found_by(manners.ledger_writes, but={"ledger", "sandbox"}) == {}


def test_no_float_touches_money() -> None:
    assert found_by(manners.floats_near_money, COUNTS_MONEY | SHOWS_MONEY) == {}


def test_no_row_about_money_is_deleted() -> None:
    assert found_by(manners.deletions, KEEPS_MONEY) == {}


def test_stripe_is_never_called_while_a_transaction_is_open() -> None:
    assert found_by(manners.crossings_in_a_transaction, but={"gateway", "sandbox"}) == {}


def test_every_signature_is_typed() -> None:
    assert found_by(manners.untyped_signatures) == {}


def test_no_name_says_helper_or_new() -> None:
    assert found_by(manners.words_to_avoid) == {}


BAD: list[tuple[Rule, str]] = [
    (manners.broad_excepts, "try:\n    a()\nexcept Exception:\n    pass"),
    (manners.broad_excepts, "try:\n    a()\nexcept:\n    pass"),
    (manners.broad_excepts, "try:\n    a()\nexcept (ValueError, BaseException) as e:\n    raise"),
    (manners.broad_excepts, "with contextlib.suppress(Exception):\n    a()"),
    (manners.signals, "from django.db.models.signals import post_save"),
    (manners.signals, "from django.db.models import signals"),
    (manners.signals, "from django.dispatch import receiver"),
    (manners.ledger_writes, "Posting.objects.create(amount_minor=1)"),
    (manners.ledger_writes, "Posting.objects.using('x').bulk_create([])"),
    (manners.ledger_writes, "Journal.objects.filter(pk=1).update(key='')"),
    (manners.ledger_writes, "models.Posting(amount_minor=1)"),
    (manners.ledger_writes, "cursor.execute('INSERT INTO ledger_posting VALUES (1)')"),
    (manners.ledger_writes, "cursor.execute(f'update ledger_balance set x = {y}')"),
    (manners.floats_near_money, "float(amount)"),
    (manners.floats_near_money, "amount_minor / 100"),
    (manners.floats_near_money, "amount_minor / 10 ** scale"),
    (manners.floats_near_money, "amount = models.FloatField()"),
    (manners.deletions, "payment.delete()"),
    (manners.deletions, "Bid.objects.all().delete()"),
    (manners.deletions, "cursor.execute('delete from payments_transaction')"),
    (manners.deletions, "cursor.execute('TRUNCATE TABLE ledger_posting')"),
    (
        manners.crossings_in_a_transaction,
        "from gateway.transfers import create_transfer\n@transaction.atomic\ndef pay():\n  create_transfer()",
    ),
    (
        manners.crossings_in_a_transaction,
        "from gateway.transfers import create_transfer as send\nwith transaction.atomic():\n    send()",
    ),
    (manners.untyped_signatures, "def pay(bid) -> None: ..."),
    (manners.untyped_signatures, "async def pay(*, bid: int): ..."),
    (manners.untyped_signatures, "def pay(self, *bids) -> None: ..."),
    (manners.words_to_avoid, "def pay_new() -> None: ..."),
    (manners.words_to_avoid, "class PaymentHelper: ..."),
    (manners.words_to_avoid, "class PaymentManager: ..."),
]

GOOD: list[tuple[Rule, str]] = [
    (manners.broad_excepts, "try:\n    a()\nexcept (ValueError, KeyError):\n    raise"),
    (manners.signals, "from django.db.models.signals import post_migrate"),
    (manners.ledger_writes, "Posting.objects.filter(journal=1).count()\npost_journal(key='')"),
    (manners.floats_near_money, "amount_minor // 100\nhome / 'postgres'"),
    (manners.deletions, "response.delete_cookie('session')"),
    (
        manners.crossings_in_a_transaction,
        "from gateway.transfers import create_transfer\nwith atomic():\n    a()\ncreate_transfer()",
    ),
    (
        manners.crossings_in_a_transaction,
        "from gateway.payment_intents import write_creation\nwith atomic():\n    write_creation()",
    ),
    (manners.untyped_signatures, "def pay(self, *, bid: int, **_: object) -> None: ..."),
    (manners.words_to_avoid, "class UserManager(BaseUserManager): ..."),
]


@pytest.mark.parametrize(("rule", "source"), BAD)
def test_a_rule_sees_what_it_is_for(rule: Rule, source: str) -> None:
    assert len(rule(source)) == 1


@pytest.mark.parametrize(("rule", "source"), GOOD)
def test_a_rule_lets_the_rest_through(rule: Rule, source: str) -> None:
    assert rule(source) == []
