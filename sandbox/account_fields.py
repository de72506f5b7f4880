"""What an account is made of, and how sent parameters change it."""

from typing import Any

from sandbox.addresses import address_of
from sandbox.amounts import check_currency
from sandbox.calls import Call
from sandbox.errors import invalid
from sandbox.identities import new_id, random_letters
from sandbox.metadata import copy_sent, merged, unset_if_empty

COUNTRIES = frozenset(
    (
        "AE AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GI GR HK HR HU IE IN IT JP LI LT LU LV MT MX MY "
        "NL NO NZ PL PT RO SE SG SI SK TH US"
    ).split()
)
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
    *(f"company.{name}" for name in ("address", "name", "phone", "tax_id", "vat_id")),
    "default_currency",
    "email",
    "external_account",
    *(f"individual.{name}" for name in ("address", "dob", "email", "first_name", "last_name", "phone")),
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
    if country not in COUNTRIES:
        raise invalid(f"Country '{country}' is not one whose accounts can be connected.", param="country")
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
        after["company"] = _company(account.get("company", {}), sent["company"])
    if "individual" in sent:
        after["individual"] = _individual(call, account, sent["individual"])
    if "tos_acceptance" in sent:
        after["tos_acceptance"] = {**account["tos_acceptance"], **sent["tos_acceptance"]}
    if "settings" in sent:
        after["settings"] = _settings(account["settings"], sent["settings"])
    return after


def _company(kept: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Numbers are not shown again, only that they were given."""
    after: dict[str, Any] = {**kept, **{name: sent[name] for name in ("name", "phone") if name in sent}}
    if "address" in sent:
        after["address"] = address_of(sent["address"])
    given = {f"{name}_provided": bool(sent[name]) for name in ("tax_id", "vat_id") if name in sent}
    return {**after, **given}


def _individual(call: Call, account: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """The person behind an account, as far as the platform has told."""
    new = {"id": new_id("person"), "object": "person", "account": account["id"], "created": call.now}
    after: dict[str, Any] = {**account.get("individual", new), **sent}
    if "address" in sent:
        after["address"] = address_of(sent["address"])
    return after


ANCHORS = {
    "weekly_anchor": "weekly", "weekly_payout_days": "weekly",
    "monthly_anchor": "monthly", "monthly_payout_days": "monthly",
}  # fmt: skip


def _settings(kept: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    payouts = {**kept["payouts"], **sent.get("payouts", {})}
    schedule = {**kept["payouts"]["schedule"], **sent.get("payouts", {}).get("schedule", {})}
    if schedule["delay_days"] == "minimum":
        schedule["delay_days"] = MINIMUM_DELAY_DAYS
    for name, interval in ANCHORS.items():
        if name in schedule and schedule["interval"] != interval:
            if name in sent.get("payouts", {}).get("schedule", {}):
                param = f"settings[payouts][schedule][{name}]"
                raise invalid(f"{param} goes with the interval {interval} only.", param=param)
            del schedule[name]
    return {
        **kept,
        "payments": {**kept["payments"], **sent.get("payments", {})},
        "payouts": {**payouts, "schedule": schedule},
    }
