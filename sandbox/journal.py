"""The sandbox's own record of money: one line more on each change of status, never one less."""

import json
from typing import Any

from sandbox.calls import Call
from sandbox.store import Store

FIELDS = (
    "type", "id", "status", "amount", "currency", "account", "destination", "charge", "payment_intent",
    "source_transaction", "transfer", "transfer_group", "metadata", "at",
)  # fmt: skip


def write_line(call: Call, **known: Any) -> None:
    """Append a line; what does not apply to this kind of money is null."""
    told = {"account": call.account, "at": call.now, "metadata": {}, **known}
    line = {name: told.get(name) for name in FIELDS}
    call.store.execute("INSERT INTO journal (line) VALUES (?)", (json.dumps(line, ensure_ascii=False),))


def all_lines(store: Store) -> str:
    """The journal from its first line, one JSON object on each."""
    rows = store.execute("SELECT line FROM journal ORDER BY seq").fetchall()
    return "".join(f"{row[0]}\n" for row in rows)
