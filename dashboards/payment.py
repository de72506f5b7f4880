"""One payment: how much, where it is now, what comes next, to each who may see it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from dashboards.access import reader_of, signed_in
from dashboards.wording import payment_word
from payments.declines import decline_sentence
from payments.models import PaymentIntent
from payments.queries import payments_of
from payments.timeline import Step, timeline_of
from payouts.scheduling import schedule_of_payment
from people.models import User


@require_safe
@signed_in()
def payment_page(request: HttpRequest, payment_id: str) -> HttpResponse:
    reader = reader_of(request)
    payment = get_object_or_404(payments_of(reader), pk=payment_id)
    is_buyer = reader.pk == payment.buyer_id
    is_open = payment.status in PaymentIntent.OPEN
    is_confirming = payment.status == PaymentIntent.Status.PROCESSING
    context = {
        "payment": payment,
        "word": payment_word(payment, reader=reader),
        "is_buyer": is_buyer,
        "is_seller": reader.pk == payment.seller_id,
        "is_open": is_open,
        "is_sale": payment.outcome == PaymentIntent.Outcome.SALE,
        "can_pay": is_buyer and is_open and not is_confirming and payment.bid.status == "won",
        "is_confirming": is_confirming,
        "needs_approval": payment.status == PaymentIntent.Status.REQUIRES_ACTION,
        "decline": decline_sentence(payment.last_error) if payment.last_error and is_open else "",
        "schedule": None if is_buyer else schedule_of_payment(payment.pk),
        "steps": _steps(payment, reader),
    }
    return render(request, "dashboards/payment.html", context)


def _steps(payment: PaymentIntent, reader: User) -> list[Step]:
    """Newest first; what is still to come stands above it."""
    steps = timeline_of(payment, reader=reader)
    deadline = payment.bid.pay_by
    may_be_late = payment.status in PaymentIntent.OPEN and payment.status != PaymentIntent.Status.PROCESSING
    if may_be_late and deadline and deadline > timezone.now():
        steps.append(Step(deadline, "payment.due", gettext("Last time to pay."), "buyer", expected=True))
    return steps[::-1]
