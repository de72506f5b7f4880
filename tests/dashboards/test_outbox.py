"""Every letter that was sent, for whoever signed in to the sandbox; nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from notifications.delivery import deliver_letters
from notifications.models import Letter
from tests.cast import Cast
from tests.dashboards.reading import Reader
from tests.notifications.diary import decline, letters, sell

CORPUS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7|add:7 }}", "&lt;b&gt;'\"`"]


def send_all() -> None:
    letters()
    while deliver_letters(at=timezone.now()):
        pass


def test_before_the_first_letter_it_says_so(bo: Reader) -> None:
    assert "No letters yet." in bo.get("/outbox/").text


def test_letters_are_there_as_they_were_sent_newest_first(cast: Cast, mallory: Reader) -> None:
    sell(cast, at=timezone.now())
    decline(cast)
    letters()
    assert mallory.get("/outbox/").rows == 0
    send_all()

    page = mallory.get("/outbox/")
    assert page.rows == 3
    assert page.text.index("was declined") < page.text.index("Paid: “Kista, 1780”")
    assert "The commission of 770.00 SEK is included in it." in page.text
    assert "saga@klubba.example" in page.text


def test_a_letter_in_swedish_says_so_on_an_english_page(cast: Cast, mallory: Reader) -> None:
    cast.bo.language = "sv"
    cast.bo.save()
    decline(cast)
    send_all()

    assert [words.get("lang") for words in mallory.get("/outbox/").all("bdi")] == ["sv", "sv"]


def test_what_was_not_sent_is_not_there(cast: Cast, bo: Reader) -> None:
    decline(cast)
    letters()
    Letter.objects.update(state="failed")

    assert bo.get("/outbox/").rows == 0


def test_it_has_pages(cast: Cast, bo: Reader) -> None:
    for number in range(26):
        decline(cast, title=f"Number {number}")
    send_all()
    newest = bo.get("/outbox/")
    older = next(link for link in newest.links if link.startswith("?before="))

    assert (newest.rows, bo.get(f"/outbox/{older}").rows) == (25, 1)


def test_what_strangers_typed_is_shown_and_not_run(cast: Cast, bo: Reader) -> None:
    for typed in CORPUS:
        sell(cast, title=typed)
    send_all()
    page = bo.get("/outbox/")

    assert page.all("img") == [] and "alert(1)" not in "".join(text for _, text in page.scripts)
    assert all(typed in page.text for typed in CORPUS)


@pytest.mark.parametrize("person", ["bo", "olga", ""])
def test_outside_of_the_sandbox_world_it_does_not_exist(cast: Cast, settings: Any, person: str) -> None:
    settings.SANDBOX_WORLD = False
    reader = Reader(getattr(cast, person, None))

    assert reader.get("/outbox/").status == 404


def test_who_has_not_signed_in_is_sent_to_the_sign_in(nobody: Reader) -> None:
    assert nobody.get("/outbox/").status == 302


def test_the_strip_leads_to_it(bo: Reader, nobody: Reader) -> None:
    assert "/outbox/" in bo.get("/buyer/").links
    assert "/outbox/" not in nobody.get("/").links
