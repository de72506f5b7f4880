"""Sealing the books and the diary: a chain of hashes over every column of every row, soon after it is there.

Rows are sealed in the order of their transactions and never ahead of one that still runs, so that nothing can
be committed behind the head of the chain.
"""

import hashlib

from django.db import connection, transaction

from audit.canonical import with_canonical
from audit.models import Seal
from faults.crashpoints import crashpoint

SET_SIZE = 1_000
THE_CHAIN = "seals"
BEHIND_NONE, BEHIND_ALL = -1, 2**63 - 1

# Transactions that write nothing here. Asked before the snapshot is taken: where one ran that has ended since
# could no longer be told.
RUNNING_ELSEWHERE = """
    SELECT coalesce(array_agg(backend_xid::text), '{}')
    FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND datname <> current_database()"""
UNSEALED = with_canonical("""
    WITH running AS (
        SELECT min(number::text::bigint) AS oldest
        FROM pg_snapshot_xip(pg_current_snapshot()) AS number
        WHERE number::xid <> ALL (%(elsewhere)s::text[]::xid[])
    ), settled AS (
        SELECT coalesce(oldest, pg_snapshot_xmax(pg_current_snapshot())::text::bigint) AS before FROM running
    )
    (SELECT 'event' AS source, event.id AS row_id, event.written_in, {event} AS canonical
    FROM events_event AS event
    WHERE (event.written_in, event.id) > (%(written_in)s, %(event)s)
        AND event.written_in < (SELECT before FROM settled)
    ORDER BY 3, 2 LIMIT %(limit)s)
    UNION ALL
    (SELECT 'journal', journal.id, journal.written_in, {journal}
    FROM ledger_journal AS journal
    WHERE (journal.written_in, journal.id) > (%(written_in)s, %(journal)s)
        AND journal.written_in < (SELECT before FROM settled)
    ORDER BY 3, 2 LIMIT %(limit)s)
    UNION ALL
    (SELECT 'posting', posting.id, journal.written_in, {posting}
    FROM ledger_journal AS journal
    JOIN ledger_posting AS posting ON posting.journal_id = journal.id
    WHERE journal.written_in >= %(written_in)s
        AND (journal.written_in, posting.id) > (%(written_in)s, %(posting)s)
        AND journal.written_in < (SELECT before FROM settled)
    ORDER BY 3, 2 LIMIT %(limit)s)
    ORDER BY written_in, source, row_id LIMIT %(limit)s""")


@transaction.atomic
def seal_rows(*, limit: int = SET_SIZE) -> int:
    """Seal the next rows whose transactions have ended, at most `limit`; answers how many there were.

    Of several who would seal at once one does, and the others answer 0: there is one chain.
    """
    if not _is_the_only_one():
        return 0
    head = chain_head()
    rows = _unsealed_rows(head, limit=limit)
    if rows:
        _write_seals(head, rows)
        crashpoint("H1.sealed")
    return len(rows)


def chain_head() -> Seal | None:
    """The newest seal; None while nothing is sealed."""
    return Seal.objects.order_by("-pk").first()


def hash_of(before: bytes, *, written_in: int, canonical: str) -> bytes:
    """The hash of a seal: 32 bytes over the hash before it, its row's transaction and its row."""
    return hashlib.sha256(before + f"{written_in} {canonical}".encode()).digest()


def _is_the_only_one() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [THE_CHAIN])
        (taken,) = cursor.fetchone()
    return bool(taken)


def _unsealed_rows(head: Seal | None, *, limit: int) -> list[tuple[str, int, int, str]]:
    """Source, id, transaction and canonical text of the rows behind the head, in the order of the chain."""
    behind = {source: _row_behind(source, head) for source in Seal.Source.values}
    with connection.cursor() as cursor:
        cursor.execute(RUNNING_ELSEWHERE)
        (elsewhere,) = cursor.fetchone()
        asked = {"written_in": head.written_in if head else -1, "limit": limit, "elsewhere": elsewhere}
        cursor.execute(UNSEALED, asked | behind)
        return cursor.fetchall()


def _row_behind(source: str, head: Seal | None) -> int:
    """The row of the head's transaction behind which this source goes on: events first, postings last."""
    if head is None or source > head.source:
        return BEHIND_NONE
    return head.row_id if source == head.source else BEHIND_ALL


def _write_seals(head: Seal | None, rows: list[tuple[str, int, int, str]]) -> None:
    number, last = (head.pk, bytes(head.hash)) if head else (0, b"")
    hashes = []
    for _, _, written_in, canonical in rows:
        last = hash_of(last, written_in=written_in, canonical=canonical)
        hashes.append(last)
    sources, row_ids, transactions, _ = map(list, zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO audit_seal (id, source, row_id, written_in, hash)
            SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bytea[])""",
            [list(range(number + 1, number + 1 + len(rows))), sources, row_ids, transactions, hashes],
        )
