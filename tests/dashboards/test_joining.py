"""Signing up and choosing a new password: by the letter that only its reader gets, and once."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from config.links import WithoutLinks
from notifications.models import Letter
from notifications.writing import write_letters
from people.links import JOIN, RESET, LinkRefused, link_token, person_of_link
from people.models import User
from tests.api.asking import access_of
from tests.cast import PASSWORD, Cast, give_password
from tests.dashboards.reading import Reader, Sheet
from tests.notifications.diary import open_diary

# A valid address, and longer than one is kept.
LONG = "x" * 60 + "@" + ".".join(["y" * 60] * 4)
NEW_PASSWORD = "a gavel falls twice"
NEW = "new@klubba.example"
TYPED = {"name": "Nils Ny", "company": "Nyss AB", "roles": ["buyer", "seller"], "password": NEW_PASSWORD}


@pytest.fixture
def nobody(cast: Cast) -> Client:
    open_diary()
    return Client()


def letters() -> list[Letter]:
    write_letters(at=timezone.now())
    return list(Letter.objects.order_by("pk"))


def link_in(letter: Letter, start: str) -> str:
    """The path of the link in the letter."""
    (found,) = re.findall(rf"{settings.SITE_ORIGIN}(/{start}/\S+/)", letter.text)
    return str(found)


def ask(client: Client, page: str, email: str) -> tuple[int, str]:
    answer = client.post(f"/{page}/", {"email": email})
    return answer.status_code, answer.content.decode()


def join_link(nobody: Client, email: str = NEW) -> str:
    assert ask(nobody, "sign-up", email)[0] == 200
    return link_in(letters()[-1], "sign-up")


def reset_link(nobody: Client, person: User) -> str:
    assert ask(nobody, "password-reset", person.email)[0] == 200
    return link_in(letters()[-1], "password-reset")


def test_a_new_person_signs_up_by_letter_and_is_in(nobody: Client) -> None:
    link = join_link(nobody, "New@Klubba.Example")
    (letter,) = letters()
    assert (letter.address, letter.subject) == (NEW, "Finish signing up to Klubba")
    assert not User.objects.get(email=NEW).is_active

    answer = nobody.post(link, TYPED)

    assert (answer.status_code, answer.url) == (302, "/buyer/")
    joined = User.objects.get(email=NEW)
    assert (joined.name, joined.company, joined.language) == ("Nils Ny", "Nyss AB", "en")
    assert (joined.is_buyer, joined.is_seller, joined.is_operator, joined.is_active) == (
        True,
        True,
        False,
        True,
    )
    assert nobody.get("/buyer/").status_code == nobody.get("/seller/").status_code == 200
    signed_in = Client().post("/sign-in/", {"email": NEW, "password": NEW_PASSWORD})
    assert (signed_in.status_code, signed_in.url) == (302, "/buyer/")


def test_a_link_lets_in_once(nobody: Client) -> None:
    link = join_link(nobody)
    nobody.post(link, TYPED)

    later = Reader()
    assert later.get(link).status == 410
    assert later.post(link, **TYPED | {"name": "Another"}).status_code == 410
    assert User.objects.get(email=NEW).name == "Nils Ny"


def test_who_asks_learns_nothing_of_who_has_an_account(nobody: Client, cast: Cast) -> None:
    for page in ("sign-up", "password-reset"):
        known, unknown = (ask(Client(), page, email) for email in (cast.bo.email, "nils@klubba.example"))
        assert known[0] == unknown[0] == 200
        words = [Sheet(status, html).text for status, html in (known, unknown)]
        assert words[0].replace(cast.bo.email, "") == words[1].replace("nils@klubba.example", "")


def test_who_has_an_account_is_told_so_by_letter_alone(nobody: Client, cast: Cast) -> None:
    ask(nobody, "sign-up", cast.bo.email)

    (letter,) = letters()
    assert (letter.person, letter.subject) == (cast.bo, "You have an account with Klubba already")
    assert f"{settings.SITE_ORIGIN}/sign-in/" in letter.text
    assert User.objects.filter(email=cast.bo.email).get().is_active


def test_an_email_of_nobodys_gets_no_letter_about_a_password(nobody: Client) -> None:
    ask(nobody, "password-reset", "nobody@klubba.example")

    assert letters() == []
    assert not User.objects.filter(email="nobody@klubba.example").exists()


def test_who_began_to_sign_up_and_forgot_is_sent_there_again(nobody: Client) -> None:
    join_link(nobody)
    ask(nobody, "password-reset", NEW)

    assert [letter.subject for letter in letters()] == ["Finish signing up to Klubba"] * 2


@pytest.mark.parametrize("page", ["sign-up", "password-reset"])
def test_a_closed_account_is_not_opened_by_a_letter(nobody: Client, cast: Cast, page: str) -> None:
    give_password(cast.bo)
    User.objects.filter(pk=cast.bo.pk).update(is_active=False)

    assert ask(nobody, page, cast.bo.email)[0] == 200
    assert letters() == []


def test_a_new_password_ends_whatever_the_old_one_began(nobody: Client, cast: Cast) -> None:
    give_password(cast.bo)
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"email": cast.bo.email, "password": PASSWORD})
    token = access_of(cast.bo)
    link = reset_link(nobody, cast.bo)

    answer = nobody.post(link, {"password": NEW_PASSWORD})

    assert (answer.status_code, answer.url) == (302, "/buyer/")
    assert nobody.get("/buyer/").status_code == 200
    assert elsewhere.get("/buyer/").status_code == 302
    told = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/payments/summary/", headers=told).status_code == 401
    for password, status in ((PASSWORD, 401), (NEW_PASSWORD, 302)):
        tried = Client().post("/sign-in/", {"email": cast.bo.email, "password": password})
        assert tried.status_code == status
    assert letters()[-1].subject == "Your password for Klubba was changed"


@pytest.mark.parametrize("password", ["", "short", "1234567890", "bo@klubba.example"])
def test_a_new_password_is_as_good_as_a_first_one(nobody: Client, cast: Cast, password: str) -> None:
    give_password(cast.bo)
    link = reset_link(nobody, cast.bo)

    refused = nobody.post(link, {"password": password})
    assert refused.status_code == 422 and 'href="#password"' in refused.content.decode()
    assert User.objects.get(pk=cast.bo.pk).check_password(PASSWORD)
    assert nobody.post(link, {"password": NEW_PASSWORD}).status_code == 302


def test_of_two_links_the_second_used_lets_in_no_more(nobody: Client, cast: Cast) -> None:
    give_password(cast.bo)
    first, second = reset_link(nobody, cast.bo), reset_link(nobody, cast.bo)
    nobody.post(first, {"password": NEW_PASSWORD})

    assert Client().get(second).status_code == 410
    assert Client().post(second, {"password": "another gavel falls"}).status_code == 410
    assert User.objects.get(pk=cast.bo.pk).check_password(NEW_PASSWORD)


@pytest.mark.parametrize(("purpose", "holds"), [(JOIN, timedelta(days=1)), (RESET, timedelta(hours=1))])
def test_a_link_holds_for_a_while(cast: Cast, purpose: str, holds: timedelta) -> None:
    person = cast.bo
    if purpose == JOIN:
        person.set_unusable_password()
        person.is_active = False
        person.save()
    token = link_token(person, purpose)
    for passed, is_good in ((holds - timedelta(minutes=1), True), (holds + timedelta(minutes=1), False)):
        with time_machine.travel(timezone.now() + passed, tick=False):
            if is_good:
                assert person_of_link(token, purpose) == person
            else:
                with pytest.raises(LinkRefused):
                    person_of_link(token, purpose)


def test_a_link_is_for_what_it_was_made_for(cast: Cast) -> None:
    with pytest.raises(LinkRefused):
        person_of_link(link_token(cast.bo, RESET), JOIN)
    with pytest.raises(LinkRefused):
        person_of_link(link_token(cast.bo, JOIN), RESET)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "1234567890"}, "password"),
        ({"password": "Nils Ny Nils Ny", "name": "Nils Ny Nils Ny"}, "password"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"company": "a\x00b"}, "company"),
        ({"roles": []}, "roles"),
        ({"roles": ["operator"]}, "roles"),
    ],
)
def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(
    nobody: Client, typed: dict[str, object], field: str
) -> None:
    link = join_link(nobody)
    answer = nobody.post(link, TYPED | typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert ('value="Nyss AB"' in page) is (field != "company")
    assert NEW_PASSWORD not in page
    assert not User.objects.get(email=NEW).is_active
    assert nobody.post(link, TYPED).status_code == 302


@pytest.mark.parametrize(
    "email", ["", "x", "a b@klubba.example", "x@", "a\x00@klubba.example", "x" * 400, LONG]
)
@pytest.mark.parametrize("page", ["sign-up", "password-reset"])
def test_what_is_no_email_gets_no_letter(nobody: Client, page: str, email: str) -> None:
    status, told = ask(nobody, page, email)

    assert status == 422
    assert "That is no e-mail address." in told
    assert letters() == []


@pytest.mark.parametrize("page", ["sign-up", "password-reset"])
def test_letters_are_not_asked_for_without_end(nobody: Client, cast: Cast, page: str) -> None:
    statuses = [ask(nobody, page, cast.bo.email)[0] for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]
    assert len(letters()) == 3
    with time_machine.travel(timezone.now() + timedelta(hours=1, minutes=1)):
        assert ask(nobody, page, cast.bo.email)[0] == 200


def test_nor_from_one_address_for_many(nobody: Client) -> None:
    statuses = [ask(nobody, "sign-up", f"n{number}@klubba.example")[0] for number in range(21)]

    assert statuses == [200] * 20 + [429]


def test_the_letter_is_in_the_language_of_who_asked(nobody: Client) -> None:
    nobody.post("/sign-up/", {"email": NEW}, headers={"Accept-Language": "sv"})

    (letter,) = letters()
    assert (letter.language, letter.person.language) == ("sv", "sv")


@pytest.mark.parametrize("host", ["testserver:6666", "localhost"])
def test_the_link_leads_where_we_are_whatever_host_was_asked(
    nobody: Client, settings: Any, host: str
) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    settings.SITE_ORIGIN = "https://klubba.example"
    assert nobody.post("/sign-up/", {"email": NEW}, headers={"Host": host}).status_code == 200

    (letter,) = letters()
    assert "https://klubba.example/sign-up/" in letter.text and host not in letter.text


def invite(email: str) -> str:
    said = io.StringIO()
    call_command("invite_operator", email, "--language", "sv", stdout=said)
    return said.getvalue()


def test_an_operator_is_invited_and_trades_nothing(nobody: Client, settings: Any) -> None:
    settings.SECOND_FACTOR_FOR_OPERATORS = True
    assert NEW in invite(NEW)
    link = link_in(letters()[-1], "sign-up")
    assert 'name="roles"' not in nobody.get(link).content.decode()

    answer = nobody.post(link, TYPED)

    assert answer.url == "/security/second-factor/"
    joined = User.objects.get(email=NEW)
    assert (joined.is_operator, joined.is_buyer, joined.is_seller, joined.language) == (
        True,
        False,
        False,
        "sv",
    )


def test_who_asks_to_sign_up_is_no_operator(nobody: Client) -> None:
    link = join_link(nobody)
    nobody.post(link, {"name": "N", "roles": "buyer", "password": NEW_PASSWORD, "is_operator": "on"})
    assert not User.objects.get(email=NEW).is_operator


def test_an_operator_is_invited_again_until_the_newest_link_was_used(nobody: Client) -> None:
    invite(NEW)
    first = link_in(letters()[-1], "sign-up")
    invite(NEW)
    assert Client().get(first).status_code == 410
    nobody.post(link_in(letters()[-1], "sign-up"), TYPED)

    with pytest.raises(CommandError, match="Somebody has"):
        invite(NEW)


@pytest.mark.parametrize("page", ["sign-up", "password-reset"])
def test_an_invitation_is_not_renewed_by_a_stranger(nobody: Client, page: str) -> None:
    invite(NEW)
    assert ask(nobody, page, NEW)[0] == 200
    assert [letter.subject for letter in letters()] == ["Du är inbjuden som operatör hos Klubba"]


@pytest.mark.parametrize(("email", "says"), [("bo@klubba.example", "Somebody has"), ("x", "no e-mail")])
def test_who_cannot_be_invited_is_said(nobody: Client, email: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        invite(email)
    assert letters() == []


def test_who_only_began_to_sign_up_can_be_invited_and_older_links_make_no_operator(nobody: Client) -> None:
    link = join_link(nobody)
    invite(NEW)

    assert Client().post(link, TYPED).status_code == 410
    assert nobody.post(link_in(letters()[-1], "sign-up"), TYPED).status_code == 302
    assert User.objects.get(email=NEW).is_operator


@pytest.mark.parametrize("page", ["sign-up", "password-reset", "letters/stop"])
def test_links_are_in_no_log(page: str) -> None:
    record = logging.LogRecord(
        "django.request",
        logging.ERROR,
        "",
        1,
        "%s: %s",
        ("Service Unavailable", f"/{page}/a:b:c/"),
        None,
    )
    assert WithoutLinks().filter(record)
    assert record.getMessage() == f"Service Unavailable: /{page}/…/"
    assert "without_links" in settings.LOGGING["handlers"]["stderr"]["filters"]


def test_who_was_asked_for_a_sign_up_too_often_still_gets_a_new_password(nobody: Client, cast: Cast) -> None:
    assert [ask(nobody, "sign-up", cast.bo.email)[0] for _ in range(4)] == [200, 200, 200, 429]
    assert ask(nobody, "password-reset", cast.bo.email)[0] == 200


def test_who_is_signed_in_signs_up_no_more(cast: Cast) -> None:
    bo = Client()
    bo.force_login(cast.bo)
    assert bo.get("/sign-up/").url == "/buyer/"
