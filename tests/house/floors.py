"""Who may look at whom."""

import ast
from collections.abc import Iterator

FLOOR_1 = {"people", "ledger", "events", "inbox", "gateway"}
BELOW_4 = {"money", *FLOOR_1, "auctions", "payouts"}
FLOOR_5 = {"notifications", "treasury", "audit", "insights"}

MAY_LOOK_AT: dict[str, set[str]] = {
    "money": set(),
    **{room: {"money"} for room in FLOOR_1},
    "auctions": {"events", "money", "people"},
    "payouts": {"money", *FLOOR_1},
    "payments": BELOW_4,
    **{room: BELOW_4 | {"payments"} for room in FLOOR_5},
    **{room: BELOW_4 | {"payments"} | FLOOR_5 for room in ("api", "dashboards")},
    "config": BELOW_4 | {"payments"} | FLOOR_5 | {"api", "dashboards"},
    "sandbox": set(),
}


def forbidden_looks(source: str, room: str) -> list[str]:
    """Imports upward, sideways, into the sandbox or out of it, however they are written."""
    allowed = MAY_LOOK_AT[room] | {room}
    return [
        f"line {line}: {room} may not look at {seen}"
        for line, seen in rooms_seen_in(source)
        if seen in MAY_LOOK_AT and seen not in allowed
    ]


def rooms_seen_in(source: str) -> Iterator[tuple[int, str]]:
    """Each room named by an import, by `import_module` or by `get_model`, with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.lineno, (node.module or "").split(".")[0]
        elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "get_model", "__import__"}:
            yield from ((node.lineno, _first_word(argument)) for argument in node.args[:1])


def hidden_imports(source: str) -> list[str]:
    """Imports inside a function or a class, where no reader looks for them."""
    tree = ast.parse(source)
    scopes = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    inside = [child for scope in ast.walk(tree) if isinstance(scope, scopes) for child in ast.walk(scope)]
    lines = {node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)}
    return [f"line {line}: an import that is not at the top" for line in sorted(lines)]


def stripe_imports(source: str) -> list[str]:
    """Only the gateway knows Stripe's library."""
    return [f"line {line}: stripe is imported" for line, seen in rooms_seen_in(source) if seen == "stripe"]


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _first_word(node: ast.expr) -> str:
    return str(node.value).split(".")[0] if isinstance(node, ast.Constant) else ""
