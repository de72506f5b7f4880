"""The books: written once, balanced by their shape, changed by nobody."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from ledger.balances import balance_minor, posted_minor
from ledger.chart import NotInTheChart
from ledger.models import Account, Journal, Posting
from ledger.posting import JournalDraft, KeyReused, Line, post_journal, post_journals
from tests.cast import NOON

SALE = (
    Line("stripe:clearing", "seller:7:payable", 1_023_000),
    Line("stripe:clearing", "platform:commission", 77_000),
)


def post(key: str = "payment:1", lines: tuple[Line, ...] = SALE, currency: str = "SEK") -> Journal:
    return post_journal(key=key, currency=currency, lines=lines, at=NOON)


def test_the_reference_sale_stands_where_it_should(db: None) -> None:
    post()

    assert balance_minor("stripe:clearing") == 1_100_000
    assert balance_minor("seller:7:payable") == 1_023_000
    assert balance_minor("platform:commission") == 77_000


def test_the_same_key_writes_nothing_the_second_time(db: None) -> None:
    first = post()

    assert post() == first
    assert Posting.objects.count() == 2
    assert balance_minor("seller:7:payable") == 1_023_000


@pytest.mark.parametrize(
    "other",
    [
        SALE[:1],
        (*SALE, SALE[0]),
        (SALE[0], Line("stripe:clearing", "platform:commission", 1)),
        SALE[::-1][:1],
    ],
)
def test_a_key_reused_for_other_lines_is_refused(db: None, other: tuple[Line, ...]) -> None:
    post()

    with pytest.raises(KeyReused), transaction.atomic():
        post(lines=other)
    assert balance_minor("stripe:clearing") == 1_100_000


def test_two_of_a_key_in_one_list_with_other_lines_are_refused(db: None) -> None:
    drafts = [JournalDraft("payment:1", "SEK", lines, NOON) for lines in (SALE, SALE[:1])]

    with pytest.raises(KeyReused), transaction.atomic():
        post_journals(drafts)
    assert not Journal.objects.exists()


def test_the_order_of_the_lines_is_no_difference(db: None) -> None:
    assert post() == post(lines=SALE[::-1])


def test_a_part_of_nothing_has_no_posting(db: None) -> None:
    post(lines=(*SALE, Line("stripe:clearing", "platform:vat", 0)))

    assert Posting.objects.count() == 2
    assert post() == Journal.objects.get()


def test_currencies_stand_apart(db: None) -> None:
    post()
    post("payment:2", currency="EUR")

    assert balance_minor("stripe:clearing", "EUR") == 1_100_000
    assert balance_minor("stripe:clearing", "SEK") == 1_100_000


@pytest.mark.parametrize(
    "code", ["seller:7:pocket", "bank", "seller:x:payable", "stripe:connected:", "seller:7:payable:more", ""]
)
def test_an_account_outside_the_chart_is_refused(db: None, code: str) -> None:
    with pytest.raises(NotInTheChart), transaction.atomic():
        post(lines=(Line("stripe:clearing", code, 1),))


@pytest.mark.parametrize(
    "lines",
    [
        (Line("seller:7:payable", "stripe:clearing", 1),),
        (Line("stripe:clearing", "stripe:clearing", 1),),
        (Line("stripe:clearing", "seller:7:payable", -1),),
        (Line("stripe:clearing", "stripe:connected:7", 1),),
    ],
    ids=["below zero", "from itself to itself", "negative", "an asset below zero"],
)
def test_the_database_refuses_what_may_never_be(db: None, lines: tuple[Line, ...]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        post(lines=lines)
    assert not Journal.objects.exists()


def test_a_posting_cannot_cross_currencies(db: None) -> None:
    post()
    post("payment:2", currency="EUR")
    here, there = Account.objects.filter(code="stripe:clearing").order_by("currency")

    with pytest.raises(IntegrityError), transaction.atomic():
        Posting.objects.create(
            journal=Journal.objects.all()[0], debit=here, credit=there, currency="SEK", amount_minor=1
        )
        connection.check_constraints()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_kept_balances_are_the_sums_of_the_postings(db: None) -> None:
    post_journals(
        [
            JournalDraft(
                f"payment:{n}", "SEK", (Line("stripe:clearing", f"seller:{n % 3}:payable", n),), NOON
            )
            for n in range(1, 30)
        ]
    )

    for account in Account.objects.exclude(owner_id=None):
        assert account.balance_minor == posted_minor(account)


@pytest.mark.parametrize(
    "table", ["ledger_journal", "ledger_posting", "events_event", "payments_transaction"]
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("role", ["klubba_app", "owner"])
def test_neither_the_application_nor_the_owner_can_change_the_books(
    db: None, table: str, statement: str, role: str
) -> None:
    refused = pytest.raises(DatabaseError, match=r"permission denied|append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        if role == "owner":
            cursor.execute("RESET ROLE")
        cursor.execute(statement.format(table))


def test_a_crowd_with_one_key_writes_one_journal(own_database: str) -> None:
    start = threading.Barrier(16)

    def post_it(_: int) -> int:
        start.wait()
        try:
            return post().pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(post_it, range(16)))) == 1
    assert balance_minor("stripe:clearing") == 1_100_000
    assert balance_minor("seller:7:payable") == 1_023_000


def test_sets_that_share_sellers_do_not_stop_one_another(own_database: str) -> None:
    start = threading.Barrier(8)

    def post_set(number: int) -> None:
        sellers = list(range(1, 9))[:: 1 if number % 2 else -1]
        start.wait()
        try:
            for round_ in range(5):
                post_journals(
                    [
                        JournalDraft(
                            f"{number}:{round_}:{s}",
                            "SEK",
                            (Line("stripe:clearing", f"seller:{s}:payable", 1),),
                            NOON,
                        )
                        for s in sellers
                    ]
                )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(post_set, range(8)))
    assert [balance_minor(f"seller:{s}:payable") for s in range(1, 9)] == [40] * 8
