"""Where the tests stand before Django reads its settings: a home of their own, the sandbox, nobody's keys.

Loaded with `-p` (pyproject.toml), so that it comes first.
"""

import os
from pathlib import Path

HOME = Path(__file__).parent.parent / ".local" / "tests"
OF_THE_WORLD = ("DATABASE_URL", "MIGRATE_DATABASE_URL", "DATABASE_LISTEN_URL", "SECRET_KEY", "ALLOWED_HOSTS")

for name in [*os.environ]:
    if name in OF_THE_WORLD or name.startswith("STRIPE_"):
        del os.environ[name]
os.environ["KLUBBA_HOME"] = os.environ.get("KLUBBA_TEST_HOME", str(HOME))
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
