"""SEC-14, 16, 31, 40: what is not in the code, and what Django itself finds wanting."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import get_resolver

from config.home import PROJECT
from tests.house.test_addresses import addresses_under
from tests.house.tree import product_files, text_of

SECRETS = re.compile(r"(secret|signature|password|token|ticket|digest|mac)s?$", re.IGNORECASE)
# The sandbox stands for Stripe and keeps a store of its own.
NOT_OURS = {"sandbox"}
# Each of these was read: it holds nothing that somebody sent, or, a payout's digest, nothing that is secret.
READ = {
    ("audit/looking.py", "cursor.execute"),
    ("config/drill/scratch.py", "server.execute"),
    ("config/worker.py", "listening.execute"),
    ("payouts/approving.py", "_digest(run.run_date, _preview(run.run_date, at=at)) != run.digest"),
    ("payouts/approving.py", "digest != run.digest"),
    ("payouts/approving.py", "digest == run.digest"),
    ("payouts/situations.py", "approval.digest != digest_of(situation)"),
    ("dashboards/sandbox_world.py", "settings.ENVIRONMENT.demo_password == PASSWORD_EVERYBODY_KNOWS"),
}


def built_statements(source: str) -> list[str]:
    """SQL that is put together from pieces, or that goes round the ORM's own door."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, first = node.func.attr, node.args[0] if node.args else None
        made = isinstance(first, ast.JoinedStr | ast.BinOp) or (
            isinstance(first, ast.Call) and getattr(first.func, "attr", "") == "format"
        )
        if name in ("extra", "raw") or (name in ("execute", "executemany") and made):
            found.append(ast.unparse(node.func))
    return found


def loose_comparisons(source: str) -> list[str]:
    """Secrets compared letter by letter, which tells how many were right."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            names = [getattr(side, "attr", getattr(side, "id", "")) for side in sides]
            against_a_constant = any(isinstance(side, ast.Constant) for side in sides)
            if any(map(SECRETS.search, names)) and not against_a_constant:
                found.append(ast.unparse(node))
    return found


def of_the_product() -> list[Path]:
    return [path for path in product_files() if path.parts[0] not in NOT_OURS]


def unread(rule: Callable[[str], list[str]]) -> list[tuple[str, str]]:
    """What the rule finds in the product, but for what somebody has read."""
    found = {(str(path), seen) for path in of_the_product() for seen in rule(text_of(path))}
    return sorted(found - READ)


def test_no_statement_is_put_together_from_pieces() -> None:
    assert unread(built_statements) == []


def test_secrets_are_compared_in_constant_time() -> None:
    assert unread(loose_comparisons) == []


@pytest.mark.parametrize(
    "source",
    [
        "c.execute(f'SELECT {x}')",
        "c.execute('SELECT ' + x)",
        "c.execute('{}'.format(x))",
        "q.extra(x)",
        "q.raw(x)",
    ],
)
def test_a_statement_of_pieces_is_seen(source: str) -> None:
    assert len(built_statements(source)) == 1
    assert built_statements("c.execute('SELECT %s', [x])") == []


def test_a_loose_comparison_is_seen() -> None:
    assert len(loose_comparisons("given == settings.webhook_secret")) == 1
    assert len(loose_comparisons("token != other")) == 1
    assert loose_comparisons("hmac.compare_digest(secret, given)") == []


def test_no_bypass_of_signatures_or_sign_in_is_in_the_code() -> None:
    words = re.compile(
        r"skip_?(signature|verif|auth)|bypass|verify_signature\s*=\s*False|csrf_?disable", re.I
    )
    found = {str(path): words.findall(text_of(path)) for path in of_the_product()}

    assert {path: seen for path, seen in found.items() if seen} == {}


def test_there_is_no_admin_site_and_no_debug_page() -> None:
    addresses = set(addresses_under(get_resolver()))

    assert [one for one in addresses if re.search(r"^/(admin|__debug__|static|media)", one)] == []


LIVE = {
    "SECRET_KEY": "k" * 25 + "0123456789abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "klubba.example",
    "STRIPE_SECRET_KEY": "sk_live_0123456789abcdef",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRET": "whsec_0123456789abcdef",
    "DATABASE_URL": "postgresql://klubba@127.0.0.1:1/klubba",
}


def in_the_live_world(*command: str, **changed: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")}
    env = {name: value for name, value in (env | LIVE | changed).items() if value != "UNSET"}
    argv = [sys.executable, str(PROJECT / "manage.py"), *command]
    return subprocess.run(argv, env=env, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_djangos_own_check_for_the_live_world_finds_nothing() -> None:
    checked = in_the_live_world("check", "--deploy", "--fail-level", "WARNING")

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("value", ["UNSET", "short"])
def test_without_a_real_webhook_secret_nothing_starts(value: str) -> None:
    refused = in_the_live_world("check", STRIPE_WEBHOOK_SECRET=value)

    assert refused.returncode != 0
    assert "STRIPE_WEBHOOK_SECRET" in refused.stderr + refused.stdout
    assert "Traceback" not in refused.stderr
