"""The seller's bank: entered at Stripe, never here."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from dashboards.access import reader_of, sellers, signed_in
from gateway.client import StripeAway, StripeRefused
from payouts.onboarding import begin_onboarding

STRIPES_OWN_PAGES = "https://connect.stripe.com"


def onboarding_origin() -> str:
    """Where the form of the seller's page may lead: Stripe's hosted pages, or the sandbox's."""
    return settings.STRIPE_API_BASE or STRIPES_OWN_PAGES


@require_POST
@signed_in(sellers)
def add_bank(request: HttpRequest) -> HttpResponse:
    """On to Stripe's own page, which leads back here; if Stripe does not answer, a word about it."""
    back = request.build_absolute_uri(reverse("seller"))
    try:
        url = begin_onboarding(reader_of(request), return_url=back, refresh_url=back, at=timezone.now())
    except (StripeAway, StripeRefused):
        return redirect(f"{reverse('seller')}?bank=later")
    return redirect(url)
