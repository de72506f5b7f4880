"""The database: in step with the code, safe against a crash, kept elsewhere, and closed to who serves."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.readiness.findings import Finding, not_ready, not_told, verdict
from config.readiness.migrations import unapplied_migrations

OLDEST_POSTGRES = 15
ARCHIVED_WITHIN = timedelta(hours=1)
MOST_NAMED = 5
# What must be kept as it was written, and what may change in some columns but never go.
BOOKS = "^(ledger_|events_|payments_transaction$|payouts_payoutapproval$)"
MONEY = (
    "^(ledger|events|inbox|gateway|auctions|payouts|treasury|audit|notifications)_|^payments_(pay|tra|tal)"
)

TOO_MUCH = """
    SELECT 'DELETE or TRUNCATE on ' || relname FROM pg_class AS held
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname ~ %(money)s
        AND has_table_privilege('klubba_app', held.oid, 'DELETE, TRUNCATE, TRIGGER')
    UNION ALL
    SELECT 'UPDATE on ' || relname FROM pg_class AS held
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relname ~ %(books)s
        AND has_any_column_privilege('klubba_app', held.oid, 'UPDATE')
    UNION ALL
    SELECT 'the table ' || relname || ' as its own' FROM pg_class
    WHERE pg_get_userbyid(relowner) = 'klubba_app'
    UNION ALL
    SELECT 'membership in ' || granted.rolname FROM pg_auth_members AS membership
    JOIN pg_roles AS granted ON granted.oid = membership.roleid
    JOIN pg_roles AS member ON member.oid = membership.member AND member.rolname = 'klubba_app'
    UNION ALL
    SELECT 'the power ' || power.key FROM pg_roles, jsonb_each(to_jsonb(pg_roles)) AS power
    WHERE rolname = 'klubba_app' AND power.value = 'true'
        AND power.key NOT IN ('rolinherit', 'rolcanlogin')
    UNION ALL
    SELECT 'a sign-in of its own' FROM pg_roles WHERE rolname = 'klubba_app' AND rolcanlogin
    UNION ALL
    SELECT 'the making of tables' WHERE has_schema_privilege('klubba_app', 'public', 'CREATE')
    UNION ALL
    SELECT 'the switching off of triggers'
    WHERE has_parameter_privilege('klubba_app', 'session_replication_role', 'SET')
    ORDER BY 1"""

WHO = """
    SELECT current_user, session_user, rolsuper,
        EXISTS (SELECT FROM pg_class WHERE relname = 'ledger_posting' AND relowner = pg_roles.oid)
    FROM pg_roles WHERE rolname = session_user"""

DURABLE = """
    SELECT name FROM pg_settings
    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name"""

ARCHIVE = """
    SELECT current_setting('archive_mode') <> 'off', last_archived_time,
        coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)
    FROM pg_stat_archiver"""


def migrations() -> Iterator[Finding]:
    """The tables are those that this code was written for."""
    version = int(_row("SHOW server_version_num")[0]) // 10_000
    yield verdict(
        version >= OLDEST_POSTGRES,
        f"The database is PostgreSQL {version}.",
        f"The database is PostgreSQL {version}; Klubba needs {OLDEST_POSTGRES} or newer.",
    )
    waiting = unapplied_migrations()
    yield verdict(
        not waiting,
        "The tables are in step with the code.",
        f"{len(waiting)} migrations wait, {', '.join(waiting[:MOST_NAMED])} first: run manage.py migrate.",
    )


def role() -> Iterator[Finding]:
    """Web and worker act as `klubba_app`, which has no more than it should; no superuser signs in."""
    acts_as, signs_in_as, is_superuser, is_owner = _row(WHO)
    too_much = _column(TOO_MUCH, {"money": MONEY, "books": BOOKS})
    yield verdict(
        acts_as == "klubba_app" and not too_much,
        "Web and worker act as klubba_app, which cannot change the books.",
        f"klubba_app has what it should not: {', '.join(too_much[:MOST_NAMED])}."
        if too_much
        else f"Web and worker act as {acts_as}, not as klubba_app.",
    )
    if settings.SANDBOX_WORLD and is_superuser:
        yield not_told(f"{signs_in_as} is a superuser: the embedded PostgreSQL has nobody else.")
    elif is_superuser:
        yield not_ready(f"DATABASE_URL signs in as {signs_in_as}, a superuser: make a role that is none.")
    elif is_owner:
        yield not_told(
            f"DATABASE_URL signs in as {signs_in_as}, who owns the tables: whoever reads that address can "
            "change the books. MIGRATE_DATABASE_URL may name the owner alone."
        )


def durability() -> Iterator[Finding]:
    """What was acknowledged survives a crash."""
    off = _column(DURABLE)
    yield verdict(
        not off,
        "What PostgreSQL acknowledged survives a crash.",
        f"{', '.join(off)} is off in PostgreSQL: what was acknowledged may be lost in a crash.",
    )


def backups() -> Iterator[Finding]:
    """What the database can say of them: that its log is archived. A base backup leaves no trace in it."""
    is_on, archived_at, has_failed = _row(ARCHIVE)
    if not is_on:
        told = not_told if settings.SANDBOX_WORLD else not_ready
        yield told("archive_mode is off: PostgreSQL's log is kept nowhere else.")
    elif archived_at is None:
        yield not_ready("archive_mode is on, but nothing was archived yet.")
    else:
        when = f"{archived_at:%Y-%m-%d %H:%M} UTC"
        yield verdict(
            not has_failed and archived_at > timezone.now() - ARCHIVED_WITHIN,
            f"PostgreSQL's log is archived, lately at {when}.",
            f"PostgreSQL's log was archived at {when}, and not since: look at archive_command.",
        )
    yield not_told(
        "Whether a backup can be restored cannot be seen from here: manage.py drill proves a dump."
    )


def _row(statement: str) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple = cursor.fetchone()
    return row


def _column(statement: str, params: dict[str, str] | None = None) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [str(row[0]) for row in cursor.fetchall()]
