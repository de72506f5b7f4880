"""Taking from a seller and giving to one: what is open first, and a debt before anything else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from ledger.balances import balance_minor
from ledger.chart import payable, receivable, rolling_reserve
from ledger.posting import Line, post_journal
from payouts.debts import give, take
from payouts.locking import lock_seller
from tests.cast import NOON

SAGA, SIRI = 7, 8
REFUNDS, CLEARING, CONTESTED = "buyers:refunds", "stripe:clearing", f"seller:{SAGA}:contested"
AMOUNTS = st.integers(0, 2_000_000)


def book(key: str, *lines: Line, currency: str = "SEK") -> None:
    post_journal(key=key, currency=currency, lines=lines, at=NOON)


def earn(minor: int, *, kept_minor: int = 0, seller: int = SAGA, currency: str = "SEK") -> None:
    sale = Line(CLEARING, payable(seller), minor)
    book(f"sale:{seller}", sale, Line(CLEARING, rolling_reserve(seller), kept_minor), currency=currency)


def owe(minor: int, *, seller: int = SAGA, currency: str = "SEK") -> None:
    book(f"debt:{seller}:{currency}", Line(receivable(seller), REFUNDS, minor), currency=currency)


def stands(currency: str = "SEK") -> tuple[int, int, int]:
    """What is payable to Saga, kept back of hers, and owed by her."""
    codes = (payable(SAGA), rolling_reserve(SAGA), receivable(SAGA))
    payable_minor, kept_minor, owed_minor = (balance_minor(code, currency) for code in codes)
    return payable_minor, kept_minor, owed_minor


@pytest.mark.parametrize(
    ("amount_minor", "left"),
    [
        (0, (920_700, 102_300, 0)),
        (1, (920_699, 102_300, 0)),
        (920_700, (0, 102_300, 0)),
        (920_701, (0, 102_299, 0)),
        (1_023_000, (0, 0, 0)),
        (1_023_001, (0, 0, 1)),
        (2_000_000, (0, 0, 977_000)),
    ],
)
def test_the_open_part_is_taken_then_the_kept_one_and_the_rest_is_owed(
    db: None, amount_minor: int, left: tuple[int, int, int]
) -> None:
    earn(920_700, kept_minor=102_300)

    lines = take(SAGA, open_minor=920_700, kept_minor=102_300, amount_minor=amount_minor, credit=CONTESTED)
    book("taken", *lines)

    assert stands() == left
    assert balance_minor(CONTESTED) == amount_minor


def test_of_a_line_that_has_left_all_is_owed_though_another_line_is_payable(db: None) -> None:
    earn(500_000)

    book("taken", *take(SAGA, open_minor=0, kept_minor=0, amount_minor=300_000, credit=REFUNDS))

    assert stands() == (500_000, 0, 300_000)


def test_a_line_is_not_believed_to_be_more_open_than_the_books_say(db: None) -> None:
    earn(500_000)

    with pytest.raises(IntegrityError), transaction.atomic():
        book("taken", *take(SAGA, open_minor=500_001, kept_minor=0, amount_minor=500_001, credit=REFUNDS))
    assert stands() == (500_000, 0, 0)


@given(open_minor=AMOUNTS, kept_minor=AMOUNTS, amount_minor=AMOUNTS)
def test_what_is_taken_is_the_amount_whatever_it_is_taken_from(
    open_minor: int, kept_minor: int, amount_minor: int
) -> None:
    lines = take(
        SAGA, open_minor=open_minor, kept_minor=kept_minor, amount_minor=amount_minor, credit=REFUNDS
    )

    opened, kept, owed = (line.amount_minor for line in lines)
    assert opened + kept + owed == amount_minor
    assert 0 <= opened <= open_minor
    assert 0 <= kept <= kept_minor
    assert (kept == 0 or opened == open_minor) and (owed == 0 or opened + kept == open_minor + kept_minor)


@pytest.mark.parametrize(
    ("debt_minor", "left"),
    [
        (0, (300_000, 0, 0)),
        (1, (299_999, 0, 0)),
        (299_999, (1, 0, 0)),
        (300_000, (0, 0, 0)),
        (300_001, (0, 0, 1)),
        (1_023_000, (0, 0, 723_000)),
    ],
)
def test_what_is_given_pays_the_debt_off_first(db: None, debt_minor: int, left: tuple[int, int, int]) -> None:
    owe(debt_minor)

    book("given", *give(SAGA, currency="SEK", amount_minor=300_000, debit=CLEARING))

    assert stands() == left


def test_a_debt_in_another_currency_or_of_another_seller_is_left_alone(db: None) -> None:
    owe(100_000, currency="EUR")
    owe(100_000, seller=SIRI)

    book("given", *give(SAGA, currency="SEK", amount_minor=300_000, debit=CLEARING))
    book("given:eur", *give(SAGA, currency="EUR", amount_minor=40_000, debit=CLEARING), currency="EUR")

    assert (stands(), stands("EUR")) == ((300_000, 0, 0), (0, 0, 60_000))
    assert balance_minor(receivable(SIRI)) == 100_000


def test_the_mirror_of_what_was_taken_puts_all_of_it_back_where_it_lay(db: None) -> None:
    earn(920_700, kept_minor=102_300)
    lines = take(SAGA, open_minor=920_700, kept_minor=102_300, amount_minor=1_100_000, credit=REFUNDS)
    book("taken", *lines)
    assert stands() == (0, 0, 77_000)

    book("mirrored", *(Line(line.credit, line.debit, line.amount_minor) for line in lines))

    assert stands() == (920_700, 102_300, 0)
    assert balance_minor(REFUNDS) == 0


def test_what_was_taken_and_given_again_leaves_the_seller_no_poorer(db: None) -> None:
    book("taken", *take(SAGA, open_minor=0, kept_minor=0, amount_minor=1_023_000, credit=CONTESTED))
    earn(93_000)
    book("netted", Line(payable(SAGA), receivable(SAGA), 93_000))

    book("given", *give(SAGA, currency="SEK", amount_minor=1_023_000, debit=CONTESTED))

    assert stands() == (93_000, 0, 0)
    assert balance_minor(CONTESTED) == 0


def test_a_crowd_that_gives_at_once_pays_the_debt_off_once(own_database: str) -> None:
    owe(250_000)

    def give_a_part(n: int) -> None:
        try:
            with transaction.atomic():
                lock_seller(SAGA)
                book(f"given:{n}", *give(SAGA, currency="SEK", amount_minor=100_000, debit=CLEARING))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(give_a_part, range(8)))

    assert stands() == (550_000, 0, 0)
