"""What a person's payments and sales add up to, never across currencies."""

from django.http import HttpRequest
from ninja import Router

from api.bearer import anyone, person_of
from api.fields import answers
from api.shapes import CurrencySums, SummaryAnswer
from money.amounts import format_minor
from payments.queries import Sums, newest_currency_of, sums_of

router = Router(tags=["Summary"], auth=anyone)


@router.get("", response=answers({200: SummaryAnswer}, 401))
def get_summary(request: HttpRequest) -> SummaryAnswer:
    """Own totals, in the currency of the newest line, and in each currency there is."""
    person = person_of(request)
    by_currency = sums_of(person)
    currency = newest_currency_of(person)
    newest = next((sums for sums in by_currency if sums.currency == currency), Sums(currency=currency))
    return SummaryAnswer(
        **_present(newest).model_dump(), by_currency=[_present(sums) for sums in by_currency]
    )


def _present(sums: Sums) -> CurrencySums:
    return CurrencySums(
        total_received=format_minor(sums.received_minor, sums.currency),
        pending_payouts=format_minor(sums.pending_minor, sums.currency),
        total_sales=format_minor(sums.sales_minor, sums.currency),
        commission_paid=format_minor(sums.commission_paid_minor, sums.currency),
        currency=sums.currency,
    )
