"""What is refused in the code itself. Each rule reads the text of one file and answers what it found."""

import ast
import re
from collections.abc import Iterator

MONEY_TABLES = "ledger|payments|payouts|auctions|events"
WRITES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update"}
DOMAIN_SIGNALS = {
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "pre_init",
    "post_init",
    "m2m_changed",
}
BROAD = {"Exception", "BaseException"}
SEA_CROSSINGS = re.compile(r"gateway\.(payment_intents|transfers|payouts|accounts|refunds|client)")
# What a gateway function that crosses begins with; those that write or read our own rows begin otherwise.
CROSSING = re.compile(
    r"(create|retrieve|fetch|find|list|update|confirm|cancel|capture|reverse|refund|send|make)_"
)
POWERS_OF_TEN = {10**power for power in range(1, 7)}

Finding = str


def broad_excepts(source: str) -> list[Finding]:
    """A failure that nobody named is nobody's to swallow."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or _names(node.type) & BROAD):
            found.append(f"line {node.lineno}: a broad except")
        if isinstance(node, ast.Call) and _name(node.func) == "suppress" and _names(*node.args) & BROAD:
            found.append(f"line {node.lineno}: a broad suppress")
    return found


def signals(source: str) -> list[Finding]:
    """What happens next stands in the verb, where it is read."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            named = {alias.name for alias in node.names}
            domain = node.module == "django.db.models.signals" and named & (DOMAIN_SIGNALS | {"*"})
            if (
                domain
                or node.module == "django.dispatch"
                or (node.module == "django.db.models" and "signals" in named)
            ):
                found.append(f"line {node.lineno}: a signal")
    return found


def ledger_writes(source: str) -> list[Finding]:
    """The books have one door, `ledger.posting`."""
    found = [
        f"line {line}: SQL that writes the ledger"
        for line in _sql(source, r"(insert into|update|delete from)", "ledger")
    ]
    for node in _calls(source):
        chain = ast.unparse(node.func)
        if (
            re.search(r"\b(Posting|Journal)(\.objects\b.*)?$", chain.rsplit(".", 1)[0])
            and _name(node.func) in WRITES
        ):
            found.append(f"line {node.lineno}: {chain} outside the ledger")
        if re.fullmatch(r"(\w+\.)*(Posting|Journal)", chain):
            found.append(f"line {node.lineno}: a {chain} made outside the ledger")
    return found


def floats_near_money(source: str) -> list[Finding]:
    """Öre are counted, never measured."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in {"float", "FloatField", "FloatFormat"}:
            found.append(f"line {node.lineno}: {ast.unparse(node.func)}()")
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_scale(node.right):
            found.append(f"line {node.lineno}: divided by {ast.unparse(node.right)}")
    return found


def deletions(source: str) -> list[Finding]:
    """A row about money is corrected by another row."""
    found = [
        f"line {line}: SQL that deletes"
        for line in _sql(source, r"(delete from|truncate( table)?)", MONEY_TABLES)
    ]
    for node in _calls(source):
        if _name(node.func) in {"delete", "_raw_delete"}:
            found.append(f"line {node.lineno}: {ast.unparse(node.func)}()")
    return found


def crossings_in_a_transaction(source: str) -> list[Finding]:
    """No call to Stripe while a transaction is open: rows would stay locked while the sea is rough."""
    tree = ast.parse(source)
    abroad = {
        (alias.asname or alias.name): node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and SEA_CROSSINGS.match(node.module or "")
        for alias in node.names
        if CROSSING.match(alias.name)
    }
    return [
        f"line {call.lineno}: {_name(call.func)} is called while a transaction is open"
        for scope in ast.walk(tree)
        if _opens_transaction(scope)
        for call in ast.walk(scope)
        if isinstance(call, ast.Call) and _name(call.func) in abroad
    ]


def untyped_signatures(source: str) -> list[Finding]:
    """Every argument and every answer has a type."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        given = node.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
        bare = [one.arg for one in arguments if one and not one.annotation and one.arg not in ("self", "cls")]
        if bare or not node.returns:
            found.append(f"line {node.lineno}: {node.name} lacks types ({', '.join(bare) or 'its answer'})")
    return found


def words_to_avoid(source: str) -> list[Finding]:
    """A second version beside the first, or a name that says nothing."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            made_by_django = isinstance(node, ast.ClassDef) and any(
                "Manager" in ast.unparse(base) for base in node.bases
            )
            if (
                re.search(r"(_new|_fixed|_old|_v\d|Helpers?|Utils?)$|(?<!^)Manager$", node.name)
                and not made_by_django
            ):
                found.append(f"line {node.lineno}: {node.name}")
    return found


def _calls(source: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _names(*nodes: ast.expr) -> set[str]:
    return {
        _name(part) for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute)
    }


def _sql(source: str, verbs: str, tables: str) -> Iterator[int]:
    pattern = re.compile(rf'\b{verbs}\s+"?({tables})_', re.IGNORECASE)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and pattern.search(node.value):
            yield node.lineno


def _is_scale(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in POWERS_OF_TEN
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)


def _opens_transaction(node: ast.AST) -> bool:
    if isinstance(node, ast.With | ast.AsyncWith):
        return any("atomic" in ast.unparse(item.context_expr) for item in node.items)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return any("atomic" in ast.unparse(decorator) for decorator in node.decorator_list)
    return False
