"""P12: the audit of everything, beside one sequential read of the tables."""

import time

import psycopg
from django.utils import timezone
from psycopg import sql

from audit.auditing import audit_fresh
from audit.sealing import seal_rows
from bench.completion import refuse_findings
from bench.ground import filled, settle
from bench.measuring import Figure, Size
from config.seeding import seed_sales
from tests.databases import url_of

PAYMENTS, SELLERS = (1_000_000, 2_000), 1_000


def auditing(size: Size) -> list[Figure]:
    """Seconds for all invariants; and for what changed since, each minute."""
    payments = size.of(*PAYMENTS)
    whole = Figure("P12", f"audit of {payments:,} payments", "s", goal=3, less_is_better=True)
    fresh = Figure("P12", "audit of what changed", "s")
    with filled("looking") as name:
        seed_sales(payments, sellers=min(SELLERS, payments), password="not used", at=timezone.now())  # noqa: S106
        while seal_rows():
            pass
        settle(name)
        with psycopg.connect(url_of(name), autocommit=True) as owner:
            for _ in range(size.rounds):
                whole.ours.append(_seconds(refuse_findings))
                whole.limit.append(_seconds(lambda: _read_all(owner)))
                fresh.ours.append(_seconds(lambda: audit_fresh(at=timezone.now())))
    return [whole, fresh]


def _seconds(do: object) -> float:
    began = time.perf_counter()
    do()  # type: ignore[operator]
    return time.perf_counter() - began


def _read_all(owner: psycopg.Connection) -> None:
    """Each row of each table once, from its first to its last."""
    tables = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for (table,) in tables.fetchall():
        owner.execute(sql.SQL("SELECT max(length(told::text)) FROM {} AS told").format(sql.Identifier(table)))
