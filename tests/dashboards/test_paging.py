"""Lists by pages, and what a page costs."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards import paging
from dashboards.paging import PAGE_ROWS
from inbox.models import Message
from notifications.models import Letter
from payments.models import PaymentIntent
from payouts.approving import approve_run, preview_run
from payouts.holding import hold_schedule, release_schedule
from payouts.models import ConnectedAccount, Earning, PayoutItem, PayoutPolicy, PayoutRun, PayoutSchedule
from people.models import User
from tests.api.asking import a_sale
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid, deliver, event_of, make_cast
from tests.dashboards.platform import a_difference, a_draw, a_movement
from tests.dashboards.reading import Reader, Sheet
from tests.notifications.diary import letters
from tests.payouts.moving import an_account

MOST_STATEMENTS = 12


def live_a_little(cast: Cast, *, times: int) -> None:
    for number in range(times):
        sale = a_sale(cast.bo, cast.saga, title=f"Thing {number}")
        deliver(event_of("price.updated", {"id": str(sale.pk)}))
        a_won_bid(cast.bo, cast.saga, at=timezone.now())
        a_payout_of_its_own(cast, number)
    for _ in range(times):  # Together in a payout; the second ones have lain there for long.
        a_sale(cast.bo, cast.saga)
        a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=76))
    letters()
    Letter.objects.update(state="sent", sent_at=timezone.now())


def a_payout_of_its_own(cast: Cast, number: int) -> None:
    """One that waits, a hold that ended, a policy, a draw, a movement, and a run that shows them all."""
    at = timezone.now()
    earning = Earning.objects.latest("created_at")
    schedule = PayoutItem.objects.get(earning=earning).schedule
    hold_schedule(schedule, reason="Looked into.", by=cast.olga, at=at)
    release_schedule(schedule, reason="Solved.", by=cast.otto, at=at)
    PayoutPolicy.objects.create(seller=cast.saga, made_by=cast.olga, made_at=at)
    a_draw(cast)
    a_movement()
    a_difference(resolved_at=at, explained_by=cast.olga, reason="Known.")
    approve_run_of(schedule, cast)


def approve_run_of(schedule: PayoutSchedule, cast: Cast) -> None:
    if not ConnectedAccount.objects.exists():
        an_account(cast.saga)
    Earning.objects.update(available_on=timezone.now().date())
    run = preview_run(schedule.scheduled_date, by=cast.olga, at=timezone.now())
    approve_run(run, digest=run.digest, by=cast.otto, at=timezone.now())


def paths() -> dict[str, str]:
    payment = PaymentIntent.objects.values_list("pk", flat=True)[0]
    payout = PayoutSchedule.objects.order_by("-item_count").values_list("pk", flat=True)[0]
    run = PayoutRun.objects.order_by("-made_at").values_list("pk", flat=True).first()
    return {
        "buyer": "/buyer/",
        "seller": "/seller/",
        "operator": "/operator/",
        "webhooks": "/operator/webhooks/?state=all",
        "payouts": "/seller/payouts/",
        "bank": "/seller/bank/",
        "pause": "/seller/payouts/pause/",
        "watched": "/operator/payouts/?state=all",
        "runs": "/operator/runs/",
        "run": f"/operator/runs/{run}/",
        "sold by": f"/operator/sellers/{User.objects.get(email='saga@klubba.example').pk}/",
        "money": "/operator/money/",
        "log": "/operator/log/",
        "differences": "/operator/differences/?state=all",
        "hold": f"/operator/payouts/{payout}/hold/",
        "letters": "/outbox/",
        "told": "/letters/",
        "payment": f"/payments/{payment}/",
        "payout": f"/payouts/{payout}/",
    }


def statements(reader: Reader, path: str) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        assert reader.get(path).status == 200
    return [query["sql"] for query in seen.captured_queries]


SEEN_BY = {
    "bo": ["buyer", "payment", "letters", "told"],
    "saga": ["seller", "payment", "payout", "payouts", "bank", "pause"],
    "olga": [
        *("operator", "webhooks", "payment", "payout", "watched"),
        *("runs", "run", "sold by", "money", "log", "differences", "hold"),
    ],
}


def statements_of_every_page(cast: Cast) -> dict[str, list[str]]:
    return {
        f"{name} seen by {nick}": statements(Reader(getattr(cast, nick)), paths()[name])
        for nick, names in SEEN_BY.items()
        for name in names
    }


def test_a_page_asks_as_much_for_25_rows_as_for_one(cast: Cast, stripe_at: Sandbox) -> None:
    live_a_little(cast, times=1)
    for_one = statements_of_every_page(cast)
    live_a_little(cast, times=24)
    for_many = statements_of_every_page(cast)

    grown = {page: asked for page, asked in for_many.items() if len(asked) != len(for_one[page])}
    assert grown == {}
    assert {page: asked for page, asked in for_many.items() if len(asked) > MOST_STATEMENTS} == {}


@pytest.fixture(scope="module")
def long_lists(shared_transaction: None) -> Cast:
    """A page of each list and five rows more; each sale of another week, and so in a payout of its own."""
    cast = make_cast()
    for number in range(PAGE_ROWS + 5):
        sale = a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(weeks=number))
        deliver(event_of("price.updated", {"id": str(sale.pk)}))
        a_movement()
        a_difference()
    Message.objects.update(state="handled", handled_at=timezone.now())
    return cast


@pytest.mark.xdist_group("long lists")
@pytest.mark.parametrize(
    ("name", "nick"),
    [
        *(("buyer", "bo"), ("seller", "saga"), ("payouts", "saga")),
        *(("operator", "olga"), ("watched", "olga"), ("webhooks", "olga"), ("money", "olga")),
        ("differences", "olga"),
    ],
)
def test_older_and_newer_lead_through_all_rows_and_back(
    long_lists: Cast, stripe_at: Sandbox, name: str, nick: str
) -> None:
    of_the_rows = "/payouts/" if name in ("payouts", "watched") else "/payments/"
    leads_through_all_rows_and_back(Reader(getattr(long_lists, nick)), paths()[name], of_the_rows)


def test_the_lines_of_one_payout_have_pages_too(cast: Cast, saga: Reader) -> None:
    for _ in range(PAGE_ROWS + 5):
        a_sale(cast.bo, cast.saga)

    leads_through_all_rows_and_back(saga, paths()["payout"], "/payments/")


def leads_through_all_rows_and_back(reader: Reader, path: str, of_the_rows: str) -> None:
    place = path.partition("?")[0]
    first = reader.get(path)
    second = reader.get(place + turn(first, "next"))

    assert (first.rows, second.rows) == (PAGE_ROWS, 5)
    assert turn(second, "next") == "" and turn(first, "prev") == ""
    assert not links_on(first, of_the_rows) & links_on(second, of_the_rows)
    assert reader.get(place + turn(second, "prev")).text == first.text


def test_newer_leads_back_to_the_page_that_led_here(cast: Cast, bo: Reader) -> None:
    for _ in range(2 * PAGE_ROWS + 1):
        a_sale(cast.bo, cast.saga)
    second = bo.get("/buyer/" + turn(bo.get("/buyer/"), "next"))
    third = bo.get("/buyer/" + turn(second, "next"))

    back = turn(third, "prev")
    assert "before" not in back
    assert bo.get("/buyer/" + back).text == second.text


def test_a_page_that_is_full_to_the_row_has_no_older_one(cast: Cast, bo: Reader) -> None:
    for _ in range(PAGE_ROWS):
        a_sale(cast.bo, cast.saga)

    assert turn(bo.get("/buyer/"), "next") == ""


@pytest.mark.parametrize("place", ["x", "-1", "1e3", "9" * 40, "٣", "1;drop", ""])
def test_a_place_that_is_none_is_the_newest_page(cast: Cast, bo: Reader, place: str) -> None:
    a_sale(cast.bo, cast.saga)

    assert bo.get(f"/buyer/?before={place}").rows == bo.get(f"/buyer/?after={place}").rows == 1


def titles(page: Sheet) -> list[str]:
    return re.findall(r"Thing [0-9]+", page.text)


@pytest.fixture
def things(cast: Cast) -> None:
    """Thing 0 is the oldest; 2 and 3 cost the same, 1 costs most."""
    for number, amount_minor in enumerate((20_000, 90_000, 50_000, 50_000)):
        a_sale(cast.bo, cast.saga, title=f"Thing {number}", amount_minor=amount_minor, reserve_minor=None)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        *(("", "3210"), ("-date", "3210"), ("date", "0123")),
        *(("-amount", "1320"), ("amount", "0231"), ("title", "3210"), ("--amount", "3210")),
    ],
)
@pytest.mark.parametrize("path", ["/buyer/", "/seller/"])
def test_a_list_is_sorted_as_its_address_says(
    things: None, bo: Reader, saga: Reader, monkeypatch: pytest.MonkeyPatch, path: str, sort: str, order: str
) -> None:
    """Page by page too, and back."""
    reader = bo if path == "/buyer/" else saga
    wanted = [f"Thing {number}" for number in order]
    whole = reader.get(f"{path}?sort={sort}")
    assert titles(whole) == wanted

    monkeypatch.setattr(paging, "PAGE_ROWS", 1)
    page, met = reader.get(f"{path}?sort={sort}"), []
    for _ in wanted:
        met += titles(page)
        if on := turn(page, "next"):
            page = reader.get(path + on)
    assert met == wanted
    for _ in wanted[1:]:
        page = reader.get(path + turn(page, "prev"))
        met += titles(page)
    assert met[4:] == wanted[2::-1]


def test_by_an_amount_only_the_newest_are_sorted(
    things: None, bo: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Of the newest" not in bo.get("/buyer/?sort=-amount").text
    monkeypatch.setattr(paging, "MOST_SORTED", 3)
    page = bo.get("/buyer/?sort=-amount")

    assert titles(page) == ["Thing 1", "Thing 3", "Thing 2"] and "Of the newest 5,000." in page.text
    assert len(titles(bo.get("/buyer/?sort=date"))) == 4


def test_operators_sort_by_the_day_alone(things: None, olga: Reader) -> None:
    """By an amount all that ever was would be read."""
    assert titles(olga.get("/operator/?sort=date")) == [f"Thing {n}" for n in range(4)]
    assert titles(olga.get("/operator/?sort=-amount")) == [f"Thing {n}" for n in (3, 2, 1, 0)]


def test_a_head_says_how_it_is_sorted_and_leads_the_other_way(things: None, bo: Reader) -> None:
    def heads(query: str) -> list[tuple[str, str]]:
        page = bo.get("/buyer/" + query).html
        return re.findall(r'<th scope="col"(?: aria-sort="(\w+)")?[^>]*><a href="([^"]+)"', page)

    assert heads("") == [("descending", "?sort=date#history"), ("", "?sort=-amount#history")]
    assert heads("?sort=amount")[1] == ("ascending", "?sort=-amount#history")
    assert heads("?q=Thing&before=999999.9&sort=-amount") == [
        ("", "?q=Thing&amp;sort=-date#history"),
        ("descending", "?q=Thing&amp;sort=amount#history"),
    ]


def test_searching_keeps_the_order(things: None, bo: Reader) -> None:
    fields = bo.get("/buyer/?sort=amount").all("input")

    assert [field["value"] for field in fields if field.get("name") == "sort"] == ["amount"]


@pytest.mark.parametrize("place", ["9", "9.9.9", "9.", ".9", "x.1", "-1.1"])
def test_a_place_of_another_order_is_the_first_page(things: None, bo: Reader, place: str) -> None:
    assert bo.get(f"/buyer/?sort=amount&after={place}").rows == 4


def turn(page: Sheet, way: str) -> str:
    return next((a["href"] for a in page.all("a") if a.get("rel") == way), "")


def links_on(page: Sheet, start: str) -> set[str]:
    return {link for link in page.links if link.startswith(start)}
