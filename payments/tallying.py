"""Keeping the sums that summaries show, in step with the lines."""

from collections import defaultdict

from django.db import connection
from django.db.models import F

from payments.models import PaymentIntent, Tally

# sales, payouts pending, payouts completed, purchases, commission paid
Sums = list[int]


def tally_sales(sales: list[PaymentIntent]) -> None:
    """Add completed sales to the tallies of their sellers and buyers; one statement, in one fixed order."""
    added: dict[tuple[int, str], Sums] = defaultdict(lambda: [0, 0, 0, 0, 0])
    for payment in sales:
        seller = added[payment.seller_id, payment.currency]
        buyer = added[payment.buyer_id, payment.currency]
        seller[0] += payment.total_minor
        seller[1] += payment.seller_minor
        buyer[3] += payment.total_minor
        buyer[4] += payment.commission_minor
    _add(added)


def tally_arrival(*, seller_id: int, currency: str, completed_minor: int) -> None:
    """Move what the bank now has from pending to completed; negative moves it back."""
    Tally.objects.filter(person=seller_id, currency=currency).update(
        payouts_pending_minor=F("payouts_pending_minor") - completed_minor,
        payouts_completed_minor=F("payouts_completed_minor") + completed_minor,
    )


def _add(added: dict[tuple[int, str], Sums]) -> None:
    keys = sorted(added)
    columns = [[added[key][i] for key in keys] for i in range(5)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO payments_tally AS tally (person_id, currency, sales_minor, payouts_pending_minor,
                payouts_completed_minor, purchases_minor, commission_paid_minor)
            SELECT * FROM unnest(%s::bigint[], %s::text[],
                %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
            ON CONFLICT (person_id, currency) DO UPDATE SET
                sales_minor = tally.sales_minor + excluded.sales_minor,
                payouts_pending_minor = tally.payouts_pending_minor + excluded.payouts_pending_minor,
                payouts_completed_minor = tally.payouts_completed_minor + excluded.payouts_completed_minor,
                purchases_minor = tally.purchases_minor + excluded.purchases_minor,
                commission_paid_minor = tally.commission_paid_minor + excluded.commission_paid_minor
            """,
            [[person_id for person_id, _ in keys], [currency for _, currency in keys], *columns],
        )
