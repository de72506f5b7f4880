"""What was begun at Stripe, is in doubt, and has nobody who must come back to it: it goes on.

Transfers, payouts and reversals are on a schedule, and our own draws are open, so `pay` and `poll` find them.
A payment and an account were begun by a person, who may have closed the page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet

from gateway.accounts import PURPOSE as ACCOUNT
from gateway.client import StripeAway, StripeRefused
from gateway.models import StripeCall
from gateway.payment_intents import CANCEL
from gateway.payment_intents import PURPOSE as PAYMENT_INTENT
from payments.deadlines import end_cancellation_of
from payments.initiation import end_creation_of
from payments.models import PaymentIntent
from payouts.onboarding import open_account
from people.models import User

# Longer than any request waits for Stripe: until then somebody may be at it.
SOMEBODY_IS_AT_IT = timedelta(minutes=1)

Unit = Callable[..., object]
UNITS: dict[str, tuple[type[Model], Unit]] = {
    PAYMENT_INTENT: (PaymentIntent, end_creation_of),
    CANCEL: (PaymentIntent, end_cancellation_of),
    ACCOUNT: (User, open_account),
}


def sweep(*, limit: int, at: datetime, go_on: Callable[[], bool] = lambda: True) -> int:
    """Bring up to `limit` calls in doubt to a definite end; answers how many came to one.

    In no order, so that those that must wait stand in nobody's way. Two at once come to the same end.
    `go_on` is asked before each.
    """
    calls = list(_left_in_doubt(at=at).order_by("?")[:limit])
    for call, subject in _with_subjects(calls):
        if not go_on():
            break
        try:
            UNITS[call.purpose][1](subject, at=at)
        except (StripeAway, StripeRefused):
            continue
    return _ended(calls)


def _left_in_doubt(*, at: datetime) -> QuerySet[StripeCall]:
    in_doubt = StripeCall.objects.filter(
        state__in=StripeCall.IN_DOUBT, first_sent_at__lte=at - SOMEBODY_IS_AT_IT
    )
    return in_doubt.filter(purpose__in=UNITS)


def _with_subjects(calls: list[StripeCall]) -> list[tuple[StripeCall, Any]]:
    """Each call with the row it is about, in one question for each kind of row."""
    found = {
        purpose: model._default_manager.in_bulk([call.object_id for call in calls if call.purpose == purpose])
        for purpose, (model, _) in UNITS.items()
    }
    by_text = {(purpose, str(pk)): row for purpose, rows in found.items() for pk, row in rows.items()}
    return [(call, by_text[call.purpose, call.object_id]) for call in calls]


def _ended(calls: list[StripeCall]) -> int:
    still_open = StripeCall.objects.filter(pk__in=[call.pk for call in calls], state__in=StripeCall.IN_DOUBT)
    return len(calls) - still_open.count() if calls else 0
