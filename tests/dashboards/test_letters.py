"""One's own letters, and the choice of what comes by mail."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from auctions.closing import close_auction
from notifications.asking import tell_person
from notifications.models import Topic
from notifications.preferences import prefer, stop_link, unwanted_by
from tests.cast import Cast, an_auction
from tests.dashboards.reading import Reader
from tests.notifications.diary import decline, letters


@pytest.fixture
def saga(cast: Cast) -> Reader:
    return Reader(cast.saga)


def address_of(link: str) -> str:
    return link.removeprefix(settings.SITE_ORIGIN)


def test_before_the_first_letter_it_says_when_one_comes(bo: Reader) -> None:
    assert "No letters yet." in bo.get("/letters/").text


def test_everybody_reads_their_own_and_nobody_elses(cast: Cast, bo: Reader, saga: Reader) -> None:
    decline(cast)
    close_auction(an_auction(cast.saga), at=timezone.now(), by=cast.saga)
    letters()

    assert "was declined" in bo.get("/letters/").text and "was declined" not in saga.get("/letters/").text
    assert (bo.get("/letters/").rows, saga.get("/letters/").rows) == (1, 1)


def test_a_letter_that_lets_in_is_read_in_the_mail_alone(cast: Cast, bo: Reader) -> None:
    tell_person("person.reset_asked", cast.bo, at=timezone.now())
    [letter] = letters()

    assert "/password-reset/" in letter.text
    assert bo.get("/letters/").rows == 0


def test_what_one_does_without_is_said_to_be_unsent(cast: Cast, saga: Reader) -> None:
    prefer(cast.saga.pk, wanted=(), unwanted=[Topic.AUCTIONS])
    close_auction(an_auction(cast.saga), at=timezone.now(), by=cast.saga)
    letters()

    assert "Not sent: you do without" in saga.get("/letters/").text


def test_the_choice_is_kept_and_shown(cast: Cast, saga: Reader) -> None:
    def chosen() -> list[str]:
        boxes = saga.get("/letters/").all("input")
        return [box["value"] for box in boxes if box.get("type") == "checkbox" and "checked" in box]

    assert chosen() == ["auctions", "payouts"]
    assert saga.post("/letters/", topics="payouts").status_code == 302
    assert chosen() == ["payouts"]
    assert saga.post("/letters/").status_code == 302
    assert chosen() == []
    saga.post("/letters/", topics="auctions")
    assert chosen() == ["auctions"]


def test_one_chooses_among_what_one_can_get(cast: Cast, bo: Reader) -> None:
    """A topic of another role, and one that is none, change nothing."""
    bo.post("/letters/", topics="payouts")
    bo.post("/letters/", topics="money")

    assert unwanted_by([cast.bo.pk]) == {(cast.bo.pk, "reminders")}


def test_an_operator_has_nothing_to_choose(olga: Reader) -> None:
    assert "What you want by mail" not in olga.get("/letters/").text


def test_the_link_of_a_letter_asks_first_and_needs_no_signing_in(cast: Cast, nobody: Reader) -> None:
    link = address_of(stop_link(cast.saga.pk, Topic.PAYOUTS))

    asked = nobody.get(link)
    assert "No more of these letters?" in asked.text and "A payout has left, or arrived" in asked.text
    assert unwanted_by([cast.saga.pk]) == set()

    assert nobody.post(link).status_code == 200
    assert unwanted_by([cast.saga.pk]) == {(cast.saga.pk, "payouts")}
    assert "From now on you find them in Klubba" in nobody.get(link).text


def test_a_mail_program_stops_them_by_one_request_without_our_cookie(cast: Cast) -> None:
    """As RFC 8058 has it."""
    link = address_of(stop_link(cast.saga.pk, Topic.PAYOUTS))
    program = Client(enforce_csrf_checks=True)

    assert program.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert unwanted_by([cast.saga.pk]) == {(cast.saga.pk, "payouts")}


def test_a_link_that_we_did_not_make_stops_nothing(cast: Cast, nobody: Reader) -> None:
    link = address_of(stop_link(cast.saga.pk, Topic.PAYOUTS))

    for made_up in (link[:-2] + "/", link.replace("/stop/", "/stop/x")):
        assert nobody.post(made_up).status_code == 410
        assert "This link is of no letter" in nobody.get(made_up).text
    assert unwanted_by([cast.saga.pk]) == set()


def test_the_menu_leads_to_them(bo: Reader, nobody: Reader) -> None:
    assert "/letters/" in bo.get("/buyer/").links
    assert "/letters/" not in nobody.get("/").links
