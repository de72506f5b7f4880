"""What an account is made of, and how sent parameters change it."""

import re
from typing import Any

from sandbox.amounts import check_currency
from sandbox.calls import Call
from sandbox.errors import invalid
from sandbox.identities import random_letters
from sandbox.metadata import copy_sent, merged, unset_if_empty

COUNTRY = re.compile(r"\A[A-Z]{2}\Z")
CURRENCY_OF = {
    "SE": "sek", "NO": "nok", "DK": "dkk", "GB": "gbp", "US": "usd", "CH": "chf", "PL": "pln", "CZ": "czk",
    "HU": "huf", "RO": "ron", "CA": "cad", "AU": "aud", "NZ": "nzd", "JP": "jpy", "SG": "sgd", "HK": "hkd",
}  # fmt: skip
SERVED_CAPABILITIES = ("card_payments", "transfers")
PROFILE = ("mcc", "name", "product_description", "support_email", "support_phone", "support_url", "url")
SCHEDULE = (
    "delay_days", "interval", "monthly_anchor", "monthly_payout_days", "weekly_anchor", "weekly_payout_days"
)  # fmt: skip
MINIMUM_DELAY_DAYS, ORDINARY_DELAY_DAYS = 2, 7
CHANGED = (
    *(f"business_profile.{name}" for name in PROFILE),
    "business_type",
    *(f"capabilities.{name}.requested" for name in SERVED_CAPABILITIES),
    "company.name",
    "company.phone",
    "default_currency",
    "email",
    "external_account",
    "metadata",
    "settings.payments.statement_descriptor",
    "settings.payouts.debit_negative_balances",
    *(f"settings.payouts.schedule.{name}" for name in SCHEDULE),
    "settings.payouts.statement_descriptor",
    *(f"tos_acceptance.{name}" for name in ("date", "ip", "service_agreement", "user_agent")),
)  # fmt: skip
CHOSEN_ONCE = (
    "controller.fees.payer",
    "controller.losses.payments",
    "controller.requirement_collection",
    "controller.stripe_dashboard.type",
    "country",
    "type",
)

# Who pays fees, who bears losses, who collects what is required, and which dashboard there is.
CONTROLLERS = {
    "standard": ("account", "stripe", "stripe", "full"),
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
}


def currency_of(country: str) -> str:
    """The currency people of a country are paid in."""
    return CURRENCY_OF.get(country, "eur")


def new_account(call: Call) -> dict[str, Any]:
    """An account nobody has filled in yet."""
    sent = call.parameters
    country = sent.get("country", "SE")
    if not COUNTRY.match(country):
        raise invalid(f"Country '{country}' is unknown. Two capital letters are needed.", param="country")
    if "type" in sent and "controller" in sent:
        raise invalid("Give either type or controller.", param="controller")
    return {
        "id": f"acct_1{random_letters(15)}",
        "object": "account",
        "business_profile": {**dict.fromkeys(PROFILE), **NO_PROFILE},
        "business_type": None,
        "capabilities": {},
        "charges_enabled": False,
        "controller": _controller(sent),
        "country": country,
        "created": call.now,
        "default_currency": currency_of(country),
        "details_submitted": False,
        "email": None,
        "external_accounts": {},
        "future_requirements": no_requirements(),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": no_requirements(),
        "settings": new_settings(interval="daily"),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": "none" if "controller" in sent else sent.get("type", "standard"),
    }


NO_PROFILE = dict.fromkeys(
    ("minority_owned_business_designation", "specified_commercial_transactions_act_url", "support_address")
)


def _controller(sent: dict[str, Any]) -> dict[str, Any]:
    fees, losses, collection, dashboard = CONTROLLERS[sent.get("type", "standard")]
    wanted = sent.get("controller", {})
    return {
        "type": "application",
        "is_controller": True,
        "fees": {"payer": wanted.get("fees", {}).get("payer", fees)},
        "losses": {"payments": wanted.get("losses", {}).get("payments", losses)},
        "requirement_collection": wanted.get("requirement_collection", collection),
        "stripe_dashboard": {"type": wanted.get("stripe_dashboard", {}).get("type", dashboard)},
    }


def no_requirements() -> dict[str, Any]:
    """Nothing is asked for."""
    lists = ("alternatives", "currently_due", "errors", "eventually_due", "past_due", "pending_verification")
    return {**{name: [] for name in lists}, "current_deadline": None, "disabled_reason": None}


def new_settings(*, interval: str) -> dict[str, Any]:
    """Settings nobody has changed yet, paying out at that interval."""
    descriptor = ("statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    return {
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_payments": dict.fromkeys(("statement_descriptor_prefix", *descriptor)),
        "dashboard": {"display_name": None, "timezone": "Europe/Stockholm"},
        "payments": dict.fromkeys(
            (
                "statement_descriptor",
                "statement_descriptor_kana",
                "statement_descriptor_kanji",
                *descriptor,
            )
        ),
        "payouts": {
            "debit_negative_balances": False,
            "schedule": {"delay_days": ORDINARY_DELAY_DAYS, "interval": interval},
            "statement_descriptor": None,
        },
    }


def apply_sent(call: Call, account: dict[str, Any]) -> dict[str, Any]:
    """The account with all that was sent, of create and update alike; its bank account comes by itself."""
    sent = call.parameters
    after = {**account, "metadata": merged(account["metadata"], sent.get("metadata"))}
    copy_sent(after, sent, "business_type", "email")
    if "default_currency" in sent:
        after["default_currency"] = check_currency(sent["default_currency"])
    if "business_profile" in sent:
        given = {name: unset_if_empty(value) for name, value in sent["business_profile"].items()}
        after["business_profile"] = {**account["business_profile"], **given}
    if "company" in sent:
        after["company"] = {**account.get("company", {}), **sent["company"]}
    if "tos_acceptance" in sent:
        after["tos_acceptance"] = {**account["tos_acceptance"], **sent["tos_acceptance"]}
    if "settings" in sent:
        after["settings"] = _settings(account["settings"], sent["settings"])
    return after


def _settings(kept: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    payouts = {**kept["payouts"], **sent.get("payouts", {})}
    schedule = {**kept["payouts"]["schedule"], **sent.get("payouts", {}).get("schedule", {})}
    if schedule["delay_days"] == "minimum":
        schedule["delay_days"] = MINIMUM_DELAY_DAYS
    return {
        **kept,
        "payments": {**kept["payments"], **sent.get("payments", {})},
        "payouts": {**payouts, "schedule": schedule},
    }
