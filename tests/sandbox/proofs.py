"""How each served parameter is shown to matter, where a sample and a look at the answer are not enough."""

from itertools import product
from typing import Any

from .sellers import funded
from .subjects import customer, world

APPROVAL = {"confirm": True, "payment_method": "pm_card_authenticationRequired"}
SHOP = "https://shop.example/back"
BORN = {"day": 1, "month": 1, "year": 1980}
FAR_FUTURE = 4_000_000_000
MOVING = ("currency", "destination", "source_type", "method")

# What is sent on both sides of the comparison, by parameter, or by operation and parameter.
BESIDES: dict[str, dict[str, Any]] = {
    "off_session": APPROVAL,
    "error_on_requires_action": APPROVAL,
    "return_url": APPROVAL,
    "use_stripe_sdk": {**APPROVAL, "return_url": SHOP},
    "automatic_payment_methods.allow_redirects": {"automatic_payment_methods": {"enabled": True}},
    "confirm": {"payment_method": "pm_card_visa"},
    "payment_method": {"expand": ["payment_method"]},
    "POST /v1/customers payment_method": {"invoice_settings": {"default_payment_method": "pm_card_visa"}},
    "POST /v1/customers invoice_settings.default_payment_method": {"payment_method": "pm_card_visa"},
    "GET /v1/payment_methods customer": {"limit": 100},
    "POST /v1/account_links return_url": {},
    "POST /v1/disputes/{id} submit": {"evidence": {"product_description": "A chair"}},
    "settings.payouts.schedule.interval": {},
    **{f"individual.dob.{name}": {"individual": {"dob": BORN}} for name in BORN},
    **{
        f"settings.payouts.schedule.{every}_{name}": {
            "settings": {"payouts": {"schedule": {"interval": every}}}
        }
        for every, name in product(("weekly", "monthly"), ("anchor", "payout_days"))
    },
}

# What is sent on one side, where the sample would not do.
PROOFS: dict[str, Any] = {
    "amount": {"amount": 6000},
    "currency": {"currency": "eur"},
    "amount_to_capture": {"amount_to_capture": 600},
    "allowed_payment_method_types": {"allowed_payment_method_types": ["card"]},
    "automatic_payment_methods.allow_redirects": {"automatic_payment_methods": {"allow_redirects": "never"}},
    "automatic_payment_methods.enabled": {"automatic_payment_methods": {"enabled": False}},
    "confirmation_method": {"confirmation_method": "manual"},
    "payment_method": {"payment_method": "pm_card_mastercard"},
    "return_url": {"return_url": SHOP},
    "payment_method_data.type": {
        "payment_method_data": {"type": "card", "card": {"token": "tok_mastercard"}}
    },
    "card.number": {"card": {"number": "5555555555554444"}},
    "card.exp_year": {"card": {"exp_year": 2041}},
    "card.cvc": {"card": {"cvc": "123"}},
    "card.token": {"card": {"token": "tok_mastercard"}},
    "card.networks.preferred": {"card": {"networks": {"preferred": "visa"}}},
    "capture": {"capture": False},
    "POST /v1/charges/{id}/capture amount": {"amount": 600},
    "POST /v1/charges source": {"source": "tok_mastercard"},
    "url": {"url": "http://127.0.0.1:9/another"},
    "country": {"country": "DE"},
    **{f"individual.dob.{name}": {"individual": {"dob": {name: 2}}} for name in BORN},
    "settings.payouts.schedule.interval": {"settings": {"payouts": {"schedule": {"interval": "monthly"}}}},
    **{
        f"POST /v1/accounts/{{id}} capabilities.{name}.requested": {
            "capabilities": {name: {"requested": False}}
        }
        for name in ("card_payments", "transfers")
    },
    "default_currency": {"default_currency": "eur"},
    "controller.fees.payer": {"controller": {"fees": {"payer": "application"}}},
    "GET /v1/accounts/{id}/external_accounts object": {"object": "card"},
    "POST /v1/accounts/{account}/capabilities/{id} requested": {"requested": False},
    "POST /v1/refunds charge": {"charge": "ch_nobody"},
    "POST /v1/refunds payment_intent": {"payment_intent": "pi_nobody"},
    "POST /v1/disputes/{id} submit": {"submit": False},
    "POST /v1/transfers currency": {"currency": "xpf"},
    "POST /v1/transfers destination": {"destination": "acct_stranger"},
    "POST /v1/transfers source_transaction": lambda api: funded(api, amount=6000)["id"],
    "POST /v1/payouts currency": {"currency": "xpf"},
    "POST /v1/payouts destination": {"destination": "ba_stranger"},
    "arrival_date.gt": {"arrival_date": {"gt": FAR_FUTURE}},
    "arrival_date.gte": {"arrival_date": {"gte": FAR_FUTURE}},
    "GET /v1/transfers transfer_group": {"transfer_group": "group_a"},
    "GET /v1/payouts status": {"status": "canceled"},
    "POST /v1/account_links type": {"type": "account_update"},
    "POST /v1/account_links account": {"account": "acct_stranger"},
    "POST /v1/account_links return_url": {"return_url": "nowhere"},
    "POST /v1/account_links refresh_url": {"refresh_url": "nowhere"},
    "created.gt": {"created": {"gt": FAR_FUTURE}},
    "created.gte": {"created": {"gte": FAR_FUTURE}},
    "delivery_success": {"delivery_success": False},
    "api_version": {"api_version": "2026-10-28.endive"},
    "GET /v1/customers/{id}/payment_methods type": {"type": "link"},
    "POST /v1/customers payment_method": {"payment_method": "pm_card_visa"},
    "POST /v1/customers invoice_settings.default_payment_method": {
        "invoice_settings": {"default_payment_method": "pm_card_visa"}
    },
    "GET /v1/payment_methods customer": lambda api: world(api.url)["customer"],
    "POST /v1/payment_intents customer": customer,
    "POST /v1/payment_intents/{id} customer": customer,
}

# The effect is that the call is refused: the answer says why, and other tests tell the rest.
REFUSING = {
    "expand",
    "starting_after",
    "ending_before",
    "client_secret",
    "off_session",
    "error_on_requires_action",
    "amount_to_confirm",
    "POST /v1/payment_methods type",
    "POST /v1/refunds charge",
    "POST /v1/refunds payment_intent",
    *(f"POST /v1/{one} {name}" for one in ("transfers", "payouts") for name in MOVING),
    "POST /v1/account_links account",
    "POST /v1/account_links return_url",
    "POST /v1/account_links refresh_url",
    "POST /v1/account_links type",
    "POST /v1/customers/{id} invoice_settings.default_payment_method",
}

# The answer cannot show it; the named test does.
CONFIRMING = ("POST /v1/payment_intents", "POST /v1/payment_intents/{id}/confirm")
TRANSFERRED = ("funding_type", "bank_transfer.type", "bank_transfer.eu_bank_transfer.country")
ACCEPTANCE = ("type", "accepted_at", "online.ip_address", "online.user_agent")
ELSEWHERE = {
    **{
        f"POST /v1/account_links {name}": ("test_accounts", "test_the_page_tells_what_is_asked_for")
        for name in ("collect", "collection_options.fields")
    },
    "POST /v1/payment_methods sepa_debit.iban": (
        "test_debits",
        "test_a_bank_account_is_shown_by_its_last_digits",
    ),
    **{
        f"{one} payment_method_data.sepa_debit.iban": (
            "test_debits",
            "test_a_debit_the_bank_refuses_wants_another_payment_method",
        )
        for one in (*CONFIRMING, "POST /v1/payment_intents/{id}")
    },
    **{
        f"{one} payment_method_options.customer_balance.{name}": (
            "test_bank_transfers",
            "test_how_a_transfer_comes_is_told_and_checked",
        )
        for one, name in product((*CONFIRMING, "POST /v1/payment_intents/{id}"), TRANSFERRED)
    },
    **{
        f"{one} mandate_data.customer_acceptance.{name}": (
            "test_debits",
            "test_a_mandate_says_where_and_when_it_was_given",
        )
        for one, name in product(CONFIRMING, ACCEPTANCE)
    },
    "POST /v1/payment_methods/{id}/attach customer": (
        "test_payment_methods",
        "test_a_payment_method_is_kept_for_the_customer_it_was_attached_to",
    ),
    "POST /v1/webhook_endpoints connect": (
        "test_webhook_endpoints",
        "test_a_connect_endpoint_does_not_hear_the_platforms_own_events",
    ),
    "POST /v1/webhook_endpoints api_version": (
        "test_webhook_endpoints",
        "test_an_endpoint_is_told_events_in_the_contracts_version_only",
    ),
}
