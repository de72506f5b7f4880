"""Each parameter of each operation has an effect or is refused: none is taken and ignored."""

import importlib
import json
import re
from typing import Any

import pytest

from .client import Client
from .proofs import BESIDES, ELSEWHERE, PROOFS, REFUSING
from .published import document
from .samples import TOLD, leaves, parameters_of
from .subjects import DESCRIBED
from .subjects import SUBJECTS as FIRST
from .subjects_of_sellers import NEVER_WORKS, SUBJECTS_OF_SELLERS

SUBJECTS = {**FIRST, **SUBJECTS_OF_SELLERS}
NAMES = [f"{verb.upper()} {path}" for path, verbs in document()["paths"].items() for verb in verbs]
ID = re.compile(r"\b(pi|ch|pm|cus|txn|evt|we|req|acct|ba|link|tr|trr|py|pyr|po|re|dp)_\w+")
PASSING = {
    "created",
    "available_on",
    "capture_before",
    "canceled_at",
    "client_secret",
    "secret",
    "invoice_prefix",
    "expires_at",
    "requested_at",
    "arrival_date",
    "due_by",
}
WITH_ANSWERS = [name for name in SUBJECTS if not name.startswith("DELETE") and name not in NEVER_WORKS]
Fields = dict[str, Any]


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SUBJECTS])
def test_an_operation_without_a_subject_here_is_not_served(api: Client, name: str) -> None:
    method, path = name.split(" ")

    answer = api.call(method, re.sub(r"\{\w+\}", "x", path), {"query": "x"} if "search" in path else None)

    assert answer.status_code == 404
    assert "not served by this sandbox" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", list(SUBJECTS))
def test_the_subject_of_an_operation_works(api: Client, name: str) -> None:
    subject = SUBJECTS[name]

    answer = api.call(name.split(" ")[0], subject.address(api), subject.needed(api), **subject.headers(api))

    assert answer.status_code == (400 if name in NEVER_WORKS else 200)


@pytest.mark.parametrize("name", WITH_ANSWERS)
def test_every_parameter_has_an_effect_or_is_refused(api: Client, name: str) -> None:
    ignored = [
        dotted
        for dotted, value in leaves(parameters_of(*name.split(" ")))
        if not _is_refused(api, name, dotted, value) and not _has_effect(api, name, dotted, value)
    ]

    assert ignored == [], ignored


@pytest.mark.parametrize("name", list(SUBJECTS))
def test_a_parameter_that_is_not_stripes_is_unknown(api: Client, name: str) -> None:
    method, subject = name.split(" ")[0], SUBJECTS[name]

    error = api.refused(
        subject.address(api), {**subject.needed(api), "zork": 1}, method=method, **subject.headers(api)
    )

    assert (error["status"], error["code"], error["param"]) == (400, "parameter_unknown", "zork")


@pytest.mark.parametrize(("module", "test"), ELSEWHERE.values())
def test_the_tests_that_are_referred_to_exist(module: str, test: str) -> None:
    assert hasattr(importlib.import_module(f".{module}", __package__), test)


def _is_refused(api: Client, name: str, dotted: str, value: Fields) -> bool:
    """Refused in so many words, with its name; an object that can hold nothing refuses what is inside."""
    fields = together(SUBJECTS[name].needed(api), value)
    answer = api.call(name.split(" ")[0], re.sub(r"\{\w+\}", "x", name.split(" ")[1]), fields)
    error = answer.json().get("error", {})
    names_it = str(error.get("param", "")).startswith(dotted.split(".")[0])
    holds_nothing = error.get("code") == "parameter_unknown" and error["param"].endswith(f"[{TOLD}]")
    return names_it and (holds_nothing or "not supported by this sandbox" in error.get("message", ""))


def _has_effect(api: Client, name: str, dotted: str, value: Fields) -> bool:
    """The answer with it differs from the answer without."""
    if f"{name} {dotted}" in ELSEWHERE:
        return True
    proof = PROOFS.get(f"{name} {dotted}", PROOFS.get(dotted, value))
    proof = {dotted: proof(api)} if callable(proof) else proof
    if dotted.startswith("payment_method_data."):
        proof = together(proof, {"payment_method_data": {"type": "card"}})
    base = together(SUBJECTS[name].needed(api), _besides(name, dotted, value))
    without, told = _shown(api, name, base), _shown(api, name, together(base, proof))
    may_refuse = bool(REFUSING & {dotted, f"{name} {dotted}"})
    if told["status"] != 200 and not may_refuse:
        return False
    if without["status"] != 200 and proof is value:
        return TOLD in json.dumps(told)
    return without != told


def _besides(name: str, dotted: str, value: Fields) -> Fields:
    """What the parameter needs around it, without itself."""
    if dotted == "payment_method_data.type":
        return {"expand": ["payment_method"]}
    if dotted.startswith("payment_method_data."):
        return {"payment_method_data": DESCRIBED, "expand": ["payment_method"]}
    known = BESIDES.get(f"{name} {dotted}", BESIDES.get(dotted))
    if known is not None:
        confirming = name.endswith("/confirm")
        return {key: one for key, one in known.items() if not (confirming and key == "confirm")}
    return _without(value, dotted.split("."))


def _without(value: Any, steps: list[str]) -> Any:
    """The sample with its leaf taken out, and nothing empty left behind."""
    if isinstance(value, list):
        return [_without(one, steps) for one in value]
    kept = {key: one for key, one in value.items() if key != steps[0]}
    if len(steps) > 1:
        inner = _without(value[steps[0]], steps[1:])
        kept |= {steps[0]: inner} if inner else {}
    return kept


def together(one: Any, other: Any) -> Any:
    """Both dicts, the second winning, all the way down."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{key: together(one.get(key), value) for key, value in other.items()}}


def _shown(api: Client, name: str, fields: Fields) -> Any:
    """The answer without what differs from call to call anyway."""
    subject = SUBJECTS[name]
    answer = api.call(name.split(" ")[0], subject.address(api), fields, **subject.headers(api))
    return {"status": answer.status_code, "body": steady(answer.json())}


def steady(value: Any) -> Any:
    """Ids are told by their kind only, and times not at all."""
    if isinstance(value, dict):
        return {key: steady(inner) for key, inner in value.items() if key not in PASSING}
    if isinstance(value, list):
        return [steady(one) for one in value]
    return ID.sub(r"\1_", value) if isinstance(value, str) else value
