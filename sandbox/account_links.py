"""Links that lead the holder of a connected account to a page of the sandbox."""

from typing import Any

from sandbox.account_standing import find_account
from sandbox.calls import PLATFORM, Call, Operation, takes
from sandbox.errors import StripeError, invalid
from sandbox.identities import new_id

LINK_SECONDS = 300
KEPT = "onboarding"


def create_account_link(call: Call) -> dict[str, Any]:
    """A link to the onboarding page; it is good once, and for five minutes of the sandbox's clock."""
    sent = call.parameters
    account = find_account(call, sent["account"]).data
    for name in ("refresh_url", "return_url"):
        if name not in sent:
            raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
        if "://" not in sent[name]:
            raise invalid(f"{name} must be an absolute URL.", param=name, code="url_invalid")
    if sent["type"] == "account_update" and account["controller"]["requirement_collection"] == "stripe":
        raise invalid("The account is not one whose details the platform collects.", param="type")
    link = {"id": new_id("link"), "object": KEPT, "created": call.now}
    kept = {name: sent[name] for name in ("account", "refresh_url", "return_url")}
    private = {**kept, "fields": _fields(sent), "expires_at": call.now + LINK_SECONDS}
    call.store.insert(account=PLATFORM, data=link, private=private)
    return {
        "object": "account_link",
        "created": call.now,
        "expires_at": private["expires_at"],
        "url": f"{call.base_url}/sandbox/onboarding/{link['id']}",
    }


def _fields(sent: dict[str, Any]) -> str:
    """Whether the page tells what is asked for now, or what will be asked for in the end."""
    if "collect" in sent and "collection_options" in sent:
        raise invalid("Give either collect or collection_options.", param="collect")
    fields: str = sent.get("collection_options", {}).get("fields", sent.get("collect", "currently_due"))
    return fields


def create_login_link(call: Call) -> dict[str, Any]:
    """A link to the page where the holder sees what is there and what is on its way."""
    account = find_account(call).data
    if account["controller"]["stripe_dashboard"]["type"] != "express":
        raise StripeError("The account has no Express dashboard.")
    if not account["details_submitted"]:
        raise StripeError("The account has not completed onboarding yet.")
    url = f"{call.base_url}/sandbox/express/{account['id']}"
    return {"object": "login_link", "created": call.now, "url": url}


OPERATIONS = [
    Operation(
        "POST",
        "/v1/account_links",
        create_account_link,
        takes("account", "collect", "collection_options.fields", "refresh_url", "return_url", "type"),
    ),
    Operation("POST", "/v1/accounts/{id}/login_links", create_login_link, takes()),
]
