"""SEC-18, 20, 21, 22: what every answer says about itself, at every address."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.cast import PASSWORD, give_password
from tests.databases import undone_afterwards
from tests.house.test_addresses import addresses_under
from tests.security.matrix import MATRIX
from tests.security.world import World, knocking

ADDRESSES = sorted(set(addresses_under(get_resolver())))
CARD_FORM = "/pay/<int:bid_id>/"
SELLERS_FORMS = ("/seller/", "/seller/bank/")
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(self), usb=()",
}
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
ORIGINS = [
    "https://evil.example",
    "null",
    "http://testserver.evil.example",
    "https://js.stripe.com",
    "http://localhost",
    "http://testserver",
]


def policy_of(answer: object) -> dict[str, str]:
    directives = answer.headers["Content-Security-Policy"].split(";")
    return dict(directive.strip().split(" ", 1) for directive in directives if directive.strip())


def answers_at(world: World, address: str) -> list[object]:
    """As nobody, and as each role, so that refusals and pages are both looked at."""
    given = []
    for actor in ("anonymous", "buyer", "seller", "operator"):
        with undone_afterwards():
            client, headers = knocking(world, actor, at_the_api=address.startswith("/api/"))
            for method in ("get", "post"):
                given.append(getattr(client, method)(world.fill(address), headers=headers))
    return given


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_same_headers(world: World, address: str) -> None:
    for answer in answers_at(world, address):
        seen = {name: answer.headers.get(name) for name in EVERYWHERE}
        assert seen == EVERYWHERE, answer.status_code
        assert len(answer.headers["X-Request-Id"]) == 32
        assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_runs_or_loads_but_our_own(world: World, address: str) -> None:
    for answer in answers_at(world, address):
        policy = policy_of(answer)
        if address in SELLERS_FORMS and policy != POLICY:
            # The button on it leads to Stripe's own page.
            assert policy.pop("form-action").startswith("'self' http"), answer.status_code
            assert policy == {name: own for name, own in POLICY.items() if name != "form-action"}
            continue
        if address != CARD_FORM or answer.status_code != 200:
            strict = {name: value for name, value in policy.items() if name != "frame-src"}
            assert strict == POLICY or address == CARD_FORM
        assert "unsafe" not in str(policy) and "*" not in str(policy) and "data:" not in str(policy)


def test_the_card_form_adds_the_card_forms_origins_and_nothing_else(world: World) -> None:
    client, _ = knocking(world, "buyer", at_the_api=False)
    policy = policy_of(client.get(world.fill(CARD_FORM)))

    added = {name: value for name, value in policy.items() if POLICY.get(name) != value}
    assert set(added) == {"script-src", "frame-src", "connect-src"}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("address", ["/api/auctions/", "/api/auth/token/", "/", "/livez"])
def test_no_other_origin_is_let_in(world: World, origin: str, address: str) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for answer in (
        Client().get(address, headers={"Origin": origin}),
        Client().options(address, headers={"Origin": origin} | preflight),
    ):
        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


# Whoever has a letter's link may stop such letters from wherever they are: the link is the proof.
BY_LINK = {"/letters/stop/<str:token>/"}
POSTS_OF_PAGES = [
    a for a in ADDRESSES if not a.startswith("/api/") and "POST" in MATRIX.get(a, {}) and a not in BY_LINK
]


@pytest.mark.parametrize("address", POSTS_OF_PAGES)
def test_a_form_from_elsewhere_is_refused(world: World, address: str) -> None:
    assert POSTS_OF_PAGES != []
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["operator"])

    answer = client.post(world.fill(address), {"email": "bo@klubba.example"})
    assert (answer.status_code, b"This form was too old to be sent" in answer.content) == (403, True)


def test_cookies_are_out_of_reach_for_scripts(world: World) -> None:
    person = give_password(world.people["buyer"])
    answer = Client().post("/sign-in/", {"email": person.email, "password": PASSWORD})

    assert "sessionid" in answer.cookies
    for name, cookie in answer.cookies.items():
        assert (cookie["samesite"], cookie["httponly"]) == ("Lax", True), name
