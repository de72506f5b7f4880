"""Faults on demand: what can go wrong between a client and Stripe, by count or by chance."""

import random
import re
from dataclasses import dataclass
from typing import Any

from sandbox.control_bodies import Check, check_fields, is_chance, is_text, is_whole
from sandbox.errors import StripeError, invalid
from sandbox.store import Store

RULES = "faults"
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


class Script:
    """Whether there are rules at all, so that a call without any costs no look into the store."""

    def __init__(self, store: Store) -> None:
        self.is_set = bool(get_rules(store)["rules"])

    def put(self, store: Store, sent: dict[str, Any]) -> dict[str, Any]:
        """Replace all rules."""
        script = put_rules(store, sent)
        self.is_set = bool(script["rules"])
        return script


def put_rules(store: Store, sent: dict[str, Any]) -> dict[str, Any]:
    """Replace all rules; each starts counting from nothing."""
    check_fields(sent, {"seed": is_whole, "rules": lambda rules: isinstance(rules, list)}, noun="the faults")
    rules = [_checked(rule) for rule in sent.get("rules", [])]
    script = {"seed": int(sent.get("seed", 0)), "rules": [{**rule, "seen": 0, "fired": 0} for rule in rules]}
    store.set_setting(RULES, script)
    return script


def _checked(rule: Any) -> dict[str, Any]:
    checked = check_fields(rule, RULE_FIELDS, noun="a fault rule")
    if "kind" not in checked:
        raise invalid(f"A fault rule needs a kind: {', '.join(KINDS)}.", param="kind")
    return checked


def get_rules(store: Store) -> dict[str, Any]:
    """The rules, with how often each has fired."""
    return dict(store.setting(RULES, NOTHING))


def choose_fault(store: Store, *, method: str, path: str) -> Fault | None:
    """The first rule that wants this call fires; every rule that matches has seen it."""
    script = get_rules(store)
    chosen = None
    for place, rule in enumerate(script["rules"]):
        if not _matches(rule, method, path):
            continue
        rule["seen"] += 1
        if chosen is None and _wants(rule, script["seed"], place):
            rule["fired"] += 1
            chosen = Fault(rule["kind"], int(rule.get("delay_ms", 0)))
    store.set_setting(RULES, script)
    return chosen


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


def refused_by(fault: Fault) -> StripeError | None:
    """The refusal of a fault that comes before anything was done."""
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
    return None


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
