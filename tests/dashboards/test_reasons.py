"""Why something waits or was stopped is told in the reader's language, whoever wrote it down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from dashboards.reasons import SENTENCES, written_reason
from inbox.models import Message
from payouts.arriving import record_payout_failed
from payouts.models import PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast, deliver, event_of
from tests.dashboards.reading import Reader
from tests.payouts.moving import DUE, account_of, an_account, facts, in_the_bank, sales_of

PROJECT = Path(__file__).parents[2]
ROOMS = ("payments", "payouts", "inbox", "gateway", "audit")
TELLERS = {"quarantine", "ignore", "NotReadable", "_wait"}
JUDGES = {"disagreement", "why_not"}


def sentences_of(source: str) -> Iterator[str]:
    """Every reason the code writes down, with `thing` in place of what it names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) in TELLERS:
            yield from _told(node.args)
        elif isinstance(node, ast.keyword) and node.arg == "reason":
            yield from _told([node.value])
        elif isinstance(node, ast.Assign) and any("reason" in ast.unparse(at) for at in node.targets):
            yield from _told(node.value.elts if isinstance(node.value, ast.Tuple) else [node.value])
        elif isinstance(node, ast.FunctionDef) and node.name in JUDGES:
            yield from _told([back.value for back in ast.walk(node) if isinstance(back, ast.Return)])


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rsplit(".", 1)[-1]


def _told(values: list[ast.expr | None]) -> Iterator[str]:
    for value in values:
        if isinstance(value, ast.Call) and _name(value.func) == "gettext_noop":
            yield from _told(list(value.args))
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
            yield value.value
        if isinstance(value, ast.JoinedStr):
            yield "".join(p.value if isinstance(p, ast.Constant) else "thing" for p in value.values)


def written_down() -> list[str]:
    """What only joins two things, such as a payout and what was found amiss, has no words to put."""
    paths = [path for room in ROOMS for path in sorted((PROJECT / room).glob("*.py"))]
    found = [sentence for path in paths for sentence in sentences_of(path.read_text())]
    return [sentence for sentence in found if sentence.replace("thing", "").strip(": ")]


def test_every_reason_the_code_writes_down_is_known_and_put_into_swedish() -> None:
    assert len(written_down()) >= 15
    with translation.override("sv"):
        unknown = [sentence for sentence in written_down() if written_reason(sentence) in (None, sentence)]
    assert unknown == []


def test_a_reason_in_code_is_found() -> None:
    source = 'def f(m):\n    m.quarantine(f"{1} is new.")\n    g(reason="Not known here.")\n'

    assert list(sentences_of(source)) == ["thing is new.", "Not known here."]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_english_stays_as_it_was_written(sentence: str) -> None:
    told = sentence.replace("%(", "").replace(")s", "")

    with translation.override("en"):
        assert written_reason(told) == told


def test_what_it_names_is_carried_over() -> None:
    with translation.override("sv"):
        assert written_reason("The currency is EUR; the payment is in SEK.") == (
            "Valutan är EUR; betalningen är i SEK."
        )
        assert written_reason("The bank sent it back (account_closed).") == (
            "Banken skickade tillbaka den (kontot är avslutat)."
        )
        assert written_reason("The bank sent it back (brand_new).") == (
            "Banken skickade tillbaka den (brand_new)."
        )


def test_a_strangers_sentence_is_marked_as_english(olga: Reader) -> None:
    deliver(event_of("price.updated", {"id": "p"}))
    Message.objects.update(state="received", attempts=1, reason="ValueError: <b>no</b>")
    page = olga.get("/operator/webhooks/", **{"Accept-Language": "sv"})

    assert '<span class="code" lang="en">ValueError: &lt;b&gt;no&lt;/b&gt;</span>' in page.html


def test_a_seller_reads_why_the_bank_sent_it_back_and_what_to_do(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    payout = in_the_bank(PayoutSchedule.objects.get())
    closed = facts(payout.payout, "failed", failure_code="account_closed")
    record_payout_failed(closed, account=account_of(payout), at=DUE)
    page = saga.get(f"/payouts/{PayoutSchedule.objects.get().pk}/", **{"Accept-Language": "sv"})

    assert (
        "Banken skickade tillbaka den (kontot är avslutat). Din tur. Kontrollera dina bankuppgifter"
        in page.text
    )
    assert "/seller/bank/" in page.links and "The bank" not in page.text


def test_a_payout_that_waits_for_its_seller_does_not_say_that_it_leaves(cast: Cast, saga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    an_account(cast.saga, payouts_enabled=False)
    head = saga.get(f"/payouts/{PayoutSchedule.objects.get().pk}/").text.split("Why this day")[0]

    assert "Planned for" in head and "Leaves" not in head
    assert "Stripe needs more from you before it can pay you out. Your turn. Check your bank details" in head


def test_a_seller_is_not_told_what_was_not_written_for_them(cast: Cast, saga: Reader, olga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 1)
    PayoutSchedule.objects.update(state="held", reason="looks like fraud")
    path = f"/payouts/{PayoutSchedule.objects.get().pk}/"

    assert "It is being reviewed." in saga.get(path).text and "fraud" not in saga.get(path).html
    assert "Leaves" not in saga.get(path).text.split("Why this day")[0]
