"""What people keep as PDF: the right figures, for the right person, readable by whoever cannot see."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from dashboards import papers
from payments.models import PaymentIntent
from payouts.models import PayoutItem, PayoutPolicy, PayoutSchedule
from payouts.scheduling import place_parts
from people.models import User
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, a_payment, a_won_bid
from tests.dashboards.reading import Reader
from tests.payouts.moving import an_account, sales_of


def paper_of(reader: Reader, thing: PaymentIntent | PayoutSchedule) -> PdfReader:
    kind = "payments/{}/receipt" if isinstance(thing, PaymentIntent) else "payouts/{}/statement"
    answer = reader.client.get(f"/{kind.format(thing.pk)}/")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert str(thing) in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store"
    return PdfReader(io.BytesIO(answer.content))


def words_of(paper: PdfReader) -> str:
    text = " ".join(page.extract_text() for page in paper.pages)
    return " ".join(text.replace("\u00a0", " ").split())


def test_a_receipt_says_who_paid_whom_for_what_and_the_commission(cast: Cast, bo: Reader) -> None:
    sale = a_sale(cast.bo, cast.saga)
    told = words_of(paper_of(bo, sale))

    for words in (f"Receipt {sale}", "Kista, 1780", "Sand & Söner", "Sandbox - no real money"):
        assert words in told
    assert "Amount Kista, 1780 11,000.00 SEK" in told
    assert "Of which commission, 7 % 770.00 SEK" in told
    assert told.split("The money")[1].count("11,000.00 SEK") == 1


def test_a_paper_is_tagged_and_says_its_language(cast: Cast, bo: Reader) -> None:
    User.objects.filter(pk=cast.bo.pk).update(language="sv")
    paper = paper_of(bo, a_sale(cast.bo, cast.saga))

    assert paper.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert paper.trailer["/Root"]["/Lang"] == "sv"
    assert "pdfuaid" in paper.trailer["/Root"]["/Metadata"].get_data().decode()
    assert "Kvitto" in words_of(paper) and "11 000,00 kr" in words_of(paper)


def test_only_who_paid_has_a_receipt(cast: Cast, bo: Reader, saga: Reader, olga: Reader) -> None:
    sale, begun = a_sale(cast.bo, cast.saga), a_payment(a_won_bid(cast.bo, cast.saga))

    assert saga.client.get(f"/payments/{sale.pk}/receipt/").status_code == 404
    assert bo.client.get(f"/payments/{begun.pk}/receipt/").status_code == 404
    assert f"Receipt {sale}" in words_of(paper_of(olga, sale))


def test_a_statement_has_every_line_and_what_they_add_up_to(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    sales_of(cast, 30)
    paper = paper_of(saga, PayoutSchedule.objects.get())
    told = words_of(paper)

    assert [sale for sale in PaymentIntent.objects.all() if f" {sale} " not in told] == []
    assert len(paper.pages) == 2
    assert told.split("What it adds up to")[1].startswith(
        " 30 sales 330,000.00 SEK − Commission 23,100.00 SEK The seller gets 306,900.00 SEK"
    )


def test_a_statement_that_is_too_long_says_where_the_rest_is(
    cast: Cast, saga: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_account(cast.saga)
    sales_of(cast, 3)
    monkeypatch.setattr(papers, "MOST_LINES", 2)
    told = words_of(paper_of(saga, PayoutSchedule.objects.get()))

    assert "1 more line is on the payout's page." in told.replace("’", "'")
    assert told.count("Kista, 1780") == 2 and "3 sales 33,000.00 SEK" in told


def test_each_part_of_a_line_is_told(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    PayoutPolicy.objects.create(seller=cast.saga, made_at=NOON, reserve_bp=1000, reserve_days=30)
    sales_of(cast, 1)
    PayoutItem.objects.update(refunded_minor=1_100, contested_minor=2_200, net_minor=F("gross_minor") - 3_300)
    told = words_of(paper_of(saga, PayoutSchedule.objects.get()))

    for words in (
        "1,023.00 SEK kept back until 2026-12-23",
        "11.00 SEK refunded",
        "22.00 SEK kept for a dispute",
        "− Kept back 1,023.00 SEK",
        "− Refunds 11.00 SEK",
        "− Kept for disputes 22.00 SEK",
    ):
        assert words in told


def test_what_was_kept_back_comes_with_its_own_line(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    PayoutPolicy.objects.create(seller=cast.saga, made_at=NOON, reserve_bp=1000, reserve_days=30)
    (earning,) = sales_of(cast, 1)
    place_parts([(earning, PayoutItem.Part.RESERVE_RELEASE)], at=NOON + timedelta(days=30))
    told = words_of(paper_of(saga, PayoutSchedule.objects.order_by("number").last()))

    assert "Kept back before" in told.split("What it adds up to")[0]
    assert "+ Kept back before 1,023.00 SEK The seller gets 1,023.00 SEK" in told
    assert "11,000.00" not in told


def test_a_long_statement_asks_as_much_as_a_short_one(cast: Cast, saga: Reader) -> None:
    an_account(cast.saga)
    asked = []
    for more in (1, 19):
        sales_of(cast, more)
        with CaptureQueriesContext(connection) as statements:
            paper_of(saga, PayoutSchedule.objects.get())
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 13


@pytest.mark.parametrize(
    "title",
    [
        '<script>alert(1)</script> *bold* #sys.version $x$ \\ @ref = "',
        "\u202eevil\u202c שלום",
        "Kista " * 33,
        "W" * 200,
        "漢字 🪑",
    ],
)
def test_a_title_is_words_and_nothing_else(cast: Cast, bo: Reader, title: str) -> None:
    sale = a_sale(cast.bo, cast.saga, title=title)
    paper = paper_of(bo, sale)

    assert len(paper.pages) == 1
    assert "770.00 SEK" in words_of(paper)
    if title.startswith("<"):
        assert "".join(title.split()) in "".join(words_of(paper).split())


@pytest.mark.parametrize(
    "fails", [{"LONGEST_SECONDS": 0.001}, {"TYPESETTING": "/nowhere"}, {"PAPERS_A_MINUTE": 0}]
)
def test_a_paper_that_is_not_made_says_when_to_come_back(
    cast: Cast, bo: Reader, monkeypatch: pytest.MonkeyPatch, fails: dict[str, object]
) -> None:
    sale = a_sale(cast.bo, cast.saga)
    for name, value in fails.items():
        monkeypatch.setattr(papers, name, value)
    answer = bo.client.get(f"/payments/{sale.pk}/receipt/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert "This document was not made." in answer.content.decode()


def test_who_waits_too_long_for_another_paper_is_told_so(
    cast: Cast, bo: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The threads that serve pages are few."""
    sale = a_sale(cast.bo, cast.saga)
    monkeypatch.setattr(papers, "PATIENCE_SECONDS", 0.01)
    with papers.one_at_a_time:
        assert bo.client.get(f"/payments/{sale.pk}/receipt/").status_code == 503

    assert bo.client.get(f"/payments/{sale.pk}/receipt/").status_code == 200
