"""What must be true of the seals: nothing was changed, removed or slipped in, and nothing waits for long."""

from audit.canonical import with_canonical
from audit.looking import MOST_NAMED, Look
from audit.sealing import chain_head

ROW_MAY_WAIT = "2 minutes"
# So many at once that no statement lasts long, however long the chain is.
SLICE = 50_000


def sealed_row_is_as_it_was(look: Look) -> list[str]:
    """Every row of the books and the diary is as it was when it was sealed, and no seal is missing."""
    head, found = chain_head(), []
    for after in range(look.after_seal, head.pk if head else 0, SLICE):
        found += look.ids(RECOMPUTED, after=after, upto=after + SLICE)
        if len(found) >= MOST_NAMED:
            break
    return found[:MOST_NAMED]


RECOMPUTED = with_canonical("""
    SELECT seal.source || ' ' || seal.row_id
    FROM audit_seal AS seal
    LEFT JOIN audit_seal AS before ON before.id = seal.id - 1
    LEFT JOIN events_event AS event ON seal.source = 'event' AND event.id = seal.row_id
    LEFT JOIN ledger_journal AS journal ON seal.source = 'journal' AND journal.id = seal.row_id
    LEFT JOIN ledger_posting AS posting ON seal.source = 'posting' AND posting.id = seal.row_id
    WHERE seal.id > %(after)s AND seal.id <= %(upto)s
        AND seal.hash <> sha256(coalesce(before.hash, '')
            || convert_to(seal.written_in || ' ' || CASE seal.source
                WHEN 'event' THEN {event} WHEN 'journal' THEN {journal} ELSE {posting} END, 'UTF8'))
    ORDER BY seal.id""")


def row_behind_the_head_is_sealed(look: Look) -> list[str]:
    """No row was slipped in behind the head of the chain."""
    head = chain_head()
    if head is None:
        return []
    return look.ids(
        """
        SELECT 'event ' || event.id
        FROM events_event AS event
        WHERE (event.written_in, 'event', event.id) < (%(written_in)s, %(source)s, %(row_id)s)
            AND NOT EXISTS (SELECT FROM audit_seal WHERE source = 'event' AND row_id = event.id)
        UNION ALL
        SELECT 'journal ' || journal.id
        FROM ledger_journal AS journal
        WHERE (journal.written_in, 'journal', journal.id) < (%(written_in)s, %(source)s, %(row_id)s)
            AND NOT EXISTS (SELECT FROM audit_seal WHERE source = 'journal' AND row_id = journal.id)
        UNION ALL
        SELECT 'posting ' || posting.id
        FROM ledger_posting AS posting
        LEFT JOIN ledger_journal AS journal ON journal.id = posting.journal_id
        WHERE (journal.id IS NULL OR (journal.written_in, 'posting', posting.id)
                < (%(written_in)s, %(source)s, %(row_id)s)) AND NOT EXISTS (
            SELECT FROM audit_seal WHERE source = 'posting' AND row_id = posting.id)""",
        written_in=head.written_in,
        source=head.source,
        row_id=head.row_id,
    )


def exported_head_stands(look: Look) -> list[str]:
    """Each head of the chain that was exported is still where it was: nobody made the chain anew."""
    # A backup knows none of those that were exported after it was taken.
    heads = [head for head in look.exported if head.at <= look.at]
    return look.ids(
        """
        SELECT 'seal ' || exported.id
        FROM unnest(%(ids)s::bigint[], %(hashes)s::text[]) AS exported (id, hash)
        LEFT JOIN audit_seal AS seal ON seal.id = exported.id
        WHERE encode(seal.hash, 'hex') IS DISTINCT FROM exported.hash
        ORDER BY exported.id""",
        ids=[head.seal_id for head in heads],
        hashes=[head.hash for head in heads],
    )


def row_is_sealed_soon(look: Look) -> list[str]:
    """No row of the books or the diary waits longer than two minutes for its seal."""
    head = chain_head()
    return look.ids(
        """
        SELECT 'event ' || event.id
        FROM events_event AS event
        WHERE event.written_in >= %(head)s AND event.written_at < clock_timestamp() - %(wait)s::interval
            AND NOT EXISTS (SELECT FROM audit_seal WHERE source = 'event' AND row_id = event.id)
        UNION ALL
        SELECT 'journal ' || journal.id
        FROM ledger_journal AS journal
        WHERE journal.written_in >= %(head)s
            AND journal.written_at < clock_timestamp() - %(wait)s::interval
            AND NOT EXISTS (SELECT FROM audit_seal WHERE source = 'journal' AND row_id = journal.id)""",
        head=head.written_in if head else -1,
        wait=ROW_MAY_WAIT,
    )
