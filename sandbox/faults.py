"""Faults on demand: what can go wrong between a client and Stripe, by count or by chance."""

import random
import re
from dataclasses import dataclass
from typing import Any

from sandbox.control_bodies import Check, check_fields, is_chance, is_text, is_whole
from sandbox.errors import StripeError, invalid
from sandbox.store import Store

RULES = "faults"
BEFORE = ("reset_before", "429", "409")
REFUSING = ("insufficient_funds", "account_disabled")
LATER = ("payout_failed", "payout_failed_after_paid")
KINDS = (
    "reset_before", "reset_after", "500_after", "429", "409", "delay", "malformed", *REFUSING, *LATER
)  # fmt: skip
RULE_FIELDS: dict[str, Check] = {
    "method": is_text,
    "path": is_text,
    "nth": is_whole,
    "probability": is_chance,
    "times": is_whole,
    "kind": lambda kind: kind in KINDS,
    "delay_ms": is_whole,
}
NOTHING: dict[str, Any] = {"seed": 0, "rules": []}


@dataclass(frozen=True)
class Fault:
    """What shall go wrong with this call."""

    kind: str
    delay_ms: int

    @property
    def comes_before(self) -> bool:
        """Whether nothing is done of the call."""
        return self.kind in BEFORE


class Script:
    """The rules, and how often each has seen a call and fired.

    A choice is made in memory and kept in the commit of the call itself, so that rules cost no commit of
    their own.
    """

    def __init__(self, store: Store) -> None:
        self._rules: dict[str, Any] = store.setting(RULES, NOTHING)

    def told(self) -> dict[str, Any]:
        """The rules with their counts."""
        return dict(self._rules)

    def put(self, store: Store, sent: dict[str, Any]) -> dict[str, Any]:
        """Replace all rules; each starts counting from nothing."""
        self._rules = _checked_script(sent)
        store.set_setting(RULES, self._rules)
        return self.told()

    def choose(self, *, method: str, path: str) -> Fault | None:
        """The first rule that wants this call fires; every rule that matches has seen it."""
        chosen = None
        for place, rule in enumerate(self._rules["rules"]):
            if not _matches(rule, method, path):
                continue
            rule["seen"] += 1
            if chosen is None and _wants(rule, self._rules["seed"], place):
                rule["fired"] += 1
                chosen = Fault(rule["kind"], int(rule.get("delay_ms", 0)))
        return chosen

    def keep(self, store: Store) -> None:
        """Write down what was counted since the last time."""
        if self._rules["rules"] and store.setting(RULES) != self._rules:
            store.set_setting(RULES, self._rules)


def _checked_script(sent: dict[str, Any]) -> dict[str, Any]:
    check_fields(sent, {"seed": is_whole, "rules": lambda rules: isinstance(rules, list)}, noun="the faults")
    rules = [_checked(rule) for rule in sent.get("rules", [])]
    return {"seed": int(sent.get("seed", 0)), "rules": [{**rule, "seen": 0, "fired": 0} for rule in rules]}


def _checked(rule: Any) -> dict[str, Any]:
    checked = check_fields(rule, RULE_FIELDS, noun="a fault rule")
    if "kind" not in checked:
        raise invalid(f"A fault rule needs a kind: {', '.join(KINDS)}.", param="kind")
    return checked


def _matches(rule: dict[str, Any], method: str, path: str) -> bool:
    """`*` stands for anything, `{id}` for one part of the address."""
    wanted = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(rule.get("path", "*")).replace(r"\*", ".*"))
    return rule.get("method", method).upper() in (method, "*") and re.fullmatch(wanted, path) is not None


def _wants(rule: dict[str, Any], seed: int, place: int) -> bool:
    """The nth matching call, or each by its own throw of the seeded dice; at most `times`."""
    if rule["fired"] >= rule.get("times", 1 if "nth" in rule else rule["seen"]):
        return False
    if "nth" in rule:
        return bool(rule["seen"] >= rule["nth"])
    return bool(random.Random(f"{seed}:{place}:{rule['seen']}").random() < rule.get("probability", 1))


def refusal_of(fault: Fault) -> Exception:
    """What a fault that comes before anything was done ends the call with."""
    if fault.kind == "429":
        return StripeError("Too many requests.", status=429, code="rate_limit", validation=True)
    if fault.kind == "409":
        return StripeError(
            "Another request with this idempotency key is in progress.",
            status=409,
            kind="idempotency_error",
            code="idempotency_key_in_use",
            validation=True,
        )
    return ConnectionResetError()


def refuse_for(kind: str, path: str) -> None:
    """The definite refusals a rule can ask for. Their answer is kept for its idempotency key.

    Raises:
        StripeError: balance_insufficient, or the code that says the account may not.
    """
    if kind == "insufficient_funds":
        raise StripeError("You have insufficient funds in your Stripe account.", code="balance_insufficient")
    if kind == "account_disabled":
        codes = {"/v1/transfers": "transfers_not_allowed", "/v1/payouts": "payouts_not_allowed"}
        code = codes.get(path.rstrip("/"))
        if code:
            raise StripeError("The account is disabled.", code=code)
        raise StripeError("The account is disabled.", status=403, code="account_invalid")
