"""The text of a row that is hashed: every column as JSON, in a fixed order.

Texts cannot run into each other, and null is not "". Times are told in UTC, whatever the session's zone is. A
column that is left out could be changed unseen: a test changes each in turn.
"""

CANONICAL = {
    "{event}": """json_build_array('event', event.id, event.kind, event.at AT TIME ZONE 'UTC', event.actor_id,
        event.subject_type, event.subject_id, event.audience, event.details, event.written_in,
        event.written_at AT TIME ZONE 'UTC')::text""",
    "{journal}": """json_build_array('journal', journal.id, journal.key, journal.at AT TIME ZONE 'UTC',
        journal.written_in, journal.written_at AT TIME ZONE 'UTC')::text""",
    "{posting}": """json_build_array('posting', posting.id, posting.journal_id, posting.debit_id,
        posting.credit_id, posting.currency, posting.amount_minor)::text""",
}


def with_canonical(statement: str) -> str:
    """The statement, with the text of rows it calls `event`, `journal` and `posting` at those marks."""
    for mark, text in CANONICAL.items():
        statement = statement.replace(mark, text)
    return statement
