"""The hosted page where a buyer approves a payment, or does not (3-D Secure)."""

from html import escape
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.amounts import shown
from sandbox.calls import Call
from sandbox.confirmation import attempt, wanting_another_method
from sandbox.delivery import Delivery
from sandbox.errors import CardDeclined
from sandbox.events import emit
from sandbox.pages import page
from sandbox.store import Store, Stored
from sandbox.writer import Writer

FAILED = {
    "code": "payment_intent_authentication_failure",
    "doc_url": "https://docs.stripe.com/error-codes/payment-intent-authentication-failure",
    "message": "The payment method was not approved by its holder. Another one is needed.",
    "type": "invalid_request_error",
}


class Challenges:
    """The approval pages over one store."""

    def __init__(self, writer: Writer, delivery: Delivery) -> None:
        self.writer = writer
        self.delivery = delivery

    def routes(self) -> list[Route]:
        """The page, and where its two buttons lead."""
        return [
            Route("/sandbox/3ds/{id}", self.show, methods=["GET"]),
            Route("/sandbox/3ds/{id}/{verdict}", self.decide, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The page with Complete and Fail, or the outcome when it was decided already."""
        identity = request.path_params["id"]
        found = await self.writer.run(lambda store: store.load(identity, kind="payment_intent"))
        if found is None:
            return HTMLResponse(page("<h1>No such payment</h1>"), 404)
        if found.data["status"] != "requires_action":
            return HTMLResponse(_outcome_page(found.data))
        return HTMLResponse(_question_page(found.data))

    async def decide(self, request: Request) -> Response:
        """Complete or fail, once; then back to the shop when it gave an address."""
        identity, approved = request.path_params["id"], request.path_params["verdict"] == "complete"
        found = await self.writer.run(lambda store: decide(store, identity, approved=approved))
        self.delivery.wake()
        if found is None:
            return HTMLResponse(page("<h1>No such payment</h1>"), 404)
        if found.private.get("return_url"):
            return RedirectResponse(_return_address(found), 303)
        return HTMLResponse(_outcome_page(found.data))


def decide(store: Store, identity: str, *, approved: bool) -> Stored | None:
    """Carry out the buyer's decision; an intent that waits for none stays as it is."""
    found = store.load(identity, kind="payment_intent")
    if found is None or found.data["status"] != "requires_action":
        return found
    call = Call(store=store, account=found.account)
    if not approved:
        _refuse(call, found)
    elif found.data["confirmation_method"] == "manual":
        after = {**found.data, "status": "requires_confirmation", "next_action": None}
        store.save(after, private={**found.private, "approved": True})
    else:
        _attempt_kept(call, found)
    return store.load(identity)


def _attempt_kept(call: Call, found: Stored) -> None:
    """The intent itself keeps the reason if the card is declined now."""
    method = call.find("payment_method", found.data["payment_method"])
    try:
        attempt(call, found, method, approved=True)
    except CardDeclined:
        return


def _refuse(call: Call, found: Stored) -> None:
    method = call.find("payment_method", found.data["payment_method"])
    after = wanting_another_method(found, error={**FAILED, "payment_method": method.data})
    call.store.save(after)
    emit(call, "payment_intent.payment_failed", after)


def _return_address(found: Stored) -> str:
    succeeded = found.data["status"] in ("succeeded", "requires_capture", "requires_confirmation")
    told = {
        "payment_intent": found.data["id"],
        "payment_intent_client_secret": found.data["client_secret"],
        "redirect_status": "succeeded" if succeeded else "failed",
    }
    url = found.private["return_url"]
    address, hash_mark, fragment = url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(told)}{hash_mark}{fragment}"


def _question_page(intent: dict[str, Any]) -> str:
    amount = shown(intent["amount"], intent["currency"])
    action = f"/sandbox/3ds/{escape(intent['id'])}"
    return page(
        "<h1>Approve this payment</h1>"
        f"<p>The sandbox's bank asks whether you approve a payment of <b>{escape(amount)}</b>.</p>"
        f'<form method="post" action="{action}/complete"><button class="yes">Complete</button></form>'
        f'<form method="post" action="{action}/fail"><button>Fail</button></form>'
    )


def _outcome_page(intent: dict[str, Any]) -> str:
    """Tells the page around it that the decision was made; the intent itself is read by the API."""
    approved = intent["status"] in ("succeeded", "requires_capture", "requires_confirmation")
    words = "Approved" if approved else "Not approved"
    return page(
        f"<h1>{words}</h1><p>You can close this window.</p>"
        f"<script>if (window.parent !== window) {{ window.parent.postMessage({{"
        f'type: "sandbox:3ds", payment_intent: "{escape(intent["id"])}", status: "{intent["status"]}"'
        f'}}, "*"); }}</script>'
    )
