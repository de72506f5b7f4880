"""SEC-35: the role that web and worker act as cannot rewrite the books, whatever runs as it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from psycopg import errors
from pytest_django import DjangoDbBlocker

from tests.databases import copied_database, url_of

REFUSALS = (errors.InsufficientPrivilege, errors.RestrictViolation, errors.RaiseException)

FORBIDDEN = [
    "UPDATE ledger_posting SET amount_minor = amount_minor + 1",
    "DELETE FROM ledger_posting",
    "TRUNCATE ledger_posting",
    "UPDATE ledger_journal SET key = 'x'",
    "DELETE FROM ledger_journal",
    "TRUNCATE ledger_journal CASCADE",
    "UPDATE ledger_account SET currency = 'EUR'",
    "DELETE FROM ledger_account",
    "TRUNCATE ledger_account CASCADE",
    "UPDATE events_event SET kind = 'x'",
    "DELETE FROM events_event",
    "TRUNCATE events_event",
    "DELETE FROM inbox_message",
    "TRUNCATE inbox_message",
    "DELETE FROM payments_transaction",
    "UPDATE payments_transaction SET amount_minor = 1",
    "DELETE FROM payments_paymentintent",
    "TRUNCATE payments_paymentintent CASCADE",
    "DELETE FROM payouts_earning",
    "DELETE FROM payouts_payoutschedule",
    "UPDATE payouts_earning SET amount_minor = 1",
    "UPDATE payouts_payoutitem SET gross_minor = 1",
    "UPDATE payouts_payoutattempt SET destination_bank = 'x'",
    "UPDATE payouts_payoutapproval SET digest = 'x'",
    "UPDATE payouts_payoutpolicy SET delay_days = 0",
    "TRUNCATE payouts_payoutrun CASCADE",
    "DELETE FROM payouts_hold",
    "DELETE FROM payouts_breaker",
    "DELETE FROM gateway_stripecall",
    "UPDATE gateway_stripecall SET params = '{}'",
    "UPDATE treasury_balancetransaction SET net_minor = 0",
    "DELETE FROM treasury_balancetransaction",
    "UPDATE treasury_platformpayout SET amount_minor = 1",
    "DELETE FROM treasury_watermark",
    "DELETE FROM treasury_break",
    "TRUNCATE treasury_break",
    "UPDATE treasury_break SET first_seen_at = now()",
    "DELETE FROM audit_audit",
    "UPDATE notifications_letter SET text = 'x'",
    "UPDATE notifications_letter SET address = 'x'",
    "DELETE FROM notifications_letter",
    "TRUNCATE notifications_letter",
    "DELETE FROM notifications_bookmark",
    "TRUNCATE notifications_bookmark",
    "UPDATE notifications_preference SET topic = 'payouts'",
    "DELETE FROM notifications_preference",
    "UPDATE audit_seal SET hash = hash",
    "DELETE FROM audit_seal",
    "TRUNCATE audit_seal",
    "DELETE FROM audit_audit",
    "SET session_replication_role = 'replica'",
    "ALTER TABLE ledger_posting DISABLE TRIGGER ALL",
    "ALTER TABLE ledger_posting DISABLE TRIGGER posting_append_only",
    "DROP TRIGGER posting_append_only ON ledger_posting",
    "DROP TABLE ledger_posting CASCADE",
    "ALTER TABLE payments_paymentintent DROP CONSTRAINT split_is_exact",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE TABLE mine (id int)",
    "CREATE ROLE intruder SUPERUSER",
    "ALTER ROLE klubba_app SUPERUSER",
    "ALTER TABLE ledger_posting OWNER TO klubba_app",
    "COPY ledger_posting TO PROGRAM 'id'",
    "COPY ledger_posting FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "ALTER SYSTEM SET fsync = off",
]

# What the role may change of a table's rows; of the rows of tables that are not named, nothing.
MAY_CHANGE = {
    "auctions_auction": "bid_count closed_at closed_by_id current_bid_minor status",
    "auctions_bid": "paid_at pay_by status",
    "gateway_stripecall": "error_code first_sent_at first_sent_there_at http_status last_sent_at request_id"
    " result_id state",
    "inbox_message": "attempts handled_at next_at reason state",
    "notifications_bookmark": "read_up_to seen_at seen_up_to",
    "notifications_letter": "failure next_at sent_at state tries",
    "notifications_preference": "is_wanted",
    "payments_paymentintent": "charged_at last_error outcome status status_as_of stripe_charge_id "
    "stripe_payment_intent_id succeeded_at",
    "payouts_breaker": "release_reason released_at released_by_id",
    "payouts_earning": "available_on kept_until paid_on status",
    "payouts_hold": "release_reason released_at released_by_id",
    "payouts_payoutattempt": "arrives_on failure_code state stripe_payout_id updated_at",
    "payouts_payoutitem": "contested_minor net_minor netted_minor reason refunded_minor schedule_id state "
    "stripe_transfer_id",
    "payouts_payoutpolicy": "redated_at",
    "payouts_payoutrun": "approved_at approved_by_id",
    "payouts_payoutschedule": "attempt destination_account destination_bank is_being_reversed is_closed "
    "item_count paid_at payout_id reason retry_on returns scheduled_date state total_minor updated_at",
    "treasury_balancetransaction": "journal_key",
    "treasury_break": "expected_minor explained_by_id found_minor last_seen_at reason resolved_at",
    "treasury_platformpayout": "reason state stripe_payout_id updated_at",
}
MAY_REMOVE = {
    "api_keyedrequest",
    "payments_commissionrule",
    "people_authenticator",
    "people_budget",
    "people_recoverycode",
    "people_refreshfamily",
    "people_user",
}
MAY_CHANGE_ALL = MAY_REMOVE | {
    "audit_audit",
    "payments_tally",
    "payouts_connectedaccount",
    "treasury_watermark",
}
MAY_NOT_ADD = {"notifications_bookmark"}


@pytest.fixture(scope="module")
def as_app(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[psycopg.Connection]:
    with (
        django_db_blocker.unblock(),
        copied_database() as name,
        psycopg.connect(url_of(name), autocommit=True) as connection,
    ):
        connection.execute("SET ROLE klubba_app")
        yield connection


def test_there_are_at_least_25() -> None:
    assert len(set(FORBIDDEN)) >= 25


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_app_may_not(as_app: psycopg.Connection, statement: str) -> None:
    with pytest.raises(REFUSALS):
        as_app.execute(statement)


def test_the_refusals_are_not_of_a_connection_that_can_do_nothing(as_app: psycopg.Connection) -> None:
    assert as_app.execute("SELECT count(*) FROM ledger_posting").fetchone() == (0,)
    assert as_app.execute("SELECT current_user").fetchone() == ("klubba_app",)


def test_the_role_owns_nothing_and_is_nothing_special(as_app: psycopg.Connection) -> None:
    powers = "rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolcanlogin OR rolreplication"
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'klubba_app'"

    role = f"SELECT {powers} FROM pg_roles WHERE rolname = 'klubba_app'"
    assert as_app.execute(role).fetchone() == (False,)
    assert as_app.execute(owned).fetchone() == (0,)


def held(as_app: psycopg.Connection, view: str, columns: str, *privileges: str) -> set[tuple[str, ...]]:
    """What the role holds of these privileges on the tables of all rooms; Django's own are not ours."""
    rows = as_app.execute(
        f"""
        SELECT {columns} FROM information_schema.{view}
        WHERE grantee IN ('klubba_app', 'PUBLIC') AND privilege_type = ANY(%s)
            AND table_schema = 'public' AND table_name !~ '^(auth|django)_'
        """,
        [list(privileges)],
    )
    return set(rows.fetchall())


def tables_of(as_app: psycopg.Connection) -> set[str]:
    told = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^(auth|django)_'"
    return {name for (name,) in as_app.execute(told)}


def test_it_removes_nothing_of_the_books(as_app: psycopg.Connection) -> None:
    assert held(as_app, "role_table_grants", "table_name", "DELETE") == {(name,) for name in MAY_REMOVE}
    assert held(as_app, "role_table_grants", "table_name", "TRUNCATE", "TRIGGER", "REFERENCES") == set()


def test_it_adds_to_every_table_but_one(as_app: psycopg.Connection) -> None:
    added = {name for (name,) in held(as_app, "role_table_grants", "table_name", "INSERT")}

    assert added == tables_of(as_app) - MAY_NOT_ADD


def test_it_changes_the_columns_that_are_named_and_no_others(as_app: psycopg.Connection) -> None:
    whole = held(as_app, "role_table_grants", "table_name", "UPDATE")
    changes = held(as_app, "role_column_grants", "table_name, column_name", "UPDATE")

    assert whole == {(name,) for name in MAY_CHANGE_ALL}
    assert {change for change in changes if change[0] not in MAY_CHANGE_ALL} == {
        (name, column) for name, columns in MAY_CHANGE.items() for column in columns.split()
    }


def test_it_cannot_give_itself_what_it_lacks(as_app: psycopg.Connection) -> None:
    """PostgreSQL answers such a grant with a warning, and grants nothing."""
    as_app.execute("GRANT ALL ON ledger_posting TO klubba_app")
    held = "SELECT has_table_privilege('klubba_app', 'ledger_posting', 'UPDATE, DELETE, TRUNCATE')"

    assert as_app.execute(held).fetchone() == (False,)


def test_web_and_worker_act_as_this_role() -> None:
    assert settings.DATABASES["default"]["OPTIONS"]["assume_role"] == "klubba_app"
