"""Charges at Stripe beside our payments: each that succeeded is one of ours, completed, of its amount."""

from uuid import UUID

from django.db.models import Q

from gateway.made import Made
from payments.models import PaymentIntent
from treasury.differences import About, Difference, Kind

SUCCEEDED = PaymentIntent.Status.SUCCEEDED


def differing_charges(charges: list[Made]) -> list[Difference]:
    """What Stripe has charged and we tell otherwise; one statement for all."""
    standing = [charge for charge in charges if charge.stands_minor]
    own_ids = {charge.id: own_id for charge in standing if (own_id := uuid_of(charge.own_id))}
    rows = PaymentIntent.objects.filter(
        Q(stripe_payment_intent_id__in={charge.intent_id for charge in standing}) | Q(pk__in=own_ids.values())
    )
    payments = {row.pk: row for row in rows}
    by_intent = {row.stripe_payment_intent_id: row for row in payments.values()}
    compared = (
        (charge, by_intent.get(charge.intent_id), payments.get(own_ids.get(charge.id)))  # type: ignore[arg-type]
        for charge in standing
    )
    return [difference for told in compared if (difference := _difference(*told))]


def _difference(
    charge: Made, payment: PaymentIntent | None, named: PaymentIntent | None
) -> Difference | None:
    """`payment` has the charge's PaymentIntent. `named` is the one that the charge says it is for."""
    if payment is None and named is not None and named.stripe_payment_intent_id is None:
        payment = named  # Its answer has not reached us.
    if payment is None:
        return _of(charge, Kind.MISSING_EVENT if named else Kind.UNKNOWN, named)
    agrees = (payment.currency, payment.total_minor) == (charge.currency, charge.stands_minor)
    if not agrees:
        expected_minor = payment.total_minor if payment.currency == charge.currency else 0
        return _of(charge, Kind.AMOUNT, payment, expected_minor=expected_minor)
    return None if payment.status == SUCCEEDED else _of(charge, Kind.MISSING_EVENT, payment)


def _of(charge: Made, kind: str, payment: PaymentIntent | None, *, expected_minor: int = 0) -> Difference:
    return Difference(
        kind=kind,
        object_type=About.CHARGE,
        object_id=charge.id,
        subject_id=str(payment.pk) if payment else "",
        currency=charge.currency,
        expected_minor=expected_minor,
        found_minor=charge.stands_minor,
        made_at=charge.created_at,
    )


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
