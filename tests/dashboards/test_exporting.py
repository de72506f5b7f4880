"""Lists as files: exactly the rows of the page, for their owner alone, and nothing that is run."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from django.utils import translation

from dashboards import exporting
from dashboards.exporting import text
from payments.models import PaymentIntent
from people.models import User
from tests.api.asking import a_sale
from tests.cast import Cast


def file_of(person: User, path: str, *, language: str = "en") -> list[dict[str, str]]:
    User.objects.filter(pk=person.pk).update(language=language)
    client = Client()
    client.force_login(person)
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="klubba-')
    whole = b"".join(answer.streaming_content).decode()
    assert whole.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(whole[1:])))


def test_a_buyer_has_every_purchase_with_its_commission(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    sale = a_sale(cast.bo, cast.saga, currency="EUR", amount_minor=100_050, reserve_minor=None)

    newest, oldest = file_of(cast.bo, "/buyer/export/")

    assert newest | {"Begun": "", "Paid": ""} == {
        "Payment": str(sale),
        "Item": "Kista, 1780",
        "Seller": "Sand & Söner",
        "Status": "Paid",
        "Begun": "",
        "Paid": "",
        "Currency": "EUR",
        "Amount": "1000.50",
        "Amount, minor units": "100050",
        "Commission": "70.04",
        "Commission, minor units": "7004",
    }
    assert (oldest["Amount"], oldest["Commission"]) == ("11000.00", "770.00")
    assert newest["Paid"].endswith(("+01:00", "+02:00"))


def test_a_seller_has_every_sale_with_what_it_brings_and_its_payout(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)

    (row,) = file_of(cast.saga, "/seller/export/")

    assert (row["Sale"], row["Commission"], row["You get"]) == ("11000.00", "770.00", "10230.00")
    assert row["You get, minor units"] == "1023000"
    assert row["Payout"].startswith("PO-") and row["Payout on"].count("-") == 2


def test_an_operator_has_the_rows_of_the_filter(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)

    assert len(file_of(cast.olga, "/operator/export/?state=succeeded")) == 1
    assert file_of(cast.olga, "/operator/export/?state=canceled") == []
    assert len(file_of(cast.olga, "/operator/export/?state=nonsense")) == 1


@pytest.mark.parametrize(("nick", "path"), [("bo", "buyer"), ("saga", "seller"), ("olga", "operator")])
def test_a_file_without_rows_has_its_columns(cast: Cast, nick: str, path: str) -> None:
    client = Client()
    client.force_login(getattr(cast, nick))
    whole = b"".join(client.get(f"/{path}/export/").streaming_content).decode()

    assert whole.startswith("\ufeffPayment,Item,") and whole.count("\r\n") == 1


def test_nobody_has_the_rows_of_another(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    other = User.objects.create(email="x@klubba.example", name="X", is_buyer=True, is_seller=True)

    assert file_of(other, "/buyer/export/") == file_of(other, "/seller/export/") == []


def test_many_rows_come_once_each_and_in_order(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 2)
    sales = [a_sale(cast.bo, cast.saga, amount_minor=10_000, reserve_minor=None) for _ in range(5)]

    for person, path in ((cast.bo, "/buyer/export/"), (cast.saga, "/seller/export/")):
        assert [row["Payment"] for row in file_of(person, path)] == [str(sale) for sale in sales][::-1]


def test_it_asks_as_much_for_many_rows_as_for_few(cast: Cast, django_assert_num_queries) -> None:
    client = Client()
    client.force_login(cast.saga)

    for _ in range(3):
        a_sale(cast.bo, cast.saga)
        with django_assert_num_queries(5):
            list(client.get("/seller/export/").streaming_content)


def test_what_somebody_wrote_is_never_a_formula(cast: Cast) -> None:
    for title in ("=1+1", "+46", "-2", "@SUM(A1)", "\t=1", "\r=1"):
        assert text(title) == f"'{title}"
    a_sale(cast.bo, cast.saga, title='=HYPERLINK("http://x","y"), 2')

    (row,) = file_of(cast.bo, "/buyer/export/")

    assert row["Item"] == '\'=HYPERLINK("http://x","y"), 2'
    assert text("Kista = 2") == "Kista = 2"


def test_it_is_in_the_readers_language(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)

    (row,) = file_of(cast.bo, "/buyer/export/", language="sv")

    assert row["Status"] == "Betald" and "Provision" in row


def test_a_refunded_or_failed_payment_has_no_commission(cast: Cast) -> None:
    sale = a_sale(cast.bo, cast.saga)
    assert PaymentIntent.objects.get(pk=sale.pk).outcome == "sale"
    with translation.override("en"):
        commission = exporting.payments_told_to(cast.bo)()["Commission, minor units"]

    assert commission(sale) == "77000"
    sale.outcome = "returned"
    assert commission(sale) == "0"
