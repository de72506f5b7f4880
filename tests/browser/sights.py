"""Every page there is, in every dress: what `make shots` takes pictures of and the tests measure."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from playwright.sync_api import Page

from payouts.bank_days import PLATFORM_ZONE
from tests.browser.conditions import (
    ACCOUNT,
    ACTED,
    ALL_IS_READY,
    BREAKER,
    BROKEN,
    DIFFERENT,
    HOLDS,
    NEVER,
    NO_ACCOUNT,
    NO_BREAKER,
    NO_PAUSE,
    OWES_A_CODE,
    OWES_NONE,
    PAUSE,
    SILENT,
    THE_SAME,
    WANTS_EVERYTHING,
)
from tests.browser.history import History

NOT_THERE = "/payments/00000000-0000-0000-0000-000000000000/"
DIFFERENCES = "/operator/differences/"
TOO_MANY_FIELDS = "/sign-in/?" + "&".join(["a="] * 1001)


@dataclass(frozen=True)
class Sight:
    """A page to look at: whose it is, and how one gets there."""

    name: str
    who: str
    path: str
    reach: Callable[[Page, str], None]


def _go(page: Page, address: str) -> None:
    page.goto(address)


def _go_and_wait(page: Page, address: str) -> None:
    """Where a script is at work, or a form of Stripe's is drawn."""
    page.goto(address)
    page.wait_for_load_state("networkidle")


def _after(do: Callable[[Page], None]) -> Callable[[Page, str], None]:
    """There, and then something is done."""

    def reach(page: Page, address: str) -> None:
        _go(page, address)
        do(page)

    return reach


def _while(
    history: History, before: str, after: str, do: Callable[[Page], None] = lambda page: None
) -> Callable[[Page, str], None]:
    """There, and something is done, while something is different in the database."""

    def reach(page: Page, address: str) -> None:
        history.sql(before)
        try:
            _go(page, address)
            do(page)
        finally:
            history.sql(after)

    return reach


def sights(history: History) -> list[Sight]:
    """All of them, those of one person after another."""
    found = [*_nobodys(history), *_bos(history), *_sagas(history), *_olgas(history), *_mallorys(history)]
    order = list(dict.fromkeys(sight.who for sight in found))
    return sorted(found, key=lambda sight: order.index(sight.who))


def _nobodys(history: History) -> list[Sight]:
    links = history.links
    return [
        Sight("front", "", "/", _go),
        Sight("sign-in", "", "/sign-in/", _go),
        Sight("sign-in-refused", "", "/sign-in/?email=bo@klubba.example", _after(_mistype)),
        Sight("sign-up", "", "/sign-up/", _go),
        Sight("sign-up-refused", "", "/sign-up/?email=nobody@klubba", _after(_send)),
        Sight("sign-up-by-letter", "", "/sign-up/", _after(_ask_for_a_letter)),
        Sight("join", "", links["join"], _go),
        Sight("join-refused", "", links["join"], _after(_type_too_little)),
        Sight("forgotten", "", "/password-reset/", _go),
        Sight("forgotten-by-letter", "", "/password-reset/", _after(_ask_for_a_letter)),
        Sight("new-password", "", links["new-password"], _go),
        Sight("new-password-refused", "", links["new-password"], _after(_type_too_little)),
        Sight("stop-letters", "", links["stop-letters"], _go),
        Sight(
            "stop-letters-stopped",
            "",
            links["stop-letters"],
            _while(history, WANTS_EVERYTHING, WANTS_EVERYTHING, _send),
        ),
        Sight("stop-letters-refused", "", "/letters/stop/made-up/", _go),
        Sight("link-refused", "", "/password-reset/made-up/", _go),
        Sight("menu-of-nobody", "", "/", _after(_open_menu)),
        Sight("bad-request", "", TOO_MANY_FIELDS, _go),
        Sight("form-too-old", "", "/sign-in/?email=bo@klubba.example", _after(_send_without_cookies)),
    ]


def _bos(history: History) -> list[Sight]:
    payments, bids = history.payments, history.bids
    shown = ("paid", "declined", "approval", "processing", "expired", "returned", "endless", "backwards")
    to_pay = ("to-pay", "declined", "approval", "endless-to-pay", "backwards-to-pay", "markup-to-pay")
    closed = ("paid", "expired", "stripe-away", "returned")
    waiting = f"/pay/{bids['processing']}/"
    return [
        Sight("buyer", "bo", "/buyer/", _go),
        Sight("buyer-menu", "bo", "/buyer/", _after(_open_menu)),
        Sight("own-letters", "bo", "/letters/", _after(_open_a_letter)),
        *(Sight(f"payment-{name}", "bo", f"/payments/{payments[name]}/", _go) for name in shown),
        *(Sight(f"checkout-{name}", "bo", f"/pay/{bids[name]}/", _go_and_wait) for name in to_pay),
        *(Sight(f"closed-{name}", "bo", f"/pay/{bids[name]}/", _go) for name in closed),
        Sight("checkout-confirming", "bo", waiting, _after(lambda page: _outcome(page, "confirming"))),
        Sight("checkout-still-confirming", "bo", waiting, _still_confirming),
        Sight("checkout-paid", "bo", waiting, _as_if(f"/pay/{bids['paid']}/state/", "paid")),
        Sight("checkout-returned", "bo", waiting, _as_if(f"/pay/{bids['returned']}/state/", "returned")),
        Sight("checkout-expired", "bo", waiting, _as_if(f"/pay/{bids['expired']}/state/", "expired")),
        Sight("not-found", "bo", NOT_THERE, _go),
        Sight("forbidden", "bo", "/operator/", _go),
        Sight(
            "failure",
            "bo",
            f"/payments/{payments['paid']}/",
            _while(
                history, "ALTER TABLE events_event RENAME TO gone", "ALTER TABLE gone RENAME TO events_event"
            ),
        ),
    ]


def _sagas(history: History) -> list[Sight]:
    accounts = {
        "ready": {"payouts": "true", "manual": "true", "changed": "NULL"},
        "needs-more": {"payouts": "false", "manual": "true", "changed": "NULL"},
        "bank-changed": {"payouts": "true", "manual": "true", "changed": "now()"},
        "not-manual": {"payouts": "true", "manual": "false", "changed": "NULL"},
    }
    sales = ("paid", "returned", "declined", "expired", "markup")
    return [
        Sight("seller", "saga", "/seller/", _go),
        Sight("seller-at-stripe", "saga", "/seller/", _at_stripe(history)),
        Sight("seller-older", "saga", "/seller/?before=9", _go),
        *(
            Sight(f"seller-{name}", "saga", "/seller/", _while(history, ACCOUNT.format(**how), NO_ACCOUNT))
            for name, how in accounts.items()
        ),
        *(
            Sight(f"bank-{name}", "saga", "/seller/bank/", _while(history, ACCOUNT.format(**how), NO_ACCOUNT))
            for name, how in accounts.items()
        ),
        Sight("bank", "saga", "/seller/bank/", _go),
        Sight("payouts", "saga", "/seller/payouts/", _go),
        Sight("payouts-filtered", "saga", "/seller/payouts/?state=returned", _go),
        Sight("payouts-filtered-empty", "saga", "/seller/payouts/?state=paid&before=1", _go),
        Sight("payouts-pause", "saga", "/seller/payouts/pause/", _go),
        Sight("payouts-resume", "saga", "/seller/payouts/resume/", _go),
        Sight("payouts-paused", "saga", "/seller/payouts/", _while(history, PAUSE, NO_PAUSE)),
        *(Sight(f"sale-{name}", "saga", f"/payments/{history.payments[name]}/", _go) for name in sales),
        *(Sight(f"payout-{name}", "saga", f"/payouts/{id}/", _go) for name, id in history.payouts.items()),
    ]


def _olgas(history: History) -> list[Sight]:
    return [
        Sight("operator", "olga", "/operator/", _go),
        Sight("operator-filtered", "olga", "/operator/?state=processing", _go),
        Sight("operator-filtered-empty", "olga", "/operator/?state=canceled&before=1", _go),
        Sight("operator-webhooks", "olga", "/operator/webhooks/", _go),
        Sight("operator-webhooks-all", "olga", "/operator/webhooks/?state=all", _go),
        Sight("operator-webhooks-empty", "olga", "/operator/webhooks/?state=stopped&before=1", _go),
        Sight("operator-payment", "olga", f"/payments/{history.payments['declined']}/", _go),
        *_olgas_payouts(history),
        Sight("operator-payout", "olga", f"/payouts/{history.payouts['returned']}/", _go),
    ]


def _olgas_payouts(history: History) -> list[Sight]:
    payouts, runs = history.payouts, "/operator/runs/"
    of_saga = f"/operator/sellers/{history.seller_id}/"
    return [
        Sight("watched", "olga", "/operator/payouts/", _go),
        Sight("watched-all", "olga", "/operator/payouts/?state=all", _go),
        Sight("watched-empty", "olga", "/operator/payouts/?state=held&before=1", _go),
        Sight("watched-held", "olga", f"/payouts/{payouts['held']}/", _go),
        Sight("watched-stopped", "olga", "/operator/payouts/", _while(history, BREAKER, NO_BREAKER)),
        Sight("hold", "olga", f"/operator/payouts/{payouts['scheduled']}/hold/", _go),
        Sight("hold-refused", "olga", f"/operator/payouts/{payouts['paid']}/hold/", _after(_give_a_reason)),
        Sight("release", "olga", f"/operator/payouts/{payouts['held']}/release/", _go),
        Sight("take-back", "olga", f"/operator/payouts/{payouts['returned']}/take-back/", _go),
        Sight("runs-empty", "olga", runs, _go),
        Sight("runs-refused", "olga", runs, _after(_preview_yesterday)),
        Sight("run", "olga", runs, _while(history, ALL_IS_READY, NO_ACCOUNT, _preview)),
        Sight("run-of-nothing", "olga", runs, _after(_preview)),
        Sight("runs", "olga", runs, _go),
        Sight("sold-by", "olga", of_saga, _go),
        Sight("sold-by-refused", "olga", of_saga, _after(_set_a_policy)),
        Sight("hold-seller", "olga", f"{of_saga}hold/", _go),
        Sight("money", "olga", "/operator/money/", _go),
        Sight("money-refused", "olga", "/operator/money/", _after(_draw_too_much)),
        Sight("differences", "olga", DIFFERENCES, _while(history, DIFFERENT, THE_SAME)),
        Sight("differences-empty", "olga", DIFFERENCES, _go),
        Sight("differences-gone", "olga", f"{DIFFERENCES}?state=closed", _go),
        Sight("explain-difference", "olga", DIFFERENCES, _while(history, DIFFERENT, THE_SAME, _explain)),
        Sight("money-differing", "olga", "/operator/money/", _while(history, DIFFERENT, THE_SAME)),
        Sight("audit", "olga", "/operator/audit/", _while(history, HOLDS, HOLDS)),
        Sight("audit-broken", "olga", "/operator/audit/", _while(history, BROKEN, HOLDS)),
        Sight("audit-silent", "olga", "/operator/audit/", _while(history, SILENT, HOLDS)),
        Sight("log", "olga", "/operator/log/", _while(history, ACTED, "SELECT 1")),
        Sight("log-empty", "olga", "/operator/log/?before=1", _go),
        Sight("audit-never", "olga", "/operator/audit/", _while(history, NEVER, HOLDS)),
    ]


def _mallorys(history: History) -> list[Sight]:
    owing = (history, OWES_A_CODE, OWES_NONE)
    return [
        Sight("no-payouts", "mallory", "/seller/payouts/", _go),
        Sight("nothing-bought", "mallory", "/buyer/", _go),
        Sight("letters", "mallory", "/outbox/", _go),
        Sight("own-letters-none", "mallory", "/letters/", _go),
        Sight("nothing-sold", "mallory", "/seller/", _go),
        Sight("security", "mallory", "/security/", _go),
        Sight("second-factor", "mallory", "/security/second-factor/", _go),
        Sight(
            "second-factor-refused",
            "mallory",
            "/security/second-factor/",
            _while(history, OWES_NONE, OWES_NONE, _type_a_code),
        ),
        Sight("enter-code", "mallory", "/buyer/", _while(*owing)),
        Sight("enter-code-refused", "mallory", "/buyer/", _while(*owing, _type_a_code)),
        Sight(
            "recovery-codes",
            "mallory",
            "/security/second-factor/",
            _while(history, OWES_NONE, OWES_NONE, _turn_on_second_factor),
        ),
        Sight("menu-of-a-long-name", "mallory", "/buyer/", _after(_open_menu)),
    ]


def _at_stripe(history: History) -> Callable[[Page, str], None]:
    """On to where the bank is entered; afterwards nothing is known of it."""

    def reach(page: Page, address: str) -> None:
        _go(page, address)
        page.locator("form[action$='/bank/'] button").click()
        page.wait_for_url("**/onboarding/**")
        history.sql(NO_ACCOUNT)

    return reach


def _mistype(page: Page) -> None:
    page.locator("#password").fill("not this")
    with page.expect_navigation():
        page.locator("main form.fields button").click()


def _send_without_cookies(page: Page) -> None:
    page.context.clear_cookies()
    _mistype(page)


def _ask_for_a_letter(page: Page) -> None:
    """For another address each time: only so many letters go to one."""
    page.locator("#email").fill(f"nobody{time.time_ns()}@klubba.example")
    _send(page)


def _type_too_little(page: Page) -> None:
    if page.locator("#name").count():
        page.locator("#name").fill("Nils Ny")
    page.locator("#password").fill("1234567890")
    _send(page)


def _type_a_code(page: Page, code: str = "000000") -> None:
    page.locator("#code").fill(code)
    _send(page)


def _turn_on_second_factor(page: Page) -> None:
    _type_a_code(page, pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", "")).now())


def _send(page: Page, *, form: str = "main form") -> None:
    with page.expect_navigation():
        page.locator(f"{form} button.primary").click()


def _give_a_reason(page: Page) -> None:
    page.locator("#reason").fill("A reason that is long enough to be read twice by whoever has to.")
    _send(page)


def _explain(page: Page) -> None:
    """The newest that can be explained."""
    page.locator("main .rows a.button").first.click()
    page.locator("#reason").wait_for()


def _preview(page: Page) -> None:
    """The Monday after the next: far enough ahead for all that waits."""
    today = datetime.now(PLATFORM_ZONE).date()
    page.locator("#date").fill((today + timedelta(days=14 - today.weekday())).isoformat())
    _send(page)


def _preview_yesterday(page: Page) -> None:
    page.locator("#date").fill((datetime.now(PLATFORM_ZONE).date() - timedelta(days=1)).isoformat())
    _send(page)


def _set_a_policy(page: Page) -> None:
    page.locator("#delay_days").fill("99")
    _give_a_reason(page)


def _draw_too_much(page: Page) -> None:
    page.locator("#amount").fill("1 000 000,00")
    _give_a_reason(page)


def _open_a_letter(page: Page) -> None:
    page.locator(".letter summary").nth(1).click()


def _open_menu(page: Page) -> None:
    page.locator("details.account summary").click()


def _outcome(page: Page, case: str) -> None:
    page.locator(f"#outcome [data-case={case}]").wait_for(timeout=5000)


def _still_confirming(page: Page, address: str) -> None:
    """Thirty seconds later."""
    page.clock.install()
    _go(page, address)
    _outcome(page, "confirming")
    page.clock.fast_forward(31_000)
    page.locator("#outcome strong").wait_for(timeout=5000)


def _as_if(state_path: str, case: str) -> Callable[[Page, str], None]:
    """The page of a payment on its way, when the books answer as they do for another."""

    def reach(page: Page, address: str) -> None:
        site, spoken = address.split("/pay/")[0], page.evaluate("navigator.language")
        answer = page.request.get(site + state_path, headers={"Accept-Language": spoken})
        page.route("**/state/", lambda route: route.fulfill(body=answer.text(), content_type="text/html"))
        _go(page, address)
        _outcome(page, case)
        page.unroute("**/state/")

    return reach
