"""The books: written once, balanced by their shape, changed by nobody."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from ledger.balances import balance_minor, posted_minor
from ledger.chart import NotInTheChart, Place, place_of
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


def test_accounts_that_are_known_are_not_opened_again(db: None) -> None:
    post()
    with CaptureQueriesContext(connection) as seen:
        post("payment:2")

    asked = [one["sql"] for one in seen.captured_queries if '"ledger_account"' in one["sql"]]
    assert len([sql for sql in asked if 'FROM "ledger_account" WHERE' in sql]) == 1
    assert not [sql for sql in asked if "INSERT" in sql]


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


def test_a_line_that_stands_twice_is_not_the_same_as_once(db: None) -> None:
    post(lines=(*SALE, SALE[0]))

    with pytest.raises(KeyReused), transaction.atomic():
        post()


def test_two_of_a_key_in_one_list_with_the_same_lines_are_written_once(db: None) -> None:
    post_journals([JournalDraft("payment:1", "SEK", SALE, NOON)] * 2)

    assert Posting.objects.count() == 2
    assert balance_minor("seller:7:payable") == 1_023_000


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
    ("side", "owner_id", "codes"),
    [
        (
            "debit",
            None,
            "stripe:clearing stripe:reserved bank:transit:platform bank:platform disputes:contested",
        ),
        ("debit", None, "platform:stripe_fees platform:dispute_fees platform:losses"),
        ("credit", None, "buyers:refunds suspense fx:position platform:vat platform:commission"),
        ("debit", 7, "stripe:connected:7 bank:transit:7 seller:7:receivable"),
        ("credit", 7, "seller:7:payable seller:7:rolling_reserve seller:7:contested"),
        ("credit", 7, "seller:7:reserved seller:7:in_transit"),
    ],
)
def test_the_chart_says_on_which_side_an_account_stands_and_whose_it_is(
    side: str, owner_id: int | None, codes: str
) -> None:
    assert {place_of(code) for code in codes.split()} == {Place(side=side, owner_id=owner_id)}


@pytest.mark.parametrize(
    "code",
    [
        "seller:7:pocket",
        "bank",
        "seller:x:payable",
        "stripe:connected:",
        "seller:7:payable:more",
        "seller:٧:payable",
        "",
    ],
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


def test_a_table_of_the_same_name_does_not_deceive_the_books(db: None) -> None:
    """A role that may not touch the books may still make temporary tables, which are looked at first."""
    post()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE ledger_account AS SELECT * FROM public.ledger_account")
        cursor.execute(
            "INSERT INTO public.ledger_posting (journal_id, debit_id, credit_id, currency, amount_minor)"
            " SELECT journal_id, debit_id, credit_id, currency, 1 FROM public.ledger_posting"
        )
        cursor.execute("DROP TABLE pg_temp.ledger_account")

    assert balance_minor("seller:7:payable") == 1_023_001


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


def test_a_journal_without_its_postings_is_not_left_behind(own_database: str) -> None:
    with pytest.raises(IntegrityError):
        post(lines=(Line("seller:7:payable", "stripe:clearing", 1),))

    assert not Journal.objects.exists()


def test_a_payment_to_one_seller_does_not_wait_for_a_payment_to_another(own_database: str) -> None:
    """The platform's accounts stand in both, and are nobody's queue."""
    sales = [(Line("stripe:clearing", f"seller:{n}:payable", 9), *SALE[1:]) for n in (1, 2)]
    post("both", lines=(*sales[0], *sales[1]))

    def post_in_time() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            post("second", lines=sales[1])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        post("first", lines=sales[0])
        threads.submit(post_in_time).result()
    assert balance_minor("platform:commission") == 4 * 77_000


def test_sets_that_meet_the_same_sellers_in_other_orders_do_not_stop_one_another(own_database: str) -> None:
    """Accounts are locked in one order, whatever order the lines have."""
    start = threading.Barrier(6)
    post("all", lines=tuple(Line("stripe:clearing", f"seller:{s}:payable", 1) for s in range(300)))

    def post_sets(number: int) -> None:
        chance = random.Random(number)
        start.wait()
        try:
            for round_ in range(6):
                sellers = chance.sample(range(300), 150)
                lines = tuple(Line("stripe:clearing", f"seller:{s}:payable", 1) for s in sellers)
                post(f"{number}:{round_}", lines=lines)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(post_sets, range(6)))
    assert balance_minor("stripe:clearing") == 300 + 6 * 6 * 150


def test_a_line_of_nothing_opens_no_account(db: None) -> None:
    lines = [Line("stripe:clearing", "suspense", 1), Line("stripe:clearing", "platform:vat", 0)]
    post_journal(key="x", currency="SEK", lines=lines, at=NOON)

    assert set(Account.objects.values_list("code", flat=True)) == {"stripe:clearing", "suspense"}
