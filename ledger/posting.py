"""Writing the books. Everything here takes a list; one journal is a list of one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from ledger.chart import place_of
from ledger.models import Account, Journal, Posting
from money.sets import insert_rows


class KeyReused(Exception):
    """The key names a journal that is already written, with other lines."""


@dataclass(frozen=True)
class Line:
    """`amount_minor` (smallest unit, 0 or more) leaves `credit` and arrives at `debit`, both addresses."""

    debit: str
    credit: str
    amount_minor: int


@dataclass(frozen=True)
class JournalDraft:
    """One business event to be written: its key, its currency, its lines, its time."""

    key: str
    currency: str
    lines: tuple[Line, ...]
    at: datetime


def post_journal(*, key: str, currency: str, lines: Iterable[Line], at: datetime) -> Journal:
    """Write one business event into the ledger, once.

    The same `key` again returns the first journal and writes nothing.

    Raises:
        KeyReused: the key is known, but for other lines.
    """
    draft = JournalDraft(key=key, currency=currency, lines=tuple(lines), at=at)
    return post_journals([draft])[0]


@transaction.atomic(savepoint=False)
def post_journals(drafts: list[JournalDraft]) -> list[Journal]:
    """Write many business events, each once, in as many statements as one takes.

    A line of 0 has no posting. The database moves the balances that are kept. Answers in the order of the
    drafts.

    Raises:
        KeyReused: a key is known, but for other lines; nothing of the list is written.
    """
    _refuse_two_of_a_key(drafts)
    accounts = _open_accounts(drafts)
    written = _write_journals(drafts)
    known = [draft for draft in drafts if draft.key not in written]
    standing = Journal.objects.filter(key__any_of=[draft.key for draft in known]) if known else []
    journals = written | {journal.key: journal for journal in standing}
    _refuse_other_lines(known, journals, accounts)

    fresh = {draft.key: draft for draft in drafts if draft.key in written}.values()
    postings = [posting for draft in fresh for posting in _postings(draft, journals[draft.key], accounts)]
    insert_rows(postings)
    return [journals[draft.key] for draft in drafts]


def _refuse_two_of_a_key(drafts: list[JournalDraft]) -> None:
    lines: dict[str, tuple[Line, ...]] = {}
    for draft in drafts:
        if lines.setdefault(draft.key, draft.lines) != draft.lines:
            raise KeyReused(f"{draft.key} stands in the list twice, with other lines.")


def _open_accounts(drafts: list[JournalDraft]) -> dict[tuple[str, str], int]:
    """The ids of the accounts that are named, by code and currency; those that are new are opened."""
    lines = [(line, draft.currency) for draft in drafts for line in draft.lines if line.amount_minor]
    wanted = {(code, currency) for line, currency in lines for code in (line.debit, line.credit)}
    found = _find_accounts(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        Account.objects.bulk_create([_new_account(*key) for key in missing], ignore_conflicts=True)
        found = _find_accounts(wanted)
    return found


def _find_accounts(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = Account.objects.filter(
        code__any_of={code for code, _ in wanted}, currency__any_of={currency for _, currency in wanted}
    )
    return {(code, currency): pk for code, currency, pk in rows.values_list("code", "currency", "pk")}


def _new_account(code: str, currency: str) -> Account:
    place = place_of(code)
    balance_minor = None if place.owner_id is None else 0
    return Account(
        code=code, currency=currency, side=place.side, owner_id=place.owner_id, balance_minor=balance_minor
    )


def _write_journals(drafts: list[JournalDraft]) -> dict[str, Journal]:
    """Insert the journals whose key is new, and answer them by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO ledger_journal (key, at)
            SELECT * FROM unnest(%s::text[], %s::timestamptz[])
            ON CONFLICT (key) DO NOTHING RETURNING id, key, at
            """,
            [[draft.key for draft in drafts], [draft.at for draft in drafts]],
        )
        return {key: Journal(pk, key, at) for pk, key, at in cursor.fetchall()}


def _postings(draft: JournalDraft, journal: Journal, accounts: dict[tuple[str, str], int]) -> list[Posting]:
    return [
        Posting(
            journal_id=journal.pk,
            debit_id=accounts[line.debit, draft.currency],
            credit_id=accounts[line.credit, draft.currency],
            currency=draft.currency,
            amount_minor=line.amount_minor,
        )
        for line in draft.lines
        if line.amount_minor
    ]


def _refuse_other_lines(
    known: list[JournalDraft], journals: dict[str, Journal], accounts: dict[tuple[str, str], int]
) -> None:
    """Compare each draft whose key was known with the lines that stand under that key."""
    standing: dict[int, Counter[tuple[int, int, int]]] = {}
    for posting in Posting.objects.filter(journal__in=[journals[draft.key] for draft in known]):
        lines = standing.setdefault(posting.journal_id, Counter())
        lines[posting.debit_id, posting.credit_id, posting.amount_minor] += 1
    for draft in known:
        journal = journals[draft.key]
        wanted = _postings(draft, journal, accounts)
        if Counter((p.debit_id, p.credit_id, p.amount_minor) for p in wanted) != standing.get(
            journal.pk, Counter()
        ):
            raise KeyReused(f"{draft.key} is already written, with other lines.")
