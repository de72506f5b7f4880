"""Two who wait for each other are both right: the one that is sent back does the whole of it again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext

import psycopg
import pytest
from django.db import OperationalError, connection, connections, transaction

from config.home import PROJECT
from config.roles import limits_for
from faults.crossing import MOST_TRIES, again_if_crossed
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent, Transaction
from payouts.models import PayoutSchedule
from payouts.reserving import reserve
from tests.cast import Cast, a_charged_payment, a_won_bid
from tests.databases import url_of
from tests.payouts.books import assert_books_hold
from tests.payouts.moving import DUE, an_account, sales_of, stands

CROSSED = ["40001", "40P01", "55P03"]
SENDS_BACK = """
CREATE SEQUENCE tries;
CREATE FUNCTION send_back() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
    IF nextval('tries') <= {times} THEN RAISE EXCEPTION 'crossed' USING ERRCODE = '{sqlstate}'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sends_back BEFORE {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION send_back();
"""


def send_back(database: str, sqlstate: str, *, event: str, table: str, times: int) -> None:
    """Let PostgreSQL send the first writers of a table back."""
    statement = SENDS_BACK.format(times=times, sqlstate=sqlstate, event=event, table=table)
    with psycopg.connect(url_of(database), autocommit=True) as owner:
        owner.execute(statement)


@pytest.mark.parametrize("sqlstate", CROSSED)
def test_a_completion_that_is_sent_back_is_made_once_and_whole(
    own_database: str, own_cast: Cast, sqlstate: str
) -> None:
    payment = a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga))
    send_back(own_database, sqlstate, event="INSERT", table="events_event", times=MOST_TRIES - 1)

    assert PaymentCompletionService.process_payment_completion(payment, at=DUE).made

    assert Transaction.objects.count() == 2
    assert_books_hold()


@pytest.mark.parametrize("sqlstate", CROSSED)
def test_a_reservation_that_is_sent_back_is_made_once_and_whole(
    own_database: str, own_cast: Cast, sqlstate: str
) -> None:
    an_account(own_cast.saga)
    sales_of(own_cast, 3)
    send_back(own_database, sqlstate, event="INSERT", table="gateway_stripecall", times=MOST_TRIES - 1)

    assert reserve(PayoutSchedule.objects.get().pk, at=DUE)

    assert (PayoutSchedule.objects.get().attempt, stands(own_cast)) == (1, {"reserved": 3})
    assert_books_hold()


@pytest.mark.parametrize(
    ("sqlstate", "times", "around"),
    [("40P01", MOST_TRIES, nullcontext()), ("57014", 1, nullcontext()), ("40P01", 1, transaction.atomic())],
    ids=["too often", "for another reason", "as a part of another transaction"],
)
def test_what_does_not_pass_leaves_nothing_behind(
    own_database: str, own_cast: Cast, sqlstate: str, times: int, around: AbstractContextManager[None]
) -> None:
    payment = a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga))
    send_back(own_database, sqlstate, event="INSERT", table="events_event", times=times)

    with pytest.raises(OperationalError), around:
        PaymentCompletionService.process_payment_completion(payment, at=DUE)

    assert (PaymentIntent.objects.get().outcome, Transaction.objects.count()) == (None, 0)
    assert PaymentCompletionService.process_payment_completion(payment, at=DUE).made


def test_two_in_a_real_circle_both_come_to_their_end(own_cast: Cast) -> None:
    """The other takes the payment before its bid, against the rule; the database must choose one."""
    payment = a_charged_payment(a_won_bid(own_cast.bo, own_cast.saga))
    first_taken, tries = threading.Event(), []

    @again_if_crossed
    def against_the_rule() -> None:
        tries.append(time.monotonic())
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM payments_paymentintent FOR UPDATE")
            first_taken.set()
            time.sleep(0.4)
            cursor.execute("SELECT 1 FROM auctions_bid FOR UPDATE")

    def complete() -> bool:
        assert first_taken.wait(10)
        return PaymentCompletionService.process_payment_completion(payment, at=DUE).made

    _, made = at_once(against_the_rule, complete)

    assert made
    assert Transaction.objects.count() == 2


def test_what_waits_longer_for_a_lock_than_it_may_begins_anew(own_cast: Cast) -> None:
    an_account(own_cast.saga)
    sales_of(own_cast, 1)
    schedule = PayoutSchedule.objects.get()
    taken = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            PayoutSchedule.objects.select_for_update().get()
            taken.set()
            time.sleep(3)

    def reserve_it() -> bool:
        assert taken.wait(10)
        return reserve(schedule.pk, at=DUE)

    assert at_once(hold, reserve_it)[1]
    assert stands(own_cast) == {"reserved": 1}


def at_once(*deeds: Callable[[], object]) -> list[object]:
    def run(deed: Callable[[], object]) -> object:
        try:
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


@pytest.mark.parametrize(("command", "seconds"), [("serve", 10), ("work", 30), ("audit", 30), ("clean", 10)])
def test_how_long_a_statement_may_take(command: str, seconds: int) -> None:
    assert limits_for(["manage.py", command])["statement_timeout"] == f"{seconds}s"


def test_the_settings_are_told_to_postgresql() -> None:
    asks = (
        "import sys; sys.argv = ['manage.py', 'work']; import django; django.setup();"
        "from django.db import connection as c; cursor = c.cursor();"
        "names = 'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'jit';"
        "[(cursor.execute('SHOW ' + name), print(cursor.fetchone()[0])) for name in names]"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    asked = [sys.executable, "-c", asks]
    told = subprocess.run(asked, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["2s", "30s", "10s", "off"]
