"""Lists that are searched: by words, by days, and the same in the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from payments.models import PaymentIntent
from tests.api.asking import a_sale
from tests.cast import Cast
from tests.dashboards.reading import Reader
from tests.dashboards.test_exporting import file_of

# Half past midnight in Stockholm, and still the day before in London.
NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PLACES = ("/buyer/", "/seller/", "/operator/")
Rows = Callable[[str], int]


@pytest.fixture
def sales(cast: Cast) -> list[PaymentIntent]:
    """A chest in the night and a lamp two days later, bought by Bo from Saga."""
    return [
        a_sale(cast.bo, cast.saga, at=NIGHT, title="Kista, 100 % ek"),
        a_sale(cast.bo, cast.saga, at=MORNING, title="Lampa"),
    ]


@pytest.fixture(params=PLACES)
def rows(request: pytest.FixtureRequest, bo: Reader, saga: Reader, olga: Reader, sales: object) -> Rows:
    """How many rows each of the three lists has."""
    reader = {"/buyer/": bo, "/seller/": saga, "/operator/": olga}[request.param]
    return lambda query: reader.get(request.param + query).rows


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 2),
        ("?q=", 2),
        ("?q=KISTA", 1),
        ("?q=+lamp+", 1),
        ("?q=100+%25", 1),
        ("?q=%25", 1),
        ("?q=_", 0),
        ("?q=nothing", 0),
        ("?q=Kista%00", 1),
        ("?since=2026-11-24", 2),
        ("?since=2026-11-25", 1),
        ("?until=2026-11-24", 1),
        ("?until=2026-11-23", 0),
        ("?since=2026-11-24&until=2026-11-24", 1),
        ("?since=2026-11-26&until=2026-11-24", 0),
        ("?since=0001-01-01&until=9999-12-31", 2),
        ("?q=kista&since=2026-11-25", 0),
    ],
)
def test_each_list_has_what_is_wanted(rows: Rows, query: str, found: int) -> None:
    assert rows(query) == found


def test_a_payment_is_found_by_its_number(rows: Rows, sales: list[PaymentIntent]) -> None:
    assert [rows(f"?q={sales[0]}"), rows(f"?q={str(sales[0]).lower()}"), rows("?q=PAY-99999999")] == [1, 1, 0]


@pytest.mark.parametrize(
    ("name", "found"), [("S%C3%96NER", [2, 0, 2]), ("bergs", [0, 2, 2]), ("saga+sand", [0, 0, 0])]
)
def test_the_other_party_is_found_by_the_name_that_is_shown(
    name: str, found: list[int], bo: Reader, saga: Reader, olga: Reader, sales: object
) -> None:
    """Who acts for a company is shown by its name, and not found by their own."""
    readers = zip((bo, saga, olga), PLACES, strict=True)
    assert [reader.get(f"{place}?q={name}").rows for reader, place in readers] == found


def test_who_has_no_company_is_found_by_name(cast: Cast, saga: Reader) -> None:
    a_sale(cast.mallory, cast.saga)
    assert saga.get("/seller/?q=moss").rows == 1


@pytest.mark.parametrize("place", PLACES)
def test_a_day_that_is_none_is_told_beside_the_field_and_what_was_typed_stays(
    place: str, bo: Reader, saga: Reader, olga: Reader, sales: object
) -> None:
    reader = {"/buyer/": bo, "/seller/": saga, "/operator/": olga}[place]
    page = reader.get(f"{place}?since=2026-02-30&until=soon&q=kista")

    assert page.rows == 1
    assert page.text.count("Write the day as year, month and day") == 2
    fields = {one["name"]: one for one in page.all("input") if one.get("type") in ("date", "search")}
    assert [fields[name]["value"] for name in ("q", "since", "until")] == ["kista", "2026-02-30", "soon"]
    told_by = [fields[name]["aria-describedby"] for name in ("since", "until")]
    assert told_by == [span["id"] for span in page.all("span") if "refused" in span.get("class", "")]


def test_who_finds_nothing_is_told_how_to_see_all_again(bo: Reader, saga: Reader, sales: object) -> None:
    for reader, place, told in ((bo, "/buyer/", "No payments match."), (saga, "/seller/", "No sales match.")):
        page = reader.get(f"{place}?q=nothing")
        assert f"{told} Clear filters" in page.text
        assert any(link.startswith(f"{place}#") for link in page.links)


@pytest.mark.parametrize("place", PLACES)
def test_the_file_has_the_same_rows(place: str, cast: Cast, sales: object) -> None:
    person = {"/buyer/": cast.bo, "/seller/": cast.saga, "/operator/": cast.olga}[place]
    (row,) = file_of(person, f"{place}export/?q=lampa&since=2026-11-25")
    assert row["Item"] == "Lampa"


def test_the_file_and_the_pages_keep_the_search(cast: Cast, olga: Reader) -> None:
    for _ in range(26):
        a_sale(cast.bo, cast.saga, title="Lampa & kista")
    page = olga.get("/operator/?q=a+%26+k&state=succeeded&before=0")
    assert page.rows == 0
    page = olga.get("/operator/?q=a+%26+k&state=succeeded")

    assert page.rows == 25
    links = [link for link in page.links if "q=a+%26+k" in link.replace("&amp;", "&")]
    assert len(links) == 3 and all("state=succeeded" in link for link in links)


def test_nobody_finds_what_is_anothers(cast: Cast, sales: object) -> None:
    assert file_of(cast.mallory, "/buyer/export/?q=kista") == []
