"""What a seller's payout line shows, kept in step with the items of its earning."""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from payouts.models import Earning


def complete_earnings(earning_ids: Iterable[UUID]) -> None:
    """PENDING -> COMPLETED for those all of whose parts are in the bank, or settled."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE payouts_earning AS earning SET status = 'completed'
            FROM (
                SELECT earning_id, sum(gross_minor) AS done_minor FROM payouts_payoutitem
                WHERE earning_id = ANY(%s) AND state IN ('paid', 'settled') GROUP BY earning_id
            ) AS done
            WHERE earning.id = done.earning_id AND earning.status = 'pending'
                AND done.done_minor = earning.amount_minor
            """,
            [list(earning_ids)],
        )


def reopen_earnings(earning_ids: Iterable[UUID]) -> None:
    """COMPLETED -> PENDING: the bank sent a part of it back."""
    Earning.objects.filter(pk__in=list(earning_ids), status=Earning.Status.COMPLETED).update(
        status=Earning.Status.PENDING
    )
