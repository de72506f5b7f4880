"""Every page: its skeleton, what a strict policy and a person who cannot see it need, and its weight."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

import dashboards
from notifications.models import Letter
from payouts.approving import preview_run
from payouts.holding import hold_schedule, release_schedule, trip_breaker
from payouts.models import Earning, PayoutSchedule
from tests.api.asking import a_sale
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid, deliver, event_of, make_cast
from tests.dashboards.platform import a_difference, a_draw, a_movement
from tests.dashboards.reading import Reader, Sheet
from tests.databases import undone_afterwards
from tests.notifications.diary import letters
from tests.payouts.moving import an_account
from treasury.models import Break

ROOM = Path(dashboards.__file__).parent
STATIC = ROOM / "static" / "dashboards"
CSS_BYTES, JS_BYTES, HTML_BYTES = 8 * 1024, 20 * 1024, 25 * 1024
PAGES = {
    "front": "",
    "sign-in": "",
    "buyer": "bo",
    "begin": "bo",
    "checkout": "bo",
    "closed": "bo",
    "payment": "bo",
    "sale": "saga",
    "seller": "saga",
    "payout": "saga",
    "payouts": "saga",
    "bank": "saga",
    "pause": "saga",
    "operator": "olga",
    "watched": "olga",
    "stopped": "olga",
    "watched payout": "olga",
    "hold": "olga",
    "runs": "olga",
    "run": "olga",
    "sold by": "olga",
    "money": "olga",
    "audit": "olga",
    "log": "olga",
    "differences": "olga",
    "explain": "olga",
    "webhooks": "olga",
    "letters": "bo",
    "told": "saga",
    "not found": "bo",
}
CORPUS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}", "&lt;b&gt;'\"`"]


@dataclass(frozen=True)
class Town:
    """Where each page is, and whose."""

    cast: Cast
    paths: dict[str, str]

    def see(self, name: str) -> Sheet:
        reader = Reader(getattr(self.cast, PAGES[name], None))
        if name == "stopped":
            trip_breaker("audit", reason=CORPUS[0], at=timezone.now())
        if name == "checkout":
            reader.post(self.paths[name])
        return reader.get(self.paths[name])


@pytest.fixture(scope="module")
def town(shared_transaction: None) -> Town:
    """25 rows for each page that has rows."""
    cast = make_cast()
    for number in range(25):
        sale = a_sale(cast.bo, cast.saga, title=CORPUS[number % len(CORPUS)])
        deliver(event_of("price.updated", {"id": str(sale.pk)}))
    letters()
    Letter.objects.update(state="sent", sent_at=timezone.now())
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now(), title=CORPUS[0])
    payout = PayoutSchedule.objects.get()
    an_account(cast.saga)
    something_of_each_list(cast)
    hold_schedule(payout, reason=CORPUS[0], by=cast.olga, at=timezone.now())
    run = preview_run(payout.scheduled_date, by=cast.olga, at=timezone.now())
    difference = differences_of_each_kind(cast)
    paths = {
        "front": "/",
        "sign-in": "/sign-in/",
        "buyer": "/buyer/",
        "begin": f"/pay/{bid.pk}/",
        "checkout": f"/pay/{bid.pk}/",
        "closed": f"/pay/{sale.bid_id}/",
        "payment": f"/payments/{sale.pk}/",
        "sale": f"/payments/{sale.pk}/",
        "seller": "/seller/",
        **dict.fromkeys(("payout", "watched payout"), f"/payouts/{payout.pk}/"),
        **dict.fromkeys(("watched", "stopped"), "/operator/payouts/"),
        "payouts": "/seller/payouts/",
        "bank": "/seller/bank/",
        "pause": "/seller/payouts/pause/",
        "hold": f"/operator/payouts/{payout.pk}/hold/",
        "runs": "/operator/runs/",
        "run": f"/operator/runs/{run.pk}/",
        "sold by": f"/operator/sellers/{cast.saga.pk}/",
        "money": "/operator/money/",
        "audit": "/operator/audit/",
        "log": "/operator/log/",
        "differences": "/operator/differences/?state=all",
        "explain": f"/operator/differences/{difference.pk}/explain/",
        "operator": "/operator/",
        "webhooks": "/operator/webhooks/?state=all",
        "letters": "/outbox/",
        "told": "/letters/",
        "not found": "/nowhere/",
    }
    return Town(cast, paths)


def something_of_each_list(cast: Cast) -> None:
    """A payout that is due and was held, its money at Stripe for 76 days; a draw; a nameless movement."""
    at = timezone.now()
    old = a_sale(cast.bo, cast.saga, at=at - timedelta(days=76), title=CORPUS[0])
    due = PayoutSchedule.objects.get(items__earning__payment_id=old.pk)
    Earning.objects.filter(payment_id=old.pk).update(available_on=(at - timedelta(days=76)).date())
    hold_schedule(due, reason="Looked into.", by=cast.olga, at=at)
    release_schedule(due, reason=CORPUS[1], by=cast.otto, at=at)
    a_draw(cast, reason=CORPUS[0])
    a_movement()


def differences_of_each_kind(cast: Cast) -> Break:
    """Each kind stands once; one more is gone, and one was explained."""
    for kind in Break.Kind:
        for about in Break.About:
            standing = a_difference(kind=kind, object_type=about, object_id=f"{kind}_{about}")
    ended = {"resolved_at": timezone.now()}
    a_difference(**ended)
    a_difference(**ended, explained_by=cast.olga, reason=CORPUS[0])
    return standing


TYPED = ["buyer", "seller", "payout", "operator", "payment", "begin", "checkout", "closed"]
TYPED += ["payouts", "watched", "stopped", "watched payout", "run", "sold by", "money", "log", "letters"]
TYPED += ["differences"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_strict_and_light_and_runs_nothing_that_was_typed(
    town: Town, stripe_at: Sandbox, name: str
) -> None:
    with undone_afterwards():
        page = town.see(name)

    is_whole(page)
    needs_no_looser_policy(page, stripe_at.origin)
    if name in TYPED:
        shows_what_was_typed_and_does_not_run_it(page)
    assert len(gzip.compress(page.html.encode())) <= HTML_BYTES


def is_whole(page: Sheet) -> None:
    assert [len(page.all(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1]
    assert page.all("header")[0] == {"class": "top"}
    assert page.all("html") == [{"lang": "en"}]
    assert page.links[0] == "#main" and page.all("main")[0]["id"] == "main"
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for table in page.all("table"):
        assert table and len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in attributes for attributes in page.all("th"))
    pointed = [
        a[key] for _, a in page.elements for key in ("aria-labelledby", "aria-describedby") if key in a
    ]
    assert set(pointed) <= set(ids)
    assert [label["for"] for label in page.all("label")] == [field["id"] for field in typed_into(page)]
    assert not [a for _, a in page.elements if int(a.get("tabindex", 0)) > 0]


def typed_into(page: Sheet) -> list[dict[str, str]]:
    """The fields that a person fills in; each has its label, in the same order."""
    fields = [a for tag, a in page.elements if tag in ("input", "select", "textarea")]
    return [field for field in fields if field.get("type") != "hidden"]


def needs_no_looser_policy(page: Sheet, stripes_origin: str) -> None:
    assert page.all("style") == []
    assert [a for _, a in page.elements if "style" in a or any(n.startswith("on") for n in a)] == []
    for attributes, text in page.scripts:
        assert attributes.get("type") == "application/json" or not text.strip()
        assert "src" not in attributes or attributes["src"].startswith(("/static/", stripes_origin))


def shows_what_was_typed_and_does_not_run_it(page: Sheet) -> None:
    assert "<script>alert(1)</script>" in page.text or CORPUS[1] in page.text or CORPUS[2] in page.text
    assert page.all("img") == []
    assert "alert(1)" not in "".join(text for _, text in page.scripts)


def test_the_style_and_the_scripts_are_light() -> None:
    assert len(gzip.compress((STATIC / "klubba.css").read_bytes())) <= CSS_BYTES
    assert sum(len(gzip.compress(path.read_bytes())) for path in STATIC.glob("*.js")) <= JS_BYTES


GROUNDS = ("ground", "paper", "sunken")
PAIRS = [
    *((ink, ground) for ink in ("ink", "quiet", "link") for ground in GROUNDS),
    *((tone, f"{tone}-ground") for tone in ("green", "amber", "blue", "red", "violet", "grey")),
]


def tokens() -> dict[str, tuple[str, str]]:
    """Each colour's value in the light and in the dark."""
    css = (STATIC / "klubba.css").read_text()
    found = re.findall(r"--([a-z-]+): light-dark\((#\w+), (#\w+)\)", css)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(("ink", "ground"), PAIRS)
@pytest.mark.parametrize("dark", [0, 1])
def test_text_stands_out_from_its_ground(ink: str, ground: str, dark: int) -> None:
    assert contrast(tokens()[ink][dark], tokens()[ground][dark]) >= 4.5


@pytest.mark.parametrize("dark", [0, 1])
def test_buttons_and_edges_stand_out(dark: int) -> None:
    known = tokens()
    assert contrast("#ffffff", known["act"][dark]) >= 4.5
    assert contrast("#ffffff", known["act-over"][dark]) >= 4.5
    assert contrast(known["edge"][dark], known["paper"][dark]) >= 3


def test_black_on_white_is_21_to_1() -> None:
    assert round(contrast("#fff", "#000000"), 2) == 21
