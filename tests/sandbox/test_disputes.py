"""Disputes: the money goes at once, the answer decides, and the fee stays paid."""

from typing import Any

import pytest

from .client import Client
from .process import SandboxProcess
from .sellers import pass_days

FEE = 15_000


@pytest.fixture
def alone(fresh: SandboxProcess) -> Client:
    """A client of a sandbox nobody else uses."""
    return Client(fresh.url)


def disputed(api: Client, card: str = "pm_card_createDispute") -> Any:
    paid = api.paid(card=card)
    (found,) = api.get("/v1/disputes", {"payment_intent": paid["id"]})["data"]
    return found


def whole(api: Client) -> int:
    balance = api.get("/v1/balance")
    return int(balance["available"][0]["amount"] + balance["pending"][0]["amount"])


def kinds(api: Client) -> list[str]:
    told = api.get("/v1/events", {"type": "charge.dispute.*", "limit": 100})["data"]
    return [one["type"].removeprefix("charge.dispute.") for one in told][::-1]


def answer(api: Client, dispute: Any, words: str, **fields: Any) -> Any:
    evidence = {"evidence": {"uncategorized_text": words}, **fields}
    return api.post(f"/v1/disputes/{dispute['id']}", evidence)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("pm_card_createDispute", "fraudulent"),
        ("pm_card_createDisputeProductNotReceived", "product_not_received"),
    ],
)
def test_a_dispute_takes_the_charge_and_a_fee(alone: Client, card: str, reason: str) -> None:
    dispute = disputed(alone, card)

    assert (dispute["status"], dispute["reason"], dispute["amount"]) == ("needs_response", reason, 1_100_000)
    (entry,) = dispute["balance_transactions"]
    assert (entry["amount"], entry["fee"], entry["net"]) == (-1_100_000, FEE, -1_115_000)
    assert (entry["type"], entry["source"], entry["reporting_category"]) == (
        "adjustment",
        dispute["id"],
        "dispute",
    )
    assert whole(alone) == -16_680 - FEE
    assert alone.get(f"/v1/charges/{dispute['charge']}")["disputed"] is True
    assert alone.refused("/v1/refunds", {"charge": dispute["charge"]})["code"] == "charge_disputed"
    assert kinds(alone) == ["created", "funds_withdrawn"]


def test_winning_evidence_brings_the_money_back(alone: Client) -> None:
    dispute = disputed(alone)

    answered = answer(alone, dispute, "winning_evidence")

    assert (answered["status"], answered["evidence_details"]["submission_count"]) == ("under_review", 1)
    after = alone.get(f"/v1/disputes/{dispute['id']}")
    assert after["status"] == "won"
    assert [one["net"] for one in after["balance_transactions"]] == [-1_115_000, 1_100_000]
    assert whole(alone) == 1_083_320 - FEE
    assert kinds(alone) == ["created", "funds_withdrawn", "updated", "closed", "funds_reinstated"]
    lines = [line["status"] for line in alone.journal() if line["type"] == "dispute"]
    assert lines == ["needs_response", "under_review", "won"]
    assert alone.post("/v1/refunds", {"charge": dispute["charge"]})["status"] == "succeeded"


def test_losing_evidence_and_closing_lose_it(alone: Client) -> None:
    losing, closing = disputed(alone), disputed(alone)

    answer(alone, losing, "losing_evidence")
    closed = alone.post(f"/v1/disputes/{closing['id']}/close")

    assert alone.get(f"/v1/disputes/{losing['id']}")["status"] == closed["status"] == "lost"
    assert whole(alone) == 2 * (-16_680 - FEE)
    assert alone.refused(f"/v1/disputes/{closing['id']}/close")["status"] == 400
    assert (
        alone.refused(f"/v1/disputes/{closing['id']}", {"evidence": {"receipt": "file_1"}})["status"] == 400
    )
    late = {"evidence": {"uncategorized_text": "winning_evidence"}}
    assert alone.refused(f"/v1/disputes/{closing['id']}", late)["param"] == "evidence"


def test_evidence_that_is_not_submitted_decides_nothing_yet(alone: Client) -> None:
    dispute = disputed(alone)

    kept = answer(alone, dispute, "winning_evidence", submit=False)
    assert (kept["status"], kept["evidence_details"]["has_evidence"]) == ("needs_response", True)
    alone.post(f"/v1/disputes/{dispute['id']}", {"submit": True})

    assert alone.get(f"/v1/disputes/{dispute['id']}")["status"] == "won"


def test_other_words_keep_the_bank_thinking(alone: Client) -> None:
    dispute = disputed(alone)

    answer(alone, dispute, "The buyer signed for it.")
    pass_days(alone, 30)

    assert alone.get(f"/v1/disputes/{dispute['id']}")["status"] == "under_review"


def test_a_deadline_that_passes_loses(alone: Client) -> None:
    dispute, inquiry = disputed(alone), disputed(alone, "pm_card_createDisputeInquiry")
    due_by = dispute["evidence_details"]["due_by"]

    alone.control("POST", "clock", {"now": due_by - 60})
    assert alone.get(f"/v1/disputes/{dispute['id']}")["status"] == "needs_response"
    alone.control("POST", "clock", {"now": due_by + 60})

    after = alone.get(f"/v1/disputes/{dispute['id']}")
    assert (after["status"], after["evidence_details"]["past_due"]) == ("lost", True)
    assert alone.get(f"/v1/disputes/{inquiry['id']}")["status"] == "warning_closed"


def test_an_inquiry_takes_no_money_and_ends_when_it_is_closed(alone: Client) -> None:
    inquiry = disputed(alone, "pm_card_createDisputeInquiry")

    assert (inquiry["status"], inquiry["is_charge_refundable"]) == ("warning_needs_response", True)
    assert (inquiry["balance_transactions"], whole(alone)) == ([], 1_083_320)
    closed = alone.post(f"/v1/disputes/{inquiry['id']}/close")
    assert closed["status"] == "warning_closed"
    assert kinds(alone) == ["created", "closed"]
    refunding = disputed(alone, "pm_card_createDisputeInquiry")
    assert alone.post("/v1/refunds", {"charge": refunding["charge"]})["amount"] == 1_100_000


def test_an_inquiry_can_grow_into_a_dispute(alone: Client) -> None:
    inquiry = disputed(alone, "pm_card_createDisputeInquiry")

    answer(alone, inquiry, "escalate_inquiry_evidence")

    after = alone.get(f"/v1/disputes/{inquiry['id']}")
    assert (after["status"], len(after["balance_transactions"])) == ("needs_response", 1)
    assert whole(alone) == -16_680 - FEE
    answer(alone, inquiry, "winning_evidence")
    assert alone.get(f"/v1/disputes/{inquiry['id']}")["status"] == "won"


def test_disputes_are_found_by_charge_and_changed_in_words(api: Client) -> None:
    dispute = disputed(api)

    after = api.post(f"/v1/disputes/{dispute['id']}", {"metadata": {"foo": "bar"}})

    assert (after["metadata"], after["status"]) == ({"foo": "bar"}, "needs_response")
    assert [one["id"] for one in api.get("/v1/disputes", {"charge": dispute["charge"]})["data"]] == [
        dispute["id"]
    ]
    listed = api.get(f"/v1/disputes/{dispute['id']}", {"expand": ["charge", "payment_intent"]})
    assert listed["charge"]["disputed"] is True
