"""What a restored copy says of itself, and what must be true of it."""

from datetime import datetime, timedelta
from typing import cast

from django.db import connection

from audit.auditing import Finding, audit_all
from audit.invariants import INVARIANTS, OF_EVERYTHING
from audit.sealing import seal_rows
from config.drill.verdicts import DrillFailed, DrillRefused
from config.readiness.migrations import unapplied_migrations

# Stripe's clock, the database's and whoever exported a head of the chain may differ by as much.
CLOCKS_DIFFER_BY = timedelta(minutes=1)
MOST_NAMED = 5
TRANSACTIONS_A_FILE = 1_048_576

NEWEST_ROW = """
    SELECT greatest(
        (SELECT max(written_at) FROM events_event), (SELECT max(written_at) FROM ledger_journal),
        (SELECT max(written_at) FROM gateway_stripecall), (SELECT max(applied) FROM django_migrations))"""
# Numbers of transactions: the newest row's, and this one's.
NUMBERS = """
    SELECT
        greatest((SELECT max(written_in) FROM events_event), (SELECT max(written_in) FROM ledger_journal), 0),
        pg_current_xact_id()::text::bigint"""


def refuse_another_schema() -> None:
    """A copy that lacks tables of this code cannot be replayed into.

    Raises:
        DrillRefused: it is of an older version; nothing is said of the backup.
    """
    if lacking := unapplied_migrations():
        raise DrillRefused(
            f"The dump is older than this code and lacks {len(lacking)} migrations, {lacking[0]} first:"
            " drill a newer one."
        )


def refuse_numbers_behind() -> None:
    """The chain of seals goes by the numbers of transactions, and cannot go on where they begin anew.

    Raises:
        DrillRefused: this server's numbers are behind the dump's.
    """
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS)
        newest, following = cursor.fetchone()
    if following < newest:
        raise DrillRefused(
            f"That server has come to transaction {following}, and the dump to {newest}: the chain of seals"
            f" cannot go on there. Set it ahead while it is stopped: pg_resetwal -x {_ahead_of(newest)}."
        )


def _ahead_of(newest: int) -> int:
    """A new server begins where a file of its record of transactions does."""
    return (newest // TRANSACTIONS_A_FILE + 1) * TRANSACTIONS_A_FILE


def known_upto() -> datetime:
    """Until when the copy knows all that happened: the time of its newest row, and a little less."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_ROW)
        return cast(datetime, cursor.fetchone()[0]) - CLOCKS_DIFFER_BY


def audit_copy(*, as_of: datetime) -> int:
    """Look at everything; answers how many sentences hold. What is late is no fault of a backup.

    Raises:
        DrillFailed: one of those that stop payouts does not hold.
    """
    found = [finding for finding in audit_all(at=as_of) if finding.stops_payouts]
    if found:
        raise DrillFailed(" ".join(map(_told, found)))
    return len(INVARIANTS | OF_EVERYTHING)


def _told(finding: Finding) -> str:
    return f"{finding.number} does not hold for {', '.join(finding.ids[:MOST_NAMED])}: {finding.sentence}"


def seal_copy() -> int:
    """Let the chain of seals go on over what the replay wrote; answers by how many rows."""
    sealed = 0
    while more := seal_rows():
        sealed += more
    return sealed
