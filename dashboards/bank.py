"""The seller's bank: entered at Stripe, never here. What Stripe told us of it, in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods

from dashboards.access import reader_of, sellers, signed_in
from dashboards.waiting import Wait
from dashboards.wording import Word
from gateway.client import StripeAway, StripeRefused
from payouts.models import ConnectedAccount
from payouts.onboarding import begin_onboarding, requirements_in_words
from payouts.situations import COOLING_OFF, Obstacle, obstacle_of_account

STRIPES_OWN_PAGES = "https://connect.stripe.com"

Said = tuple[Callable[[], str], str, str]

ACCOUNT_WORDS: dict[str, Said] = {
    "ready": (lambda: pgettext("account", "Ready for payouts"), "green", "check"),
    "no_account": (lambda: pgettext("account", "No bank details yet"), "amber", "clock"),
    "deauthorized": (lambda: pgettext("account", "Not connected any more"), "red", "cross"),
    "account_incomplete": (lambda: pgettext("account", "Stripe needs more from you"), "amber", "flag"),
    "not_manual": (lambda: pgettext("account", "Being put right"), "amber", "dots"),
    "cooling_off": (lambda: pgettext("account", "Bank changed: payouts wait"), "blue", "lock"),
}


@dataclass(frozen=True)
class Account:
    """A connected account in words; of the bank account no more than the last four digits."""

    word: Word
    wait: Wait | None
    last4: str
    requirements: list[str]
    changed_at: datetime | None
    waits_until: datetime | None
    is_begun: bool

    @property
    def is_sellers_turn(self) -> bool:
        return self.wait is not None and self.wait.turn == "seller"


def onboarding_origin() -> str:
    """Where the form of the seller's page may lead: Stripe's hosted pages, or the sandbox's."""
    return settings.STRIPE_API_BASE or STRIPES_OWN_PAGES


@require_http_methods(["GET", "HEAD", "POST"])
@csp_update({"form-action": [onboarding_origin()]})
@signed_in(sellers)
def bank(request: HttpRequest) -> HttpResponse:
    """How the account stands. POST leads on to Stripe's own page, which leads back here."""
    if request.method != "POST":
        return _page(request)
    back = request.build_absolute_uri(reverse("bank"))
    try:
        url = begin_onboarding(reader_of(request), return_url=back, refresh_url=back, at=timezone.now())
    except (StripeAway, StripeRefused):
        refusal = gettext("Stripe does not answer just now. Nothing changed; try again in a moment.")
        return _page(request, refusal=refusal, status=503)
    return redirect(url)


def account_in_words(account: ConnectedAccount | None, *, at: datetime) -> Account:
    obstacle = obstacle_of_account(account, at=at)
    changed_at = account.bank_changed_at if account else None
    cools = changed_at is not None and at < changed_at + COOLING_OFF
    requirements = requirements_in_words(account.requirements) if account else []
    return Account(
        word=_word(obstacle),
        wait=Wait(obstacle.code, gettext(obstacle.reason)) if obstacle else None,
        last4=account.bank_last4 if account else "",
        requirements=[gettext(words) for words in requirements],
        changed_at=changed_at if cools else None,
        waits_until=changed_at + COOLING_OFF if changed_at and cools else None,
        is_begun=account is not None and account.stripe_account_id is not None,
    )


def _word(obstacle: Obstacle | None) -> Word:
    text, tone, icon = ACCOUNT_WORDS[obstacle.code if obstacle else "ready"]
    return Word(text=text(), tone=tone, icon=icon)


def _page(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    found = ConnectedAccount.objects.filter(seller=reader_of(request)).first()
    context = {"account": account_in_words(found, at=timezone.now()), "refusal": refusal}
    return render(request, "dashboards/bank.html", context, status=status)
