"""Who a process is in the database: the owner of the tables, or the role that may not touch the books."""

OWNER_COMMANDS = frozenset({"migrate", "makemigrations", "sqlmigrate", "showmigrations", "check", "test"})


def acts_as_owner(argv: list[str]) -> bool:
    """Only commands that change the schema are the owner; web, worker and the rest are `klubba_app`."""
    return len(argv) > 1 and argv[1] in OWNER_COMMANDS
