"""A code beside the password: set up, asked for, lost and removed."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pyotp
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from dashboards.live_readers import readers_of
from events.models import Event
from notifications.guarding import (
    add_second_factor,
    change_password,
    make_recovery_codes,
    take_second_factor_away,
)
from notifications.writing import write_letters
from people.models import Authenticator, RecoveryCode, User
from people.second_factor import CodeRefused, new_secret
from tests.cast import PASSWORD, Cast, give_password
from tests.dashboards.reading import Reader
from tests.databases import undone_afterwards
from tests.notifications.diary import open_diary

SETUP, CODE, SECURITY = "/security/second-factor/", "/sign-in/code/", "/security/"


@pytest.fixture
def clock() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def code_of(person: User, *, ahead: int = 0) -> str:
    return code_by(Authenticator.objects.get(user=person).secret, ahead=ahead)


def code_by(secret: str, *, ahead: int = 0) -> str:
    return pyotp.TOTP(secret).at(timezone.now() + timedelta(seconds=30 * ahead))


def secret_on(page: str) -> str:
    """What the app is given on the page."""
    (secret,) = re.findall(r'class="secret">([A-Z2-7 ]+)<', page)
    return str(secret).replace(" ", "")


def protect(person: User) -> list[str]:
    """The person has a second factor, set up some minutes ago; answers the recovery codes."""
    return set_up(give_password(person))


def set_up(person: User) -> list[str]:
    before, secret = timezone.now() - timedelta(minutes=10), new_secret()
    codes = add_second_factor(person, secret, pyotp.TOTP(secret).at(before), at=before)
    person.refresh_from_db()
    return codes


def by_password(person: User) -> Client:
    client = Client()
    client.post("/sign-in/", {"email": person.email, "password": PASSWORD})
    return client


def let_in(person: User) -> Client:
    client = by_password(person)
    assert client.post(CODE, {"code": code_of(person)}).status_code == 302
    return client


def test_it_is_set_up_from_the_picture_and_confirmed_by_a_code(cast: Cast, clock: object) -> None:
    open_diary()
    bo = Reader(give_password(cast.bo))
    page = bo.get(SETUP)
    assert "<svg" in page.html and 'style="' not in page.html

    told = bo.post(SETUP, code=code_by(secret_on(page.html)))

    codes = re.findall(r"<code>([a-z2-9-]+)</code>", told.content.decode())
    assert told.status_code == 200 and len(set(codes)) == 10
    cast.bo.refresh_from_db()
    assert cast.bo.has_second_factor
    assert bo.get("/buyer/").status == 200
    write_letters(at=timezone.now())
    assert Event.objects.get(kind="person.second_factor_added").letters.get().person == cast.bo


def test_a_wrong_first_code_turns_nothing_on_and_keeps_the_picture(cast: Cast, clock: object) -> None:
    bo = Reader(cast.bo)
    secret = secret_on(bo.get(SETUP).html)
    refused = bo.post(SETUP, code="000000")

    assert (refused.status_code, secret_on(refused.content.decode())) == (422, secret)
    cast.bo.refresh_from_db()
    assert not cast.bo.has_second_factor and not Authenticator.objects.exists()


def test_what_somebody_saw_before_is_not_what_is_set_up(cast: Cast, clock: object) -> None:
    """Whoever once had the password, looked at the picture and went away has nothing."""
    seen = secret_on(Reader(cast.bo).get(SETUP).html)
    bo = Reader(cast.bo)
    offered = [secret_on(bo.get(SETUP).html) for _ in range(2)]

    assert len({seen, *offered}) == 3
    assert bo.post(SETUP, code=code_by(seen)).status_code == 422
    assert bo.post(SETUP, code=code_by(offered[1])).status_code == 200


def test_without_a_picture_there_is_nothing_to_confirm(cast: Cast, clock: object) -> None:
    assert Reader(cast.bo).post(SETUP, code="000000").status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("page", ["/buyer/", "/", "/outbox/", "/security/", "/security/recovery-codes/"])
def test_the_password_alone_lets_in_no_further_than_the_code(cast: Cast, clock: object, page: str) -> None:
    protect(cast.bo)
    client = Client()
    answer = client.post("/sign-in/", {"email": cast.bo.email, "password": PASSWORD, "next": "/buyer/"})
    assert answer.url == f"{CODE}?next=%2Fbuyer%2F"

    for _ in range(2):  # The first page only leads on to one's own.
        answer = client.get(page)
        page = answer.url if page == "/" else page
    assert answer.url.startswith(CODE)

    shown = client.post(CODE, {"code": code_of(cast.bo), "next": "/buyer/"})
    assert shown.url == "/buyer/"
    assert client.get("/buyer/").status_code == 200


def test_a_session_of_before_owes_the_code_too(cast: Cast, clock: object) -> None:
    give_password(cast.bo)
    elsewhere = by_password(cast.bo)
    session = elsewhere.cookies["sessionid"].value
    assert session in readers_of({session})
    set_up(cast.bo)

    assert elsewhere.get("/buyer/").url.startswith(CODE)
    assert readers_of({session}) == {}
    elsewhere.post(CODE, {"code": code_of(cast.bo)})
    session = elsewhere.cookies["sessionid"].value
    assert session in readers_of({session})


def test_the_session_goes_on_under_another_id(cast: Cast, clock: object) -> None:
    protect(cast.bo)
    client = by_password(cast.bo)
    before = client.cookies["sessionid"].value
    client.post(CODE, {"code": code_of(cast.bo)})

    assert client.cookies["sessionid"].value != before


def test_a_new_password_by_letter_does_not_do_without_the_code(cast: Cast, clock: object) -> None:
    protect(cast.bo)
    open_diary()
    client = Client()
    client.post("/password-reset/", {"email": cast.bo.email})
    write_letters(at=timezone.now())
    text = Event.objects.get(kind="person.reset_asked").letters.get().text
    (link,) = re.findall(r"(/password-reset/\S+/)", text)

    assert client.post(link, {"password": "another gavel falls"}).url == CODE
    assert client.get("/buyer/").url.startswith(CODE)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_phone_may_be_half_a_minute_off(cast: Cast, clock: object, steps: int) -> None:
    protect(cast.bo)
    assert by_password(cast.bo).post(CODE, {"code": code_of(cast.bo, ahead=steps)}).status_code == 302


@pytest.mark.parametrize("steps", [-2, 2])
def test_and_no_more(cast: Cast, clock: object, steps: int) -> None:
    protect(cast.bo)
    assert by_password(cast.bo).post(CODE, {"code": code_of(cast.bo, ahead=steps)}).status_code == 422


def test_a_code_lets_in_once_and_so_does_none_older(cast: Cast, clock: object) -> None:
    protect(cast.bo)
    client, code, older = let_in(cast.bo), code_of(cast.bo), code_of(cast.bo, ahead=-1)

    assert [by_password(cast.bo).post(CODE, {"code": one}).status_code for one in (code, older)] == [422, 422]
    assert client.get("/buyer/").status_code == 200


def test_codes_are_not_guessed_without_end(cast: Cast, clock: time_machine.Coordinates) -> None:
    protect(cast.bo)
    client = by_password(cast.bo)
    statuses = [client.post(CODE, {"code": f"{guess:06}"}).status_code for guess in range(6)]
    assert statuses == [422] * 5 + [429]
    assert client.post(CODE, {"code": code_of(cast.bo)}).status_code == 429

    clock.shift(timedelta(minutes=5, seconds=1))
    assert client.post(CODE, {"code": code_of(cast.bo)}).status_code == 302


def test_a_recovery_code_lets_in_once_however_it_is_typed(cast: Cast, clock: object) -> None:
    first, second, *_ = protect(cast.bo)
    assert by_password(cast.bo).post(CODE, {"code": first.upper().replace("-", " ")}).status_code == 302
    assert by_password(cast.bo).post(CODE, {"code": first}).status_code == 422
    assert by_password(cast.bo).post(CODE, {"code": second}).status_code == 302
    assert first.replace("-", "") not in str(RecoveryCode.objects.values_list("digest"))


def test_new_recovery_codes_take_the_place_of_the_old(cast: Cast, clock: time_machine.Coordinates) -> None:
    old, *_ = protect(cast.bo)
    bo = let_in(cast.bo)
    told = bo.post("/security/recovery-codes/").content.decode()
    new = re.findall(r"<code>([a-z2-9-]+)</code>", told)

    assert len(new) == 10
    assert by_password(cast.bo).post(CODE, {"code": old}).status_code == 422
    assert by_password(cast.bo).post(CODE, {"code": new[0]}).status_code == 302


def test_it_is_removed_after_a_code_that_is_fresh(cast: Cast, clock: time_machine.Coordinates) -> None:
    protect(cast.bo)
    open_diary()
    bo = let_in(cast.bo)
    clock.shift(timedelta(minutes=11))
    assert bo.post("/security/second-factor/remove/").url.startswith(CODE)
    cast.bo.refresh_from_db()
    assert cast.bo.has_second_factor

    bo.post(CODE, {"code": code_of(cast.bo)})
    assert bo.post("/security/second-factor/remove/").url == SECURITY
    cast.bo.refresh_from_db()
    assert not cast.bo.has_second_factor
    assert not Authenticator.objects.exists() and not RecoveryCode.objects.exists()
    assert by_password(cast.bo).get("/buyer/").status_code == 200
    assert Event.objects.filter(kind="person.second_factor_removed").count() == 1


NO_DIARY = """
    RESET ROLE;
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''full''; END';
    CREATE TRIGGER refused BEFORE INSERT ON events_event FOR EACH ROW EXECUTE FUNCTION refuse()
"""


def test_what_no_letter_can_warn_of_does_not_happen(cast: Cast, clock: object) -> None:
    set_up(give_password(cast.bo))
    secret, told = new_secret(), {"at": timezone.now()}
    with undone_afterwards():
        with connection.cursor() as cursor:
            cursor.execute(NO_DIARY)
        for attempt in (
            lambda: change_password(cast.bo, "another gavel falls", **told),
            lambda: take_second_factor_away(cast.bo, **told),
            lambda: add_second_factor(cast.saga, secret, code_by(secret), **told),
            lambda: make_recovery_codes(cast.bo, **told),
        ):
            with pytest.raises(DatabaseError, match="full"):
                attempt()
        bo, saga = User.objects.get(pk=cast.bo.pk), User.objects.get(pk=cast.saga.pk)
        assert (bo.has_second_factor, bo.check_password(PASSWORD)) == (True, True)
        assert not saga.has_second_factor
        assert RecoveryCode.objects.filter(user=bo).count() == 10


def test_an_operator_must_have_one_outside_the_sandbox(cast: Cast, clock: object, settings) -> None:
    settings.SECOND_FACTOR_FOR_OPERATORS = True
    give_password(cast.olga)
    olga = by_password(cast.olga)
    assert olga.get("/operator/").url == f"{SETUP}?next=%2Foperator%2F"
    assert olga.get(SETUP).status_code == 200
    secret = secret_on(olga.get(SETUP).content.decode())
    assert olga.post(SETUP, {"code": code_by(secret)}).status_code == 200
    assert olga.get("/operator/").status_code == 200
    assert olga.post("/security/second-factor/remove/").url == SECURITY
    cast.olga.refresh_from_db()
    assert cast.olga.has_second_factor
    assert by_password(give_password(cast.bo)).get("/buyer/").status_code == 200


def test_an_operator_does_nothing_by_a_code_of_long_ago(cast: Cast, clock: time_machine.Coordinates) -> None:
    protect(cast.olga)
    olga = let_in(cast.olga)
    hold = f"/operator/sellers/{cast.saga.pk}/hold/"
    clock.shift(timedelta(minutes=11))
    answer = olga.post(hold, {"reason": "A complaint."}, headers={"Referer": f"http://testserver{hold}"})
    assert answer.url.startswith(CODE) and "hold" in answer.url
    assert not Event.objects.filter(kind="seller.held").exists()

    evil = olga.post(hold, {"reason": "A complaint."}, headers={"Referer": "https://evil.example/"})
    assert evil.url == CODE
    olga.post(CODE, {"code": code_of(cast.olga)})
    olga.post(hold, {"reason": "A complaint."})
    assert Event.objects.filter(kind="seller.held").count() == 1


def test_what_is_confirmed_is_not_replaced(cast: Cast, clock: object) -> None:
    """Two sessions that both began before; the second learns that it owes a code."""
    first, second = Reader(cast.bo), Reader(cast.bo)
    secrets = [secret_on(one.get(SETUP).html) for one in (first, second)]
    assert first.post(SETUP, code=code_by(secrets[0])).status_code == 200

    assert second.post(SETUP, code=code_by(secrets[1])).url == SECURITY
    assert Authenticator.objects.get(user=cast.bo).secret == secrets[0]
    with pytest.raises(CodeRefused):  # Past the page, as one who was on the way when the first confirmed.
        add_second_factor(cast.bo, secrets[1], code_by(secrets[1]), at=timezone.now())


def test_a_code_of_a_factor_that_was_removed_lets_in_no_more(
    cast: Cast, clock: time_machine.Coordinates
) -> None:
    protect(cast.bo)
    elsewhere = let_in(cast.bo)
    take_second_factor_away(cast.bo, at=timezone.now())
    clock.shift(timedelta(hours=1))
    secret = new_secret()
    add_second_factor(cast.bo, secret, code_by(secret), at=timezone.now())

    assert elsewhere.get("/buyer/").url.startswith(CODE)


def test_codes_are_not_guessed_all_day(cast: Cast, clock: time_machine.Coordinates) -> None:
    protect(cast.bo)
    client = by_password(cast.bo)
    statuses = []
    for _ in range(21):
        clock.shift(timedelta(minutes=6))
        statuses += [client.post(CODE, {"code": "000000"}).status_code for _ in range(5)]
    assert statuses[:99] == [422] * 99 and statuses[-1] == 429


def test_whoever_lost_everything_is_let_in_again_by_hand(cast: Cast, clock: object) -> None:
    protect(cast.bo)
    open_diary()
    call_command("remove_second_factor", cast.bo.email, stdout=io.StringIO())

    assert by_password(cast.bo).get("/buyer/").status_code == 200
    assert Event.objects.filter(kind="person.second_factor_removed").count() == 1
    for email in (cast.bo.email, "nobody@klubba.example"):
        with pytest.raises(CommandError, match="has a second factor"):
            call_command("remove_second_factor", email)


@pytest.mark.parametrize("where", ["foo", "payment", "javascript:alert(1)", "https://evil.example/"])
def test_where_to_go_on_is_an_address_of_ours(cast: Cast, clock: object, where: str) -> None:
    protect(cast.bo)
    shown = by_password(cast.bo).post(CODE, {"code": code_of(cast.bo), "next": where})
    assert (shown.status_code, shown.url) == (302, "/buyer/")


def test_what_is_typed_into_the_code_is_told_to_nobody(cast: Cast, clock: datetime) -> None:
    protect(cast.bo)
    refused = by_password(cast.bo).post(CODE, {"code": "<b>typed</b>"})

    assert "typed" not in html.unescape(refused.content.decode())
