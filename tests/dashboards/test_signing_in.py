"""Coming in, going out, and who is sent where."""

from __future__ import annotations

import pytest
from django.test import Client

from config.demo_world import PARTS
from people.models import User
from people.sign_in import FAILURES_PER_ACCOUNT
from tests.cast import PASSWORD, Cast, give_password
from tests.dashboards.reading import Reader

FOREIGN = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://testserver@evil.example/",
    " //evil.example",
    "///evil.example",
]


def sign_in(client: Client, person: User, **fields: str) -> object:
    return client.post("/sign-in/", {"email": person.email, "password": PASSWORD} | fields)


@pytest.mark.parametrize(("nick", "home"), [("bo", "/buyer/"), ("saga", "/seller/"), ("olga", "/operator/")])
def test_everybody_comes_to_the_page_of_their_role(cast: Cast, nick: str, home: str) -> None:
    client = Client()
    answer = sign_in(client, give_password(getattr(cast, nick)))

    assert (answer.status_code, answer.url) == (302, home)
    assert client.get("/").url == home
    assert client.get("/sign-in/").url == home


def test_a_session_that_was_there_before_is_not_the_one_after(cast: Cast) -> None:
    client = Client()
    client.session["planted"] = True
    before = client.cookies.get("sessionid")
    sign_in(client, give_password(cast.bo))
    first = client.cookies["sessionid"].value
    client.post("/sign-out/")
    sign_in(client, cast.bo)

    assert client.cookies["sessionid"].value not in {first, before and before.value}


def test_who_signed_out_is_out(cast: Cast) -> None:
    bo = Reader(cast.bo)
    assert bo.get("/buyer/").status == 200

    assert bo.post("/sign-out/").url == "/"
    assert bo.get("/buyer/").status == 302


def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(cast: Cast, nobody: Reader) -> None:
    give_password(cast.bo)
    wrong = nobody.post("/sign-in/", email=cast.bo.email, password="wrong")
    unknown = nobody.post("/sign-in/", email="who@klubba.example", password="wrong")

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    for answer in (wrong, unknown):
        assert "don&#x27;t match" in answer.content.decode()


def test_a_refusal_keeps_what_was_typed_and_takes_the_focus(nobody: Reader) -> None:
    page = nobody.post("/sign-in/", email="bo@klubba.example", password="a secret typo", next="/buyer/")
    html = page.content.decode()

    assert 'value="bo@klubba.example"' in html and 'value="/buyer/"' in html
    assert "a secret typo" not in html
    assert 'id="refusal" role="alert" tabindex="-1"' in html and 'aria-describedby="refusal"' in html


def test_after_five_failures_even_the_right_password_waits(cast: Cast, nobody: Reader) -> None:
    give_password(cast.bo)
    for _ in range(FAILURES_PER_ACCOUNT):
        nobody.post("/sign-in/", email=cast.bo.email, password="wrong")

    answer = sign_in(nobody.client, cast.bo)

    assert answer.status_code == 429
    assert "Too many tries. Wait 5 minutes" in answer.content.decode()


def test_who_must_sign_in_first_comes_back_to_the_page(cast: Cast) -> None:
    client = Client()
    asked = client.get("/seller/?before=7")
    assert asked.url == "/sign-in/?next=/seller/%3Fbefore%3D7"

    answer = sign_in(client, give_password(cast.saga), next="/seller/?before=7")

    assert answer.url == "/seller/?before=7"


@pytest.mark.parametrize("address", FOREIGN)
def test_nobody_is_led_to_another_host(cast: Cast, address: str) -> None:
    client = Client()
    assert sign_in(client, give_password(cast.bo), next=address).url == "/buyer/"
    assert client.post("/language/", {"language": "sv", "next": address}).url == "/"


@pytest.mark.parametrize("path", ["/buyer/", "/seller/", "/operator/", "/operator/webhooks/", "/pay/1/"])
def test_nobody_in_particular_is_asked_to_sign_in(nobody: Reader, path: str) -> None:
    answer = nobody.client.get(path)

    assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={path}")


def test_the_demos_people_are_one_click_away(settings, db: None) -> None:
    for part in PARTS[:3]:
        User.objects.create_user(
            email=part.email, password="klubba-demo", name=part.name, **{part.role: True}
        )
    client = Client()

    assert client.post("/sandbox-person/", {"email": "saga@klubba.example"}).url == "/seller/"
    assert client.post("/sandbox-person/", {"email": "olga@klubba.example"}).url == "/operator/"
    assert client.post("/sandbox-person/", {"email": "mallory@klubba.example"}).status_code == 404


def test_a_chosen_demo_password_is_asked_for(monkeypatch: pytest.MonkeyPatch, nobody: Reader) -> None:
    monkeypatch.setattr("dashboards.sandbox_world.PASSWORD_EVERYBODY_KNOWS", "another one")

    answer = nobody.post("/sandbox-person/", email="bo@klubba.example")

    assert answer.url == "/sign-in/?email=bo%40klubba.example"
    assert 'value="bo@klubba.example"' in nobody.get(answer.url).html


def test_in_the_live_world_nothing_of_the_demo_exists(settings, nobody: Reader) -> None:
    settings.SANDBOX_WORLD = False

    assert nobody.post("/sandbox-person/", email="bo@klubba.example").status_code == 404
    page = nobody.get("/sign-in/")
    assert "klubba.example" not in page.html and "no real money" not in page.text
