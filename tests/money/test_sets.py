"""Sets of rows: asked for and written whole, by one statement of always the same text."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from events.models import Event
from events.recording import draft_event
from ledger.models import Account, Journal, Posting
from money.sets import insert_rows
from payouts.models import Earning
from tests.cast import NOON, Cast

TYPED = ['"', "\\", "{1,2}", "å\u2028\U0001f4b0", "NULL", "%s", ""]


def events(count: int) -> list[Event]:
    return [
        draft_event("a.b", subject_type="x", subject_id=n, at=NOON, audience=[2, 1]) for n in range(count)
    ]


@pytest.mark.parametrize("wanted", [[], [1], [1, 3], [3, 1, 1, 4711]])
def test_any_of_is_what_in_is(db: None, wanted: list[int]) -> None:
    rows = events(5)
    insert_rows(rows)
    ids = [rows[n].pk if n < 5 else n for n in wanted]

    assert set(Event.objects.filter(pk__any_of=ids)) == set(Event.objects.filter(pk__in=ids))
    assert set(Event.objects.exclude(pk__any_of=ids)) == set(Event.objects.exclude(pk__in=ids))
    texts = [row.subject_id for row in rows if row.pk in ids]
    assert set(Event.objects.filter(subject_id__any_of=texts)) == {row for row in rows if row.pk in ids}


def test_any_of_knows_what_leads_to_another_row(cast: Cast) -> None:
    sellers = {cast.saga.pk: 1, cast.bo.pk: 0}
    insert_rows([an_earning(cast)])

    for seller, count in sellers.items():
        assert Earning.objects.filter(seller__any_of=[seller]).count() == count
        assert Earning.objects.filter(seller_id__any_of=[seller]).count() == count


def an_earning(cast: Cast, **changed: object) -> Earning:
    told = {
        "payment_id": uuid4(),
        "seller": cast.saga,
        "currency": "SEK",
        "amount_minor": 2**53 + 1,
        "stripe_charge_id": "ch_1",
        "paid_on": NOON.date(),
        "created_at": datetime(2026, 11, 23, 11, 0, 0, 123456, tzinfo=UTC),
    }
    return Earning(**told | changed)


def test_what_was_written_is_read_again_to_the_last_digit(cast: Cast) -> None:
    earning = an_earning(cast)
    insert_rows([earning])

    [read] = Earning.objects.all()
    told = [field.attname for field in Earning._meta.concrete_fields]
    assert [str(getattr(read, name)) for name in told] == [str(getattr(earning, name)) for name in told]


def test_each_row_learns_its_own_id_in_the_order_they_were_given(db: None) -> None:
    rows = events(50)
    insert_rows(rows)

    read = Event.objects.in_bulk([row.pk for row in rows])
    assert [read[row.pk].subject_id for row in rows] == [str(number) for number in range(50)]
    assert [row.pk for row in rows] == sorted(row.pk for row in rows)


@pytest.mark.parametrize("typed", TYPED)
def test_whatever_was_typed_is_kept(db: None, typed: str) -> None:
    row = draft_event(
        "a.b", subject_type="x", subject_id=typed[:64], at=NOON, details={typed: [typed, None, 1.5]}
    )
    insert_rows([row])

    read = Event.objects.get(pk=row.pk)
    assert (read.subject_id, read.details, read.audience) == (typed, {typed: [typed, None, 1.5]}, [])


def test_what_the_database_fills_in_it_fills_in(cast: Cast) -> None:
    account = Account.objects.create(code="suspense", currency="SEK", side="credit")
    other = Account.objects.create(code="stripe:clearing", currency="SEK", side="debit")
    journal = Journal(key="x", at=NOON)
    insert_rows([journal])
    insert_rows(
        [
            Posting(journal=journal, debit=other, credit=account, currency="SEK", amount_minor=n)
            for n in (1, 2)
        ]
    )

    assert list(Posting.objects.order_by("pk").values_list("amount_minor", flat=True)) == [1, 2]


@pytest.mark.parametrize("count", [0, 1, 500])
def test_it_is_one_statement_for_many_and_none_for_none(db: None, count: int) -> None:
    with CaptureQueriesContext(connection) as seen:
        insert_rows(events(count))
        list(Event.objects.filter(pk__any_of=range(count)))

    assert len(seen) == 1 + bool(count)


def test_the_database_says_no_to_one_and_nothing_of_the_set_is_there(cast: Cast) -> None:
    good, bad = an_earning(cast), an_earning(cast, payment_id=uuid4(), amount_minor=-1)

    with pytest.raises(IntegrityError, match="earning_not_negative"), transaction.atomic():
        insert_rows([good, bad])
    assert not Earning.objects.exists()
