"""The hosted pages of connected accounts: giving what is asked for, and looking at what is there."""

from html import escape
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.account_links import KEPT
from sandbox.account_standing import keep_account
from sandbox.amounts import shown
from sandbox.balance import balance_minor
from sandbox.bank_accounts import add_bank_account, checked_bank
from sandbox.calls import PLATFORM, Call
from sandbox.clock import now
from sandbox.delivery import Delivery
from sandbox.errors import StripeError
from sandbox.ibans import PAYS
from sandbox.pages import page
from sandbox.store import Store, Stored
from sandbox.writer import Writer

TITLE = "Sandbox onboarding"
NONE = page("<h1>No such link</h1><p>It leads to no account of this sandbox.</p>", title=TITLE)


class Onboarding:
    """The pages over one store."""

    def __init__(self, writer: Writer, delivery: Delivery) -> None:
        self.writer = writer
        self.delivery = delivery

    def routes(self) -> list[Route]:
        """The form, where its two buttons lead, and the holder's own page."""
        return [
            Route("/sandbox/onboarding/{id}", self.show, methods=["GET"]),
            Route("/sandbox/onboarding/{id}/{verdict}", self.decide, methods=["POST"]),
            Route("/sandbox/express/{id}", self.overview, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form; a link that is used up or too old leads to where a new one is made."""
        identity = request.path_params["id"]
        found = await self.writer.run(lambda store: find_link(store, identity))
        if found is None:
            return HTMLResponse(NONE, 404)
        link, spent = found
        if spent:
            return RedirectResponse(link.private["refresh_url"], 303)
        asked = await self.writer.run(lambda store: _asked(store, link))
        return HTMLResponse(_form(identity, asked=asked))

    async def decide(self, request: Request) -> Response:
        """Complete with a bank account, or leave unfinished; then back to where the platform wants."""
        identity, complete = request.path_params["id"], request.path_params["verdict"] == "complete"
        sent = {name: some[0] for name, some in parse_qs((await request.body()).decode()).items()}
        found = await self.writer.run(lambda store: find_link(store, identity))
        if found is None:
            return HTMLResponse(NONE, 404)
        link, spent = found
        if spent:
            return RedirectResponse(link.private["refresh_url"], 303)
        try:
            if complete:
                await self.writer.run(lambda store: complete_onboarding(store, link, sent))
        except StripeError as refusal:
            return HTMLResponse(_form(identity, sent=sent, wrong=str(refusal)), 422)
        self.delivery.wake()
        return RedirectResponse(link.private["return_url"], 303)

    async def overview(self, request: Request) -> Response:
        """Balance and bank accounts of a connected account."""
        found = await self.writer.run(lambda store: _overview(store, request.path_params["id"]))
        return HTMLResponse(found or NONE, 200 if found else 404)


def find_link(store: Store, identity: str) -> tuple[Stored, bool] | None:
    """The link, and whether it is spent."""
    link = store.load(identity, kind=KEPT)
    if link is None:
        return None
    return link, "used" in link.private or now(store) > link.private["expires_at"]


def complete_onboarding(store: Store, link: Stored, sent: dict[str, str]) -> None:
    """Take the bank account and the signature; the link is used up.

    Raises:
        StripeError: the number is no account number.
    """
    call = Call(store=store, account=PLATFORM)
    found = store.load(link.private["account"], kind="account")
    if found is None or "deleted" in found.private:
        raise StripeError("The account has been closed.")
    iban = sent.get("iban", "").strip().upper()
    bank = {
        "object": "bank_account",
        "account_number": iban,
        "country": iban[:2] or "SE",
        "currency": found.data["default_currency"],
        "account_holder_name": sent.get("name", "").strip() or None,
        "account_holder_type": found.data["business_type"],
    }
    if bank["account_holder_type"] not in ("company", "individual"):
        bank["account_holder_type"] = "individual"
    described = checked_bank({name: value for name, value in bank.items() if value})
    add_bank_account(call, found.data["id"], described, default=True)
    signed = {**found.data["tos_acceptance"], "date": call.now}
    after = {**found.data, "tos_acceptance": signed}
    keep_account(call, found, after, private={**found.private, "submitted": True})
    store.save(link.data, private={**link.private, "used": True})


def _asked(store: Store, link: Stored) -> str:
    """What is still asked for, now or in the end as the link was made for."""
    fields = link.private.get("fields", "currently_due")
    found = store.load(link.private["account"], kind="account")
    listed = ", ".join(found.data["requirements"][fields]) if found else ""
    words = "Asked for now" if fields == "currently_due" else "Asked for in the end"
    return f"<p>{words}: {escape(listed) or 'nothing'}.</p>"


def _form(identity: str, *, asked: str = "", sent: dict[str, str] | None = None, wrong: str = "") -> str:
    action, kept = f"/sandbox/onboarding/{escape(identity)}", sent or {"iban": PAYS, "name": ""}
    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    return page(
        "<h1>Where your money goes</h1>"
        "<p>The sandbox asks for the bank account your payouts are sent to. No bank is told of it.</p>"
        f'{asked}{alert}<form method="post" action="{action}/complete">'
        '<label for="name">Account holder</label>'
        f'<input id="name" name="name" autocomplete="off" value="{escape(kept.get("name", ""))}">'
        '<label for="iban">IBAN</label>'
        f'<input id="iban" name="iban" autocomplete="off" required value="{escape(kept.get("iban", ""))}">'
        '<button class="yes">Complete</button></form>'
        f'<form method="post" action="{action}/leave"><button>Leave unfinished</button></form>',
        title=TITLE,
    )


def _overview(store: Store, identity: str) -> str | None:
    found = store.load(identity, kind="account")
    if found is None or "deleted" in found.private:
        return None
    sums = balance_minor(store, account=identity, now=now(store))
    lines = [
        f"<tr><td>{word}</td><td>{escape(shown(amount_minor, currency))}</td></tr>"
        for currency, both in sums.items()
        for word, amount_minor in zip(("Available", "On its way"), both, strict=True)
    ]
    banks = [
        f"<tr><td>Bank account, {bank['currency'].upper()}</td><td>ends in {bank['last4']}</td></tr>"
        for bank in found.data["external_accounts"]["data"]
    ]
    inside = "".join(lines) or "<tr><td>Nothing here yet</td><td></td></tr>"
    return page(f"<h1>Your account</h1><table>{inside}{''.join(banks)}</table>", title="Sandbox account")
