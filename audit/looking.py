"""Asking the database which rows break a rule, within one snapshot."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection

from audit.heads import ExportedHead, heads_exported

MOST_NAMED = 100


@dataclass(frozen=True)
class Look:
    """What is looked at: everything, or what changed since the look before; `at` is now, for what is late.

    In a statement `{since}` behind a time lets only rows as new through, `{fresh}` behind a journal's id only
    journals as new, and `{touched}` are the owners of accounts that a fresh journal moved. When everything is
    looked at, they let everything through. Of the seals those behind `after_seal` are looked at.
    """

    at: datetime
    since: datetime | None = None
    after_journal: int = 0
    after_seal: int = 0

    def ids(self, statement: str, **params: Any) -> list[str]:
        """The first column of the rows it finds, as text; at most `MOST_NAMED`."""
        known = {"at": self.at, "since": self.since, "after_journal": self.after_journal, **params}
        if self.since is not None and "{touched}" in statement:
            known["touched"] = self._touched
        with connection.cursor() as cursor:
            cursor.execute(f"{self._narrowed(statement)} LIMIT {MOST_NAMED}", known)
            return [str(row[0]) for row in cursor.fetchall()]

    @cached_property
    def exported(self) -> list[ExportedHead]:
        """The heads of the chain that were told outside the database, read once a look."""
        return heads_exported(settings.SEAL_HEADS, newest_only=self.since is not None)

    @cached_property
    def _touched(self) -> list[int]:
        """Asked once a look, for all the statements."""
        with connection.cursor() as cursor:
            cursor.execute(TOUCHED, [self.after_journal])
            return [owner_id for (owner_id,) in cursor.fetchall()]

    def _narrowed(self, statement: str) -> str:
        for mark, (whole, narrow) in MARKS.items():
            statement = statement.replace(mark, whole if self.since is None else narrow)
        return statement


MARKS = {
    "{since}": ("IS NOT NULL", ">= %(since)s"),
    "{fresh}": ("IS NOT NULL", "> %(after_journal)s"),
    "{touched}": ("(SELECT id FROM people_user)", "(SELECT unnest(%(touched)s::bigint[]))"),
}
TOUCHED = """
    SELECT DISTINCT account.owner_id
    FROM ledger_posting AS posting
    JOIN ledger_account AS account ON account.id IN (posting.debit_id, posting.credit_id)
    WHERE posting.journal_id > %s AND account.owner_id IS NOT NULL"""
