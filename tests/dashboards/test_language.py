"""The language of a page: the person's, the browser's choice, the browser's wish."""

from __future__ import annotations

from django.test import Client

from people.models import User
from tests.cast import PASSWORD, Cast, give_password
from tests.dashboards.reading import Reader, Sheet


def lang_of(page: Sheet) -> str:
    return page.all("html")[0]["lang"]


def test_a_browser_that_wishes_swedish_gets_it(nobody: Reader) -> None:
    page = nobody.get("/", **{"Accept-Language": "sv-SE,sv;q=0.9"})

    assert lang_of(page) == "sv" and "Logga in" in page.text


def test_a_choice_before_signing_in_is_kept_with_the_person(cast: Cast) -> None:
    client = Client()
    client.post("/language/", {"language": "sv", "next": "/sign-in/"})
    client.post("/sign-in/", {"email": give_password(cast.bo).email, "password": PASSWORD})

    assert User.objects.get(pk=cast.bo.pk).language == "sv"
    assert lang_of(Sheet(200, client.get("/buyer/").content.decode())) == "sv"


def test_the_choice_does_not_pass_to_who_signs_in_next(cast: Cast) -> None:
    client = Client()
    client.post("/language/", {"language": "sv"})
    client.post("/sign-in/", {"email": give_password(cast.bo).email, "password": PASSWORD})
    client.post("/sign-out/")
    client.post("/sign-in/", {"email": give_password(cast.saga).email, "password": PASSWORD})

    assert User.objects.get(pk=cast.saga.pk).language == ""


def test_the_persons_choice_beats_the_browsers_wish_on_every_page(cast: Cast) -> None:
    bo = Reader(cast.bo)
    bo.post("/language/", language="sv", next="/buyer/")

    for path in ("/buyer/", "/nowhere/", "/seller/"):
        assert lang_of(bo.get(path, **{"Accept-Language": "en"})) == "sv"


def test_until_somebody_chooses_the_browsers_wish_decides(cast: Cast) -> None:
    bo = Reader(cast.bo)

    for wish, spoken in (("sv-SE,sv;q=0.9", "sv"), ("en-GB", "en"), ("fi", "en")):
        for path in ("/buyer/", "/nowhere/"):
            assert lang_of(bo.get(path, **{"Accept-Language": wish})) == spoken
    assert User.objects.get(pk=cast.bo.pk).language == ""


def test_a_language_we_do_not_speak_changes_nothing(cast: Cast) -> None:
    bo = Reader(cast.bo)

    assert bo.post("/language/", language="xx", next="/buyer/").url == "/buyer/"
    assert lang_of(bo.get("/buyer/")) == "en"
