#!/usr/bin/env python3
"""The one lever of Klubba. Without arguments it lists what it does."""

import sys

if sys.version_info < (3, 11):
    sys.exit("Klubba needs Python 3.11 or newer, and this is %d.%d." % sys.version_info[:2])

try:
    from config.lever import pull
except ImportError as error:
    if (error.name or "").split(".")[0] not in ("django", "psycopg", "psutil"):
        raise
    sys.exit("%s is not installed for this Python: `make demo` installs it into .venv." % error.name)

if __name__ == "__main__":
    sys.exit(pull(sys.argv))
