"""The states of a payment intent, and what leads from one to the next."""

import pytest

from .client import Client


def created(api: Client, **fields: object) -> str:
    return str(api.post("/v1/payment_intents", {"amount": 1_100_000, "currency": "sek", **fields})["id"])


def test_an_intent_waits_for_a_payment_method_then_for_confirmation(api: Client) -> None:
    intent = api.post("/v1/payment_intents", {"amount": 5000, "currency": "SEK"})
    assert (intent["status"], intent["currency"]) == ("requires_payment_method", "sek")
    assert intent["client_secret"].startswith(f"{intent['id']}_secret_")
    assert intent["automatic_payment_methods"] == {"allow_redirects": "always", "enabled": True}

    changed = api.post(f"/v1/payment_intents/{intent['id']}", {"payment_method": "pm_card_visa"})
    assert changed["status"] == "requires_confirmation"


def test_confirming_takes_the_money_and_names_the_charge(api: Client) -> None:
    intent = created(api, transfer_group="auction_7", metadata={"bid": "12"})

    paid = api.post(f"/v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})

    assert (paid["status"], paid["amount_received"]) == ("succeeded", 1_100_000)
    charge = api.get(f"/v1/charges/{paid['latest_charge']}")
    assert (charge["status"], charge["paid"], charge["captured"]) == ("succeeded", True, True)
    assert (charge["transfer_group"], charge["metadata"]) == ("auction_7", {"bid": "12"})
    assert charge["payment_intent"] == intent


def test_an_intent_without_a_payment_method_cannot_be_confirmed(api: Client) -> None:
    error = api.refused(f"/v1/payment_intents/{created(api)}/confirm")

    assert error["code"] == "payment_intent_unexpected_state"


def test_confirming_a_paid_intent_again_is_refused_with_the_intent_inside(api: Client) -> None:
    paid = api.paid()

    error = api.refused(f"/v1/payment_intents/{paid['id']}/confirm", {"payment_method": "pm_card_visa"})

    assert (error["status"], error["code"]) == (400, "payment_intent_unexpected_state")
    assert error["payment_intent"]["id"] == paid["id"]
    assert len(api.get("/v1/charges", {"payment_intent": paid["id"]})["data"]) == 1


def test_the_default_is_to_capture_at_once_and_book_a_moment_later(api: Client) -> None:
    paid = api.paid()

    assert paid["capture_method"] == "automatic_async"
    updated = api.get("/v1/events", {"type": "charge.updated", "limit": 1})["data"][0]
    assert updated["data"]["object"]["id"] == paid["latest_charge"]
    assert updated["data"]["previous_attributes"] == {"balance_transaction": None}
    assert updated["data"]["object"]["balance_transaction"].startswith("txn_")


def test_capturing_automatically_books_before_the_success_is_told(api: Client) -> None:
    paid = api.paid(capture_method="automatic")

    succeeded = api.get("/v1/events", {"type": "charge.succeeded", "limit": 1})["data"][0]
    assert succeeded["data"]["object"]["id"] == paid["latest_charge"]
    assert api.get(f"/v1/charges/{paid['latest_charge']}")["balance_transaction"].startswith("txn_")


def test_an_older_version_captures_synchronously_by_default(api: Client) -> None:
    paid = api.paid(capture_method="automatic_async")
    older = api.post("/v1/payment_intents", {"amount": 5000, "currency": "sek"}, Stripe_Version="2023-08-16")

    assert (paid["capture_method"], older["capture_method"]) == ("automatic_async", "automatic")


def test_a_held_amount_is_captured_in_part_and_the_rest_is_let_go(api: Client) -> None:
    held = api.paid(capture_method="manual")
    assert (held["status"], held["amount_capturable"]) == ("requires_capture", 1_100_000)

    taken = api.post(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 400_000})

    assert (taken["status"], taken["amount_received"], taken["amount_capturable"]) == (
        "succeeded",
        400_000,
        0,
    )
    charge = api.get(f"/v1/charges/{taken['latest_charge']}", {"expand": ["balance_transaction"]})
    assert (charge["amount_captured"], charge["amount_refunded"]) == (400_000, 700_000)
    assert charge["balance_transaction"]["amount"] == 400_000


@pytest.mark.parametrize("amount", [0, -1, 1_100_001])
def test_more_than_is_held_or_nothing_cannot_be_captured(api: Client, amount: int) -> None:
    held = api.paid(capture_method="manual")

    error = api.refused(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": amount})

    assert error["param"] == "amount_to_capture"


def test_an_intent_that_holds_nothing_cannot_be_captured(api: Client) -> None:
    error = api.refused(f"/v1/payment_intents/{created(api)}/capture")

    assert error["code"] == "payment_intent_unexpected_state"


@pytest.mark.parametrize("card", [None, "pm_card_visa", "pm_card_authenticationRequired"])
def test_an_intent_that_is_not_paid_can_be_canceled(api: Client, card: str | None) -> None:
    intent = created(api, **({"payment_method": card} if card else {}))
    if card == "pm_card_authenticationRequired":
        api.post(f"/v1/payment_intents/{intent}/confirm")

    canceled = api.post(f"/v1/payment_intents/{intent}/cancel", {"cancellation_reason": "abandoned"})

    assert (canceled["status"], canceled["cancellation_reason"]) == ("canceled", "abandoned")
    assert canceled["canceled_at"] is not None
    again = api.refused(f"/v1/payment_intents/{intent}/confirm", {"payment_method": "pm_card_visa"})
    assert again["code"] == "payment_intent_unexpected_state"


def test_canceling_lets_a_held_amount_go_and_books_nothing(api: Client) -> None:
    held = api.paid(capture_method="manual")
    before = api.get("/v1/balance")

    api.post(f"/v1/payment_intents/{held['id']}/cancel")

    charge = api.get(f"/v1/charges/{held['latest_charge']}")
    assert (charge["captured"], charge["refunded"], charge["balance_transaction"]) == (False, True, None)
    assert api.get("/v1/balance") == before
    statuses = [line["status"] for line in api.journal() if line["id"] == charge["id"]]
    assert statuses == ["uncaptured", "canceled"]


def test_a_paid_intent_is_never_canceled(api: Client) -> None:
    error = api.refused(f"/v1/payment_intents/{api.paid()['id']}/cancel")

    assert (error["status"], error["code"]) == (400, "payment_intent_unexpected_state")


def test_the_amount_of_a_paid_intent_stays_but_its_description_may_change(api: Client) -> None:
    paid = api.paid()["id"]

    error = api.refused(f"/v1/payment_intents/{paid}", {"amount": 1})
    changed = api.post(f"/v1/payment_intents/{paid}", {"description": "A lamp", "metadata": {"a": "1"}})

    assert error["code"] == "payment_intent_unexpected_state"
    assert (changed["description"], changed["metadata"]) == ("A lamp", {"a": "1"})


def test_metadata_is_merged_and_an_empty_value_takes_away(api: Client) -> None:
    intent = created(api, metadata={"a": "1", "b": "2"})

    merged = api.post(f"/v1/payment_intents/{intent}", {"metadata": {"a": "", "c": "3"}})
    emptied = api.post(f"/v1/payment_intents/{intent}", {"metadata": ""})

    assert (merged["metadata"], emptied["metadata"]) == ({"b": "2", "c": "3"}, {})


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"amount": "1.5"}, "parameter_invalid_integer", "amount"),
        ({"amount": ""}, "parameter_invalid_empty", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": -300}, "parameter_invalid_integer", "amount"),
        ({"amount": 299}, "amount_too_small", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"currency": "zzz"}, None, "currency"),
        ({"capture_method": "later"}, None, "capture_method"),
        ({"confirm": "yes"}, None, "confirm"),
        ({"metadata": "text"}, None, "metadata"),
        ({"metadata": {"k" * 41: "v"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
        ({"shipping": {"address": {"city": "Lund"}}}, "parameter_missing", "shipping[name]"),
        ({"shipping": {"zork": 1}}, "parameter_unknown", "shipping[zork]"),
        ({"off_session": True}, None, "off_session"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"payment_method": "pm_nobody"}, "resource_missing", "payment_method"),
        ({"transfer_data": {"destination": "acct_x"}}, None, "transfer_data[destination]"),
    ],
)
def test_what_cannot_be_is_refused_with_its_parameter(
    api: Client, fields: dict[str, object], code: str | None, param: str
) -> None:
    error = api.refused("/v1/payment_intents", {"amount": 5000, "currency": "sek", **fields})

    assert (error["status"], error["type"]) == (400, "invalid_request_error")
    assert (error.get("code"), error["param"]) == (code, param)


@pytest.mark.parametrize("missing", ["amount", "currency"])
def test_amount_and_currency_are_needed(api: Client, missing: str) -> None:
    fields = {name: value for name, value in {"amount": 5000, "currency": "sek"}.items() if name != missing}

    error = api.refused("/v1/payment_intents", fields)

    assert (error["code"], error["param"]) == ("parameter_missing", missing)


def test_three_decimals_end_in_zero_and_yen_have_none(api: Client) -> None:
    error = api.refused("/v1/payment_intents", {"amount": 1001, "currency": "kwd"})

    assert error["param"] == "amount"
    assert api.post("/v1/payment_intents", {"amount": 1010, "currency": "kwd"})["amount"] == 1010
    assert api.post("/v1/payment_intents", {"amount": 51, "currency": "jpy"})["amount"] == 51


def test_the_old_name_for_payment_method_types_is_for_older_versions_only(api: Client) -> None:
    fields = {"amount": 5000, "currency": "sek", "payment_method_types": ["card"]}

    without_version = api.post("/v1/payment_intents", fields)
    older = api.post("/v1/payment_intents", fields, Stripe_Version="2024-06-20")
    current = api.refused("/v1/payment_intents", fields, Stripe_Version="2026-10-28.endive")

    assert without_version["automatic_payment_methods"] is None
    assert older["payment_method_types"] == ["card"]
    assert (current["code"], current["param"]) == ("parameter_unknown", "payment_method_types")


def test_a_payment_method_type_other_than_card_is_not_enabled(api: Client) -> None:
    fields = {"amount": 5000, "currency": "sek", "allowed_payment_method_types": ["klarna"]}

    assert api.refused("/v1/payment_intents", fields)["param"] == "allowed_payment_method_types"


def test_a_failed_creation_leaves_no_intent_behind(api: Client) -> None:
    before = api.get("/v1/payment_intents", {"limit": 1})["data"]

    api.refused("/v1/payment_intents", {"amount": 5000, "currency": "sek", "expand": ["nonsense"]})

    assert api.get("/v1/payment_intents", {"limit": 1})["data"] == before
