"""Every answer has the shape that was published, and what was made reads back the same everywhere."""

from typing import Any

import pytest

from .client import Client
from .process import wait_until
from .published import defects, defects_of_object, document
from .sellers import american, arrived, bare_account
from .subjects_of_sellers import dispute, payout, refund, transfer

CARD = {"type": "card", "card": {"token": "tok_visa"}}


def make_payment_intent(api: Client) -> Any:
    return api.post("/v1/payment_intents", {"amount": 5000, "currency": "sek", "metadata": {"a": "b"}})


def make_charge(api: Client) -> Any:
    return api.get(f"/v1/charges/{api.paid()['latest_charge']}")


def make_customer(api: Client) -> Any:
    return api.post("/v1/customers", {"email": "buyer@shop.example", "name": "A Buyer"})


def make_kept_card(api: Client) -> Any:
    customer = make_customer(api)
    method = api.post("/v1/payment_methods", CARD)
    return api.post(f"/v1/payment_methods/{method['id']}/attach", {"customer": customer["id"]})


def make_balance_transaction(api: Client) -> Any:
    charge = make_charge(api)
    return api.get(f"/v1/balance_transactions/{charge['balance_transaction']}")


def make_webhook_endpoint(api: Client) -> Any:
    fields = {"url": "http://127.0.0.1:9/nobody", "enabled_events": ["charge.refunded"]}
    endpoint = api.post("/v1/webhook_endpoints", fields)
    return {name: value for name, value in endpoint.items() if name != "secret"}


def make_event(api: Client) -> Any:
    make_customer(api)
    return api.get("/v1/events", {"limit": 1})["data"][0]


def make_transfer(api: Client) -> Any:
    return transfer(api, amount=5000)


def make_payout(api: Client) -> Any:
    return api.get(payout(api))


def make_refund(api: Client) -> Any:
    return api.get(refund(api))


def make_dispute(api: Client) -> Any:
    return api.get(dispute(api))


MADE = [
    ("/v1/accounts", bare_account),
    ("/v1/transfers", make_transfer),
    ("/v1/payouts", make_payout),
    ("/v1/refunds", make_refund),
    ("/v1/disputes", make_dispute),
    ("/v1/payment_intents", make_payment_intent),
    ("/v1/charges", make_charge),
    ("/v1/customers", make_customer),
    ("/v1/payment_methods", make_kept_card),
    ("/v1/balance_transactions", make_balance_transaction),
    ("/v1/webhook_endpoints", make_webhook_endpoint),
    ("/v1/events", make_event),
]


@pytest.mark.parametrize(("path", "make"), MADE, ids=[path for path, _ in MADE])
def test_what_was_made_reads_back_the_same_by_its_id_and_in_the_list(
    api: Client, path: str, make: Any
) -> None:
    made = make(api)

    assert api.get(f"{path}/{made['id']}") == made
    assert made in api.get(path, {"limit": 100})["data"]


def test_a_reversed_payout_reads_back_the_same_on_its_account_and_is_told_as_it_is(api: Client) -> None:
    own = {"Stripe_Account": american(api)}
    paid = arrived(api, own["Stripe_Account"])

    made = api.post(f"/v1/payouts/{paid['id']}/reverse", **own)

    assert api.get(f"/v1/payouts/{made['id']}", **own) == made
    assert api.get("/v1/payouts", **own)["data"] == [made, {**paid, "reversed_by": made["id"]}]
    told = api.get("/v1/events", {"type": "payout.*", "limit": 2}, **own)["data"]
    assert [(one["type"], one["data"]["object"]["id"]) for one in told] == [
        ("payout.created", made["id"]),
        ("payout.updated", paid["id"]),
    ]
    assert [defects_of_object(one["data"]["object"], "Payout") for one in told] == [[], []]


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (make_payment_intent, "payment_intent.created"),
        (make_customer, "customer.created"),
        (make_kept_card, "payment_method.attached"),
        (make_charge, "charge.updated"),
        (make_transfer, "transfer.created"),
        (make_payout, "payout.created"),
        (make_refund, "refund.created"),
        (make_dispute, "charge.dispute.funds_withdrawn"),
    ],
    ids=["payment_intent", "customer", "payment_method", "charge", "transfer", "payout", "refund", "dispute"],
)
def test_what_was_made_is_told_as_it_is(api: Client, make: Any, kind: str) -> None:
    made = make(api)

    told = api.get("/v1/events", {"type": kind, "limit": 1})["data"][0]

    assert told["data"]["object"] == made


def test_every_event_carries_an_object_of_the_published_shape(api: Client) -> None:
    make_kept_card(api)
    api.paid()
    api.call("POST", "/v1/payment_intents", _declined())
    customer = make_customer(api)["id"]
    api.post(f"/v1/customers/{customer}", {"name": "Another"})
    api.delete(f"/v1/customers/{customer}")

    told = api.get("/v1/events", {"limit": 100})["data"]

    assert len({event["type"] for event in told}) >= 9
    for event in told:
        shape = document()["x-event-types"][event["type"]]
        assert defects_of_object(event["data"]["object"], shape) == [], event["type"]


def _declined() -> dict[str, Any]:
    card = "pm_card_visa_chargeDeclined"
    return {"amount": 5000, "currency": "sek", "confirm": True, "payment_method": card}


def test_every_state_of_an_intent_has_the_published_shape(api: Client) -> None:
    approval = api.paid(card="pm_card_authenticationRequired")
    redirected = api.paid(card="pm_card_authenticationRequired", return_url="https://shop.example/back")
    held = api.paid(capture_method="manual")
    api.post(f"/v1/payment_intents/{held['id']}/capture", {"amount_to_capture": 500})
    canceled = api.post(f"/v1/payment_intents/{make_payment_intent(api)['id']}/cancel")
    api.call("POST", "/v1/payment_intents", _declined())

    assert approval["next_action"]["type"] == "use_stripe_sdk"
    assert redirected["next_action"]["type"] == "redirect_to_url"
    assert held["status"] == "requires_capture"
    assert canceled["status"] == "canceled"
    shown = {one["status"] for one in api.get("/v1/payment_intents", {"limit": 100})["data"]}
    assert {"requires_action", "succeeded", "canceled", "requires_payment_method"} <= shown


def test_the_balance_and_the_account_have_the_published_shape(api: Client) -> None:
    assert api.get("/v1/balance")["object"] == "balance"
    assert api.get("/v1/account")["object"] == "account"


def test_an_address_stripe_does_not_have_is_a_404_in_its_words(api: Client) -> None:
    error = api.refused("/v1/nothing", method="GET")

    assert (error["status"], error["type"]) == (404, "invalid_request_error")


def test_an_operation_that_is_not_served_says_so(api: Client) -> None:
    error = api.refused("/v1/payment_intents/search", {"query": "x"}, method="GET")

    assert error["status"] == 404
    assert "not served by this sandbox" in error["message"]


def test_the_judge_itself_sees_a_missing_key_and_one_too_many(api: Client) -> None:
    intent = make_payment_intent(api)
    shape = {"$ref": "#/components/schemas/PaymentIntent"}

    assert defects({name: value for name, value in intent.items() if name != "canceled_at"}, shape)
    assert defects({**intent, "invented": 1}, shape)
    assert defects(intent, shape) == []


def test_pending_webhooks_falls_to_zero_when_all_were_taken(api: Client, shop: Any) -> None:
    api.post("/v1/customers", {"name": "Heard"})

    def taken() -> bool:
        newest = api.get("/v1/events", {"type": "customer.created", "limit": 1})["data"][0]
        return bool(newest["pending_webhooks"] == 0)

    wait_until(taken)
    assert shop.heard("customer.created")[-1]["pending_webhooks"] == 1
