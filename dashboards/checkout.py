"""Paying a won bid: the card goes from the buyer's browser to Stripe and never through here."""

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from auctions.models import Bid
from auctions.queries import bids_of
from dashboards.access import buyers, reader_of, signed_in
from dashboards.wording import payment_word
from gateway.client import StripeAway, StripeRefused
from payments.declines import decline_sentence, decline_sentences, nothing_charged
from payments.initiation import (
    AlreadyPaid,
    AmountNotAccepted,
    BidExpired,
    BidNotWon,
    StartedPayment,
    meet_payment,
    start_payment,
)
from payments.models import PaymentIntent
from payments.quoting import quote_payment
from payouts.bank_days import day_of_payment
from people.models import User

STRIPE_JS = "https://js.stripe.com/endive/stripe.js"
Sources = dict[str, list[str]]


def card_form_sources(stripe_api_base: str | None) -> Sources:
    """What this page alone may load beside our own: Stripe's card form, or the sandbox's."""
    if stripe_api_base:
        return {name: [stripe_api_base] for name in ("script-src", "frame-src", "connect-src")}
    return {
        "script-src": ["https://js.stripe.com"],
        "frame-src": ["https://js.stripe.com", "https://hooks.stripe.com"],
        "connect-src": ["https://api.stripe.com"],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@csp_update(card_form_sources(settings.STRIPE_API_BASE))  # type: ignore[arg-type]
@signed_in(buyers)
def pay(request: HttpRequest, bid_id: int) -> HttpResponse:
    """What is to be paid. A POST begins the payment; once it is begun, the card form for it."""
    bid, buyer, at = _own_bid(reader_of(request), bid_id), reader_of(request), timezone.now()
    try:
        if request.method == "POST":
            start_payment(bid, buyer=buyer, at=at)
            return redirect("pay", bid.pk)
        started = meet_payment(bid, buyer=buyer, at=at)
    except (AlreadyPaid, BidExpired, BidNotWon, AmountNotAccepted) as refusal:
        return _no_form(request, bid, case=refusal.code)
    except (StripeAway, StripeRefused):
        return _no_form(request, bid, case="stripe_away", status=503)
    if started is None:
        context = {"bid": bid, "payment": quote_payment(bid)}
        return render(request, "dashboards/checkout_begin.html", context)
    return _card_form(request, bid, started)


def _card_form(request: HttpRequest, bid: Bid, started: StartedPayment) -> HttpResponse:
    context = {
        "bid": bid,
        "payment": started.payment,
        "is_processing": started.payment.status == PaymentIntent.Status.PROCESSING,
        "decline": _last_decline(started.payment),
        "stripe_js": f"{settings.STRIPE_API_BASE}/v3/" if settings.STRIPE_API_BASE else STRIPE_JS,
        "for_script": _for_script(started),
    }
    return render(request, "dashboards/checkout.html", context)


@require_safe
@signed_in(buyers)
def state(request: HttpRequest, bid_id: int) -> HttpResponse:
    """How the payment stands in our books, as a part of the page: asked again until it is settled."""
    bid = _own_bid(reader_of(request), bid_id)
    payment = bid.payments.select_related("auction", "bid", "seller").order_by("-number").first()
    if payment is None:
        return render(request, "dashboards/partials/confirming.html")
    context = {
        "bid": bid,
        "payment": payment,
        "word": payment_word(payment, reader=reader_of(request)),
        "case": _case(payment),
        "decline": _last_decline(payment),
        "paid_on": day_of_payment(payment.charged_at) if payment.charged_at else None,
    }
    return render(request, "dashboards/partials/payment_state.html", context)


def _own_bid(buyer: User, bid_id: int) -> Bid:
    return get_object_or_404(bids_of(buyer), pk=bid_id)


def _case(payment: PaymentIntent) -> str:
    if payment.status == PaymentIntent.Status.SUCCEEDED:
        return "returned" if payment.outcome == PaymentIntent.Outcome.RETURNED else "paid"
    if payment.status == PaymentIntent.Status.CANCELED:
        return "expired" if payment.bid.status == Bid.Status.EXPIRED else "canceled"
    return "declined" if _last_decline(payment) else "confirming"


def _last_decline(payment: PaymentIntent) -> str:
    """Why the last try failed, while another may be made."""
    may_try_again = payment.status == PaymentIntent.Status.REQUIRES_PAYMENT_METHOD
    return decline_sentence(payment.last_error) if may_try_again and payment.last_error else ""


def _no_form(request: HttpRequest, bid: Bid, *, case: str, status: int = 200) -> HttpResponse:
    payment = bid.payments.order_by("-number").first()
    context = {"bid": bid, "payment": payment, "case": case}
    return render(request, "dashboards/checkout_closed.html", context, status=status)


def _for_script(started: StartedPayment) -> dict[str, object]:
    """What the page's script needs: Stripe's public key, the secret of this one payment, our sentences."""
    return {
        "publishableKey": settings.STRIPE_PUBLISHABLE_KEY,
        "clientSecret": started.client_secret,
        "locale": get_language(),
        "declines": decline_sentences(),
        "nothingCharged": nothing_charged(),
    }
