"""Every operation the sandbox serves. A new resource is a new file and a line here."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox import (
    account_links,
    accounts,
    balance,
    bank_accounts,
    bank_transfers,
    charges,
    customers,
    direct_charges,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payout_reversals,
    payouts,
    refunds,
    transfer_reversals,
    transfers,
    webhook_endpoints,
)
from sandbox.calls import Operation
from sandbox.contract import document, parameters_of

RESOURCES = (
    account_links,
    accounts,
    balance,
    bank_accounts,
    bank_transfers,
    charges,
    customers,
    direct_charges,
    disputes,
    events,
    payment_intents,
    payment_methods,
    payout_reversals,
    payouts,
    refunds,
    transfer_reversals,
    transfers,
    webhook_endpoints,
)
SERVED = tuple(operation for resource in RESOURCES for operation in resource.OPERATIONS)


@dataclass(frozen=True)
class Route:
    """An address of the contract, with the operation behind it if this sandbox serves it."""

    method: str
    pattern: re.Pattern[str]
    operation: Operation | None


def _routes() -> list[Route]:
    """The contract's addresses and those beyond; the ones without a variable part come first."""
    served = {(operation.method, operation.path): operation for operation in SERVED}
    known = [(method.upper(), path) for path, methods in document()["paths"].items() for method in methods]
    known += [(operation.method, operation.path) for operation in SERVED if operation.beyond]
    return [
        Route(method, _pattern(path), served.get((method, path)))
        for method, path in sorted(known, key=lambda one: one[1].count("{"))
    ]


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path)) + r"/?\Z")


ROUTES = _routes()


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of an address, and the ids inside it."""
    for route in ROUTES:
        matched = route.pattern.match(path)
        if matched and route.method == method:
            return route, matched.groupdict()
    return None


def schema_of(operation: Operation, *, legacy: bool) -> dict[str, Any]:
    """What an operation's parameters are checked against."""
    schema = operation.beyond or parameters_of(operation.method, operation.path)
    older = operation.legacy if legacy else {}
    return {**schema, "properties": {**schema.get("properties", {}), **operation.also, **older}}
