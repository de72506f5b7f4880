"""The drill: a dump is restored beside what runs, audited, replayed from Stripe, and compared with it."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import Error as DatabaseFailure
from django.db import connection
from django.utils import timezone

from config.drill import copies
from config.drill.dumps import holds_password, newest_dump, restore_dump, take_dump, unnamed_file
from config.drill.replaying import replay
from config.drill.scratch import Say, scratch_database
from config.drill.standing_in import standing_in
from config.drill.verdicts import DrillFailed, DrillRefused
from gateway.client import StripeAway, StripeRefused, only_asking
from money.amounts import format_minor
from treasury.equality import Comparison, compare_with_stripe

# As long as Stripe keeps events. What was charged before stands in the balance, which is compared whole.
CHARGES_OF = timedelta(days=30)
# Who sells meanwhile is ahead of whoever reads; so is Stripe of its own list of events.
ROUNDS, REST_SECONDS = 3, 1 if settings.SANDBOX_WORLD else 60
MOST_NAMED = 5

Clock = Callable[[], datetime]


def run_drill(
    url: str,
    *,
    say: Say,
    dump: Path | None = None,
    into: str | None = None,
    keep: bool = False,
    clock: Clock = timezone.now,
) -> None:
    """Hold the drill with this dump, or the newest in this folder, or one taken now of the database at `url`.

    It is restored into a database of its own on the same server, or on the one that `into` names, and that is
    dropped afterwards, unless `keep`. The database at `url` does not change; Stripe is asked, told nothing.

    Raises:
        DrillRefused: it cannot be held here and now.
        DrillFailed: it was held, and does not hold.
    """
    if into and holds_password(into):
        raise DrillRefused(
            "A command line is read by everybody on the machine: give that password as PGPASSWORD."
        )
    file, told = dump and newest_dump(dump), _Told(say)
    with (
        only_asking(),
        scratch_database(into or url, keep=keep, say=told) as copy,
        _readable(url, file, told) as opened,
        _failing_plainly(),
    ):
        restore_dump(opened, url=copy)
        _analyze(copy)
        with standing_in(copy):
            _hold(told, clock=clock)


class _Told:
    """Says each step, with the seconds that it took."""

    def __init__(self, say: Say) -> None:
        self._say, self._since = say, time.monotonic()

    def __call__(self, step: str) -> None:
        now = time.monotonic()
        self._say(f"{now - self._since:6.1f} s  {step}")
        self._since = now


@contextmanager
def _readable(url: str, file: Path | None, told: Say) -> Iterator[FileIO]:
    """The dump; one that is taken now lies in a file without a name, which nobody has to remove."""
    if file is not None:
        told(f"{file}, {file.stat().st_size // 1024} kB")
        with FileIO(file) as dump:
            yield dump
        return
    with unnamed_file() as dump:
        take_dump(url, dump)
        told(f"a dump is taken, {dump.seek(0, os.SEEK_END) // 1024} kB")
        yield dump


def _analyze(url: str) -> None:
    """A restored table does not know yet how large it is, and questions to it would be slow."""
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ANALYZE")


@contextmanager
def _failing_plainly() -> Iterator[None]:
    """What the database, Stripe or a file says no to, in a sentence."""
    try:
        yield
    except (StripeAway, StripeRefused) as unanswered:
        raise DrillFailed(f"What happened since cannot be read. {unanswered}") from unanswered
    except (DatabaseFailure, psycopg.Error) as failure:
        raise DrillFailed(f"The copy does not work: {str(failure).splitlines()[0]}.") from failure
    except PermissionError as closed:
        raise DrillRefused(f"{closed.filename} may not be read by who holds the drill.") from closed


def _hold(told: Say, *, clock: Clock) -> None:
    copies.refuse_another_schema()
    copies.refuse_numbers_behind()
    as_of = copies.known_upto()
    told(f"restored into {connection.settings_dict['NAME']}, with all that was known at {_written(as_of)}")
    told(f"audited: {copies.audit_copy(as_of=as_of)} sentences hold")
    _become_equal(told, as_of=as_of, clock=clock)
    sealed = copies.seal_copy()
    told(f"audited again, {sealed} rows sealed: {copies.audit_copy(as_of=as_of)} sentences hold")


def _become_equal(told: Say, *, as_of: datetime, clock: Clock) -> None:
    """Replay until nothing differs; after some rounds it is not the haste of who sells meanwhile."""
    failures: list[str] = []
    wrong: list[str] = []
    for turn in range(ROUNDS):
        if turn:
            time.sleep(REST_SECONDS)
        replayed = replay(at=clock())
        told(f"replayed from Stripe: {replayed.events} new events, {replayed.movements} new movements")
        compared = compare_with_stripe(since=as_of - CHARGES_OF, known_upto=as_of)
        failures += replayed.failures
        wrong = [*failures, *compared.differences]
        if not wrong:
            _tell_of(compared, told)
            return
    raise DrillFailed(" ".join(wrong[:MOST_NAMED]) + _and_more(wrong))


def _tell_of(compared: Comparison, told: Say) -> None:
    balance = ", ".join(
        f"{format_minor(minor, code)} {code}" for code, minor in sorted(compared.balance.items())
    )
    told(f"equal to Stripe: {compared.charges} charges, and a balance of {balance or 'nothing'}")
    if compared.later:
        named = ", ".join(compared.later[:MOST_NAMED]) + _and_more(compared.later)
        told(f"begun after the dump, so that only the archived log can have it: {named}")


def _written(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _and_more(named: list[str]) -> str:
    return f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
