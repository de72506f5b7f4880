"""What the database refuses in a line, whoever writes it: here the owner of the tables does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from payments.models import PaymentIntent
from tests.api.asking import a_sale
from tests.cast import NOON, Cast

LINES = "payments_transaction"
WRITE = """
INSERT INTO payments_transaction
    (id, payment_intent_id, type, owner_id, role, currency, amount_minor, created_at)
VALUES (gen_random_uuid(), %(payment)s, 'refund', %(owner)s, %(role)s, %(currency)s, 1, %(at)s)
"""


@pytest.fixture
def sale(cast: Cast) -> PaymentIntent:
    return a_sale(cast.bo, cast.saga, at=NOON)


def write(sale: PaymentIntent, **line: Any) -> None:
    """As the owner of the tables, not as the role of web and worker."""
    told = {"payment": sale.pk, "at": NOON, "role": "buyer", "owner": sale.buyer_id, "currency": "SEK"}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE tablename = %s", [LINES])
        assert cursor.fetchone() == (True,)
        cursor.execute(WRITE, told | line)


def test_a_line_of_either_side_in_the_payments_currency_stands(sale: PaymentIntent) -> None:
    write(sale)
    write(sale, role="seller", owner=sale.seller_id)

    kept = sale.transactions.filter(type="refund").order_by("number")
    sides = [(line.owner_as_buyer, line.owner_as_seller) for line in kept]
    assert sides == [(sale.buyer_id, None), (None, sale.seller_id)]


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ({"currency": "EUR"}, "line_of_the_payments_buyer"),
        ({"currency": "sek"}, "line_of_the_payments_buyer"),
        ({"role": "seller", "owner": "saga", "currency": "EUR"}, "line_of_the_payments_seller"),
        ({"owner": "mallory"}, "line_of_the_payments_buyer"),
        ({"owner": "saga"}, "line_of_the_payments_buyer"),
        ({"role": "seller", "owner": "bo"}, "line_of_the_payments_seller"),
        ({"role": "seller", "owner": "mallory"}, "line_of_the_payments_seller"),
        ({"role": "nobody"}, "line_is_a_buyers_or_a_sellers"),
        ({"role": ""}, "line_is_a_buyers_or_a_sellers"),
    ],
)
def test_a_line_that_is_not_of_its_payment_is_refused(
    cast: Cast, sale: PaymentIntent, line: dict[str, Any], refusal: str
) -> None:
    if "owner" in line:
        line = line | {"owner": getattr(cast, line["owner"]).pk}

    with pytest.raises(IntegrityError, match=refusal):
        write(sale, **line)
    assert sale.transactions.count() == 2


def test_the_columns_that_tie_are_filled_by_the_database_alone(sale: PaymentIntent) -> None:
    statement = "INSERT INTO payments_transaction (payment_intent_id, owner_as_buyer) VALUES (%s, 1)"

    with pytest.raises(ProgrammingError, match="owner_as_buyer"), transaction.atomic():
        connection.cursor().execute(statement, [sale.pk])
