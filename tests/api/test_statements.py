"""A list costs the same number of statements, however many rows it has."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from payments.models import PaymentIntent
from tests.api.asking import Asking, a_sale
from tests.cast import Cast, deliver, event_of

MOST_STATEMENTS = 6
# The figures are of several tables, and no list.
MOST_FOR_FIGURES = 8
ADMIN = "/api/payments/admin/"
LISTS = {
    "/api/auctions/": "bo",
    "/api/bids/": "bo",
    "/api/payments/payment-intent/": "saga",
    "/api/payments/transactions/": "saga",
    "/api/payments/payouts/": "saga",
    "/api/payments/summary/": "saga",
    ADMIN + "stats/": "olga",
    ADMIN + "pending-payouts/": "olga",
    ADMIN + "payment-intents/": "olga",
    ADMIN + "transactions/": "olga",
    ADMIN + "events/": "olga",
    ADMIN + "audit-log/": "olga",
}


def statements(asking: Asking, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        assert asking.get(path).status_code == 200
    return [query["sql"] for query in seen.captured_queries]


def sell(cast: Cast, *, times: int) -> None:
    """On as many days, so that there are many payouts too."""
    for days in range(times):
        sale = a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=7 * days))
        deliver(event_of("price.updated", {"id": str(sale.pk)}))


def statements_of_every_list(cast: Cast) -> dict[str, list[str]]:
    return {path: statements(Asking(getattr(cast, who)), path) for path, who in LISTS.items()}


def test_a_list_asks_as_much_for_25_rows_as_for_one(cast: Cast) -> None:
    sell(cast, times=1)
    for_one = statements_of_every_list(cast)
    sell(cast, times=24)
    for_many = statements_of_every_list(cast)

    grown = {path: asked for path, asked in for_many.items() if len(asked) != len(for_one[path])}
    assert grown == {}
    most = dict.fromkeys(LISTS, MOST_STATEMENTS) | {ADMIN + "stats/": MOST_FOR_FIGURES}
    assert {path: asked for path, asked in for_many.items() if len(asked) > most[path]} == {}


def test_one_payout_asks_as_much_for_25_lines_as_for_one(cast: Cast) -> None:
    asking = Asking(cast.saga)
    sell(cast, times=1)
    path = f"/api/payments/payouts/{asking.get('/api/payments/payouts/').json()[0]['id']}/"
    for_one = len(statements(asking, path))
    for _ in range(24):
        a_sale(cast.bo, cast.saga)

    assert len(statements(asking, path)) == for_one
    assert len(asking.get(path).json()["transactions"]) == 25
    assert PaymentIntent.objects.count() == 25
