"""What the rooms below refuse stands beside the form in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from dashboards.refusals import SENTENCES, written_refusal
from gateway.client import StripeAway, StripeRefused
from payouts.holding import HoldRefused

PROJECT = Path(__file__).parents[2]
ASKED_OF_PAGES = {
    "HoldRefused",
    "NotHeld",
    "ReversalRefused",
    "RunRefused",
    "PolicyRefused",
    "DrawRefused",
    "BreakRefused",
}


def refusals_in(source: str) -> Iterator[str]:
    """The sentences of every refusal that is raised; of a code and a sentence, the sentence."""
    tree = ast.parse(source)
    named = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            name = ast.unparse(node.exc.func)
            told = node.exc.args[-1] if node.exc.args else None
            if isinstance(told, ast.Name):
                told = named.get(told.id)
            if name in ASKED_OF_PAGES and isinstance(told, ast.Constant):
                yield str(told.value)


def raised() -> set[str]:
    paths = [path for room in ("payouts", "treasury") for path in (PROJECT / room).glob("*.py")]
    return {sentence for path in paths for sentence in refusals_in(path.read_text())}


def test_every_refusal_is_known_and_none_is_for_nothing() -> None:
    assert raised() == set(SENTENCES)


def test_a_refusal_in_code_is_found() -> None:
    source = 'def f():\n    raise RunRefused("code", "A sentence.")\n    raise Other("Not this.")\n'

    assert list(refusals_in(source)) == ["A sentence."]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_it_is_put_into_swedish(sentence: str) -> None:
    with translation.override("sv"):
        assert written_refusal(HoldRefused(sentence)) != sentence


def test_what_stripe_does_is_told_without_its_words() -> None:
    with translation.override("en"):
        refused = written_refusal(StripeRefused(code="balance_insufficient", http_status=400))
        assert refused == "Stripe refused (balance_insufficient)."
        assert "look again" in written_refusal(StripeAway("reset"))
