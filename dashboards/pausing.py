"""The seller's own pause: asked first, and ended the same way."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dashboards.access import reader_of, sellers, signed_in
from dashboards.asking import Question, ask_first
from payouts.holding import is_paused, pause_payouts, resume_payouts


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(sellers)
def pause(request: HttpRequest) -> HttpResponse:
    seller = reader_of(request)
    question = Question(
        title=gettext("Pause your payouts?"),
        told=[
            gettext("Your money stays with Klubba until you resume. What is on its way goes on."),
            gettext("After 85 days a sale is paid out all the same: Stripe keeps money for 90 days at most."),
        ],
        button=gettext("Pause payouts"),
        back=reverse("seller-payouts"),
    )
    return ask_first(
        request,
        question,
        lambda reason: pause_payouts(seller, at=timezone.now()),
        is_done=lambda reason: is_paused(seller.pk),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(sellers)
def resume(request: HttpRequest) -> HttpResponse:
    seller = reader_of(request)
    question = Question(
        title=gettext("Resume your payouts?"),
        told=[gettext("What is due leaves on the next bank day.")],
        button=gettext("Resume payouts"),
        back=reverse("seller-payouts"),
    )
    return ask_first(
        request,
        question,
        lambda reason: resume_payouts(seller, at=timezone.now()),
        is_done=lambda reason: not is_paused(seller.pk),
    )
