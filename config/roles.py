"""Who a process is in the database: the owner of the tables, or the role that may not touch the books.

And how long it may hold up others there.
"""

OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations", "check", "test"})
# Nobody waits for their answer at a screen.
WORKING_COMMANDS = frozenset({"work", "audit", "reconcile", "pay_due", "seed", "drill"})


def acts_as_owner(argv: list[str]) -> bool:
    """Only commands that change the schema are the owner; web, worker and the rest are `klubba_app`."""
    return len(argv) > 1 and argv[1] in OWNER_COMMANDS


def limits_for(argv: list[str]) -> dict[str, str]:
    """PostgreSQL's settings for a process. Whoever waits longer is better told to come again.

    A lock is held for milliseconds, and a transaction that rests for 10 s has lost its owner.
    """
    works = len(argv) > 1 and argv[1] in WORKING_COMMANDS
    return {
        "lock_timeout": "2s",
        "statement_timeout": "30s" if works else "10s",
        "idle_in_transaction_session_timeout": "10s",
        # To compile a statement takes longer than any of ours runs.
        "jit": "off",
    }
