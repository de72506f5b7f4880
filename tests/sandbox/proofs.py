"""How each served parameter is shown to matter, where a sample and a look at the answer are not enough."""

from typing import Any

from .subjects import customer, world

APPROVAL = {"confirm": True, "payment_method": "pm_card_authenticationRequired"}
SHOP = "https://shop.example/back"
FAR_FUTURE = 4_000_000_000

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
    "POST /v1/customers/{id} invoice_settings.default_payment_method",
}

# The answer cannot show it; the named test does.
ELSEWHERE = {
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
