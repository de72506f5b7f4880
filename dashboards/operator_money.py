"""Our own money: what of our balance at Stripe is free, what nobody has named yet, and drawing it."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dashboards.access import operators, reader_of, signed_in
from dashboards.asking import reason_refused
from dashboards.paging import row_page
from dashboards.refusals import written_refusal
from dashboards.wording import Word, platform_payout_word
from gateway.client import StripeAway, StripeRefused
from gateway.payouts import available_minor
from money.amounts import AmountRefused, parse_amount
from payouts.queries import PlatformFunds, platform_funds
from payouts.solvency import drawable_of
from people.models import User
from treasury.differences import Kind, open_breaks
from treasury.models import BalanceTransaction, PlatformPayout
from treasury.platform import DrawRefused, draw

NEWEST = 10
UNNAMED = Q(journal_key=None) | Q(journal_key__startswith="suspense:")


@dataclass(frozen=True)
class Purse:
    """One currency. `drawable_minor` None: Stripe did not say what it has available."""

    funds: PlatformFunds
    drawable_minor: int | None

    @property
    def is_late(self) -> bool:
        """Whether a part of what is free has not reached Stripe's available balance."""
        return self.drawable_minor is not None and self.drawable_minor < self.funds.free_minor


@dataclass(frozen=True)
class Typed:
    """The form for drawing, as it was typed. `seen` is the newest of our payouts it was written under."""

    currency: str = ""
    amount: str = ""
    reason: str = ""
    seen: str = ""


@dataclass(frozen=True)
class DrawRow:
    payout: PlatformPayout
    word: Word


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def money(request: HttpRequest) -> HttpResponse:
    """The page. POST draws: refused when another was drawn since the form was opened."""
    if request.method != "POST":
        return _page(request, Typed())
    by = reader_of(request)
    typed = Typed(**{name: request.POST.get(name, "").strip() for name in Typed.__dataclass_fields__})
    newest = _draws().first()
    if typed.seen != _seen(newest):
        if newest is not None and _is_the_same(newest, typed, by):
            return redirect("money")
        refusal = gettext("Another payout of ours was asked for since you opened this page. Look at it anew.")
        return _page(request, typed, refusal=refusal, status=409)
    if refusal := _draw(typed, by):
        return _page(request, typed, refusal=refusal, status=422)
    return redirect("money")


def _draw(typed: Typed, by: User) -> str:
    """Why nothing was drawn; empty if it was, or goes on by itself."""
    if typed.currency not in _currencies():
        return gettext("Choose a currency.")
    if refusal := reason_refused(typed.reason):
        return refusal
    try:
        amount_minor = parse_amount(_plain(typed.amount), typed.currency)
        draw(
            amount_minor=amount_minor,
            currency=typed.currency,
            reason=typed.reason,
            by=by,
            at=timezone.now(),
        )
    except AmountRefused:
        return gettext('Write the amount as digits with a decimal point, such as "1500.00".')
    except (DrawRefused, StripeAway, StripeRefused) as refused:
        return written_refusal(refused)
    return ""


def _page(request: HttpRequest, typed: Typed, *, refusal: str = "", status: int = 200) -> HttpResponse:
    page = row_page(BalanceTransaction.objects.filter(UNNAMED), request, key="id")
    draws = list(_draws()[:NEWEST])
    purses = [_purse(funds) for funds in platform_funds(_currencies())]
    context = {
        "purses": purses,
        "is_away": any(purse.drawable_minor is None for purse in purses),
        "movements": page.rows,
        "page": page,
        "draws": [DrawRow(payout, platform_payout_word(payout.state)) for payout in draws],
        "seen": _seen(draws[0] if draws else None),
        "differing": open_breaks().exclude(kind=Kind.TIMING).count(),
        "currencies": _currencies(),
        "typed": typed,
        "refusal": refusal,
    }
    return render(request, "dashboards/money.html", context, status=status)


def _purse(funds: PlatformFunds) -> Purse:
    """Stripe is asked only where something is free."""
    if funds.free_minor <= 0:
        return Purse(funds, 0)
    try:
        available = available_minor(None, funds.currency)
    except (StripeAway, StripeRefused):
        return Purse(funds, None)
    drawable_minor = drawable_of(
        clearing_minor=funds.clearing_minor, available_minor=available, owed_minor=funds.owed_minor
    )
    return Purse(funds, drawable_minor)


def _draws() -> QuerySet[PlatformPayout]:
    return PlatformPayout.objects.select_related("asked_by").order_by("-created_at")


def _seen(newest: PlatformPayout | None) -> str:
    return str(newest.pk) if newest else ""


def _is_the_same(newest: PlatformPayout, typed: Typed, by: User) -> bool:
    """Whether the form was sent twice: the newest is what it asks for."""
    try:
        amount_minor = parse_amount(_plain(typed.amount), newest.currency)
    except AmountRefused:
        return False
    asked = (newest.asked_by_id, newest.currency, newest.amount_minor, newest.reason)
    return asked == (by.pk, typed.currency, amount_minor, typed.reason)


def _plain(amount: str) -> str:
    """As a Swede types it, too: "1 500,00"."""
    return amount.replace("\u00a0", "").replace(" ", "").replace(",", ".")


def _currencies() -> list[str]:
    return sorted(settings.SETTLEMENT_CURRENCIES)
