"""One call of the API on its way through: who asks, for what, and with which parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox import clock
from sandbox.errors import resource_missing
from sandbox.store import Store, Stored

PLATFORM = "acct_1SandboxPlatform0"


@dataclass
class Call:
    """What a handler needs; `parameters` were checked against the contract."""

    store: Store
    account: str = PLATFORM
    ids: Mapping[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    idempotency_key: str | None = None
    publishable: bool = False
    client_secret: str | None = None
    version: str = ""
    base_url: str = ""
    delivery_delay_ms: int = 0
    fault: str | None = None

    @property
    def now(self) -> int:
        """The sandbox's time, in seconds."""
        return clock.now(self.store)

    def find(
        self, kind: str, identity: str | None = None, *, param: str = "id", even_deleted: bool = False
    ) -> Stored:
        """This account's own object of that kind.

        Raises:
            StripeError: resource_missing; 404 for the address's own id, 400 for a parameter's.
        """
        wanted = self.ids["id"] if identity is None else identity
        found = self.store.load(wanted, kind=kind)
        gone = found is not None and "deleted" in found.private and not even_deleted
        if found is None or gone or found.account != self.account:
            status = 404 if identity is None else 400
            raise resource_missing(kind, wanted, param=param, status=status)
        return found


def acting_as(call: Call, account: str) -> Call:
    """The same call, seen from another account: what it makes and tells belongs there."""
    return replace(call, account=account)


Handler = Callable[[Call], dict[str, Any]]


@dataclass(frozen=True)
class Operation:
    """A served operation: `takes` names the parameters that have an effect, dotted and without indices.

    What the contract lists and `takes` does not is refused. `also` are parameters that Stripe's own
    clients send although the published types lack them, `legacy` what only a call without a version,
    or with an older one, may send. `beyond` is all that an address takes which the kept part of the
    contract leaves out.
    """

    method: str
    path: str
    handler: Handler
    takes: frozenset[str] = frozenset()
    publishable: bool = False
    also: Mapping[str, Any] = field(default_factory=dict)
    legacy: Mapping[str, Any] = field(default_factory=dict)
    beyond: Mapping[str, Any] | None = None


def takes(*names: str) -> frozenset[str]:
    """The served parameters of an operation; `expand` always is."""
    return frozenset({"expand", *names})
