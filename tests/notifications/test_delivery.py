"""Letters reach a real mail server: late when it is away, at least once, and told apart when twice."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections

from notifications import delivery
from notifications.delivery import CLAIM, MOST_TRIES, deliver_letters
from notifications.dressing import html_of
from notifications.models import Letter
from notifications.writing import write_letters
from people.models import User
from tests.cast import NOON, Cast
from tests.dashboards.reading import NO_BREAK, Sheet
from tests.databases import url_of
from tests.notifications.diary import decline, letters, open_diary, sell
from tests.notifications.mail_server import Envelope, MailServer, mail_server

CLEAN = {"waiting": 0, "sent": 0, "failed": 0}


def written(cast: Cast, *, count: int = 1) -> list[Letter]:
    """That many letters that wait: Bo's, of payments that were declined."""
    open_diary()
    for number in range(count):
        decline(cast, title=f"Number {number}")
    return letters(at=NOON)


def deliver_all(*, at: datetime = NOON) -> int:
    """Send until nothing can be sent; answers how many were."""
    return sum(iter(lambda: deliver_letters(at=at), False))


def states() -> dict[str, int]:
    found = list(Letter.objects.values_list("state", flat=True))
    return CLEAN | {state: found.count(state) for state in found}


def test_a_letter_reaches_a_real_server_in_its_own_words(cast: Cast, post_office: MailServer) -> None:
    cast.bo.language = "sv"
    cast.bo.save()
    [letter] = written(cast)

    assert deliver_letters(at=NOON)
    assert not deliver_letters(at=NOON)

    [taken] = post_office.taken
    assert (taken.sender, taken.recipients) == ("klubba@klubba.example", ("bo@klubba.example",))
    assert taken.message["Subject"] == letter.subject == "Din betalning på 11\u00a0000,00\u00a0kr nekades"
    assert taken.message["Message-ID"] == f"<{letter.key}@klubba.example>"
    assert (taken.message["To"], taken.message["Content-Language"]) == ("bo@klubba.example", "sv")
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert said_in(taken, "plain") == letter.text
    letter.refresh_from_db()
    assert (letter.state, letter.tries, letter.failure) == ("sent", 1, "")
    assert letter.sent_at is not None and NOON <= letter.sent_at < NOON + timedelta(seconds=10)


def said_in(taken: Envelope, kind: str) -> str:
    """The letter's text of that kind."""
    part = taken.message.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_as_html_it_says_the_same_and_no_more(cast: Cast, post_office: MailServer) -> None:
    [letter] = written(cast)
    deliver_letters(at=NOON)
    [taken] = post_office.taken

    assert taken.message.get_content_type() == "multipart/alternative"
    sheet = Sheet(200, said_in(taken, "html"))
    assert sheet.text == " ".join(letter.text.replace(NO_BREAK, " ").split())
    assert sheet.all("html") == [{"lang": "en"}] and sheet.links == []
    assert sheet.all("img") == sheet.all("script") == sheet.all("link") == []


def test_our_own_link_can_be_followed_and_what_a_stranger_wrote_cannot(settings: Any) -> None:
    settings.SITE_ORIGIN = "https://klubba.example"
    ours = f"{settings.SITE_ORIGIN}/join/abc:1/"
    strange = [
        "<a href='https://bad.example'>Kista</a> & https://bad.example/",
        "https://klubba.example.bad.example/",
        "https://klubba.example",
        f"{ours} and more",
    ]
    letter = Letter(subject="Kista", text="\n\n".join([*strange, ours, "Klubba"]), language="en")

    sheet = Sheet(200, html_of(letter))
    assert sheet.links == [ours]
    assert sheet.text == " ".join([*strange, ours, "Klubba"])


def test_while_the_server_is_away_letters_wait_and_none_is_lost(cast: Cast, settings: Any) -> None:
    with mail_server() as gone:
        port = gone.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 1
    written(cast, count=5)
    for minutes in range(60):
        for _ in range(5):
            assert not deliver_letters(at=NOON + timedelta(minutes=minutes))
    assert states() == CLEAN | {"waiting": 5}
    assert set(Letter.objects.values_list("failure", flat=True)) == {"ConnectionRefusedError"}

    with mail_server(port) as back:
        assert deliver_all(at=NOON + timedelta(hours=3)) == 5
    assert len(set(back.message_ids())) == 5
    assert states() == CLEAN | {"sent": 5}


def test_a_letter_that_failed_waits_longer_each_time_up_to_an_hour(
    cast: Cast, post_office: MailServer
) -> None:
    written(cast)
    post_office.answers["MAIL"] = "451 not now"
    at = NOON
    for tries in range(1, 14):
        assert not deliver_letters(at=at)
        waiting = Letter.objects.get()
        assert (waiting.state, waiting.tries, waiting.failure) == ("waiting", tries, "SMTPSenderRefused")
        assert 0.8 <= (waiting.next_at - at) / timedelta(seconds=min(5 * 2 ** (tries - 1), 3600)) <= 1.2
        assert not deliver_letters(at=waiting.next_at - timedelta(seconds=1))
        assert Letter.objects.get().tries == tries
        at = waiting.next_at


def test_waits_are_spread_so_that_not_all_come_back_at_once(cast: Cast, post_office: MailServer) -> None:
    written(cast, count=4)
    post_office.answers["MAIL"] = "451 not now"
    deliver_all()
    for _ in range(4):
        deliver_letters(at=NOON)

    assert len(set(Letter.objects.values_list("next_at", flat=True))) == 4


def test_after_five_days_of_trying_it_is_given_up(cast: Cast, post_office: MailServer) -> None:
    written(cast)
    post_office.answers["RCPT"] = "550 nobody here"
    Letter.objects.update(tries=MOST_TRIES - 2)

    assert not deliver_letters(at=NOON)
    assert states() == CLEAN | {"waiting": 1}
    assert not deliver_letters(at=NOON + timedelta(hours=2))
    assert states() == CLEAN | {"failed": 1}
    assert not deliver_letters(at=NOON + timedelta(days=9))
    assert Letter.objects.get().failure == "SMTPRecipientsRefused"


def test_one_letter_that_cannot_be_sent_holds_up_no_other(cast: Cast, post_office: MailServer) -> None:
    """Its address would write a header of its own."""
    User.objects.filter(pk=cast.bo.pk).update(email="bo@klubba.example\nbcc: eve@klubba.example")
    [broken] = written(cast)
    User.objects.filter(pk=cast.bo.pk).update(email="bo@klubba.example")
    for number in range(3):
        decline(cast, title=f"Whole {number}")
    letters(at=NOON + timedelta(seconds=1))

    assert not deliver_letters(at=NOON)
    assert deliver_all(at=NOON + timedelta(seconds=2)) == 3
    broken.refresh_from_db()
    assert (broken.state, broken.failure) == ("waiting", "ValueError")
    assert {envelope.recipients for envelope in post_office.taken} == {("bo@klubba.example",)}


def test_a_failure_ends_the_set_and_what_was_left_of_it_waits_no_longer(
    cast: Cast, post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _first, second, *rest = written(cast, count=5)
    whole = delivery._message

    def message(letter: Letter) -> Any:
        if letter == second:
            raise ValueError("no such words")
        return whole(letter)

    monkeypatch.setattr(delivery, "_message", message)
    assert deliver_letters(at=NOON) == 1

    told = list(Letter.objects.order_by("pk").values_list("state", "tries"))
    assert told == [("sent", 1), ("waiting", 1), *[("waiting", 0)] * 3]
    assert deliver_letters(at=NOON) == len(rest)
    assert deliver_letters(at=NOON) == 0


def test_a_slow_server_has_no_letter_longer_than_it_is_kept_from_others(
    cast: Cast, post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(cast, count=3)
    post_office.slowness_seconds = 0.1
    monkeypatch.setattr(delivery, "CLAIM", timedelta(seconds=0.1))

    assert deliver_letters(at=NOON) == 1
    assert sorted(Letter.objects.values_list("state", "tries")) == [("sent", 1), *[("waiting", 0)] * 2]


def test_what_another_has_claimed_meanwhile_stays_theirs(cast: Cast, post_office: MailServer) -> None:
    """Somebody slept over the end of the claim, and wakes with letters that are not theirs any more."""
    written(cast, count=3)
    slept, letters_then = delivery._Claim(NOON), delivery._claim(limit=3, at=NOON)
    assert len(delivery._claim(limit=3, at=NOON + CLAIM)) == 3

    delivery._give_back(letters_then, slept)
    delivery._delay(letters_then[0], ValueError(), slept)

    told = set(Letter.objects.values_list("tries", "next_at", "failure"))
    assert told == {(2, NOON + 2 * CLAIM, "")}


def test_who_shall_stop_ends_after_the_letter_in_hand(cast: Cast, post_office: MailServer) -> None:
    written(cast, count=3)
    go_on = iter([True, False])

    assert deliver_letters(at=NOON, go_on=lambda: next(go_on)) == 1
    assert sorted(Letter.objects.values_list("state", "tries")) == [("sent", 1), *[("waiting", 0)] * 2]


def test_a_server_that_says_nothing_is_left_after_its_time(cast: Cast, post_office: MailServer) -> None:
    written(cast)
    post_office.silent = True
    began = time.monotonic()

    assert not deliver_letters(at=NOON)
    assert time.monotonic() - began < 10
    assert Letter.objects.get().failure in ("TimeoutError", "SMTPServerDisconnected")


def test_a_letter_taken_without_a_word_is_sent_again_under_the_same_name(
    cast: Cast, post_office: MailServer
) -> None:
    [letter] = written(cast)
    post_office.hangs_up_after = True
    assert not deliver_letters(at=NOON)
    post_office.hangs_up_after = False
    assert deliver_letters(at=NOON + timedelta(minutes=1))

    assert post_office.message_ids() == [f"<{letter.key}@klubba.example>"] * 2


def test_one_that_dies_before_it_has_marked_leaves_the_letter_to_be_sent_again(
    cast: Cast, post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """What no handler of exceptions sees."""

    def die(name: str) -> None:
        if name == "O1.published":
            raise Killed

    written(cast)
    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(delivery, "crashpoint", die)
        deliver_letters(at=NOON)

    assert not deliver_letters(at=NOON + CLAIM - timedelta(seconds=1))
    assert deliver_letters(at=NOON + CLAIM)
    assert len(post_office.taken) == 2 and len(set(post_office.message_ids())) == 1


def test_under_four_workers_each_letter_is_sent_once(own_cast: Cast, post_office: MailServer) -> None:
    open_diary()
    for number in range(6):
        sell(own_cast, title=f"Number {number}")
    post_office.slowness_seconds = 0.05
    ready = threading.Barrier(4)

    def work() -> None:
        try:
            ready.wait(20)
            while write_letters(at=NOON) + deliver_letters(at=NOON):
                pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        for one in [threads.submit(work) for _ in range(4)]:
            one.result()

    assert deliver_all() == 0
    assert states() == CLEAN | {"sent": 12}
    assert len(post_office.taken) == len(set(post_office.message_ids())) == 12
    sent = sorted(envelope.recipients[0] for envelope in post_office.taken)
    assert sent == ["bo@klubba.example"] * 6 + ["saga@klubba.example"] * 6


def test_what_was_sent_is_not_sent_again_however_long_ago(cast: Cast, post_office: MailServer) -> None:
    written(cast)
    assert deliver_letters(at=NOON)

    for later in (CLAIM, timedelta(days=1)):
        assert not deliver_letters(at=NOON + later)
    assert len(post_office.taken) == 1


def test_whoever_has_a_letter_in_hand_keeps_nobody_from_the_next(
    own_database: str, own_cast: Cast, post_office: MailServer
) -> None:
    first, second = written(own_cast, count=2)
    with psycopg.connect(url_of(own_database)) as other:
        other.execute("SELECT FROM notifications_letter WHERE id = %s FOR UPDATE", [first.pk])
        assert deliver_letters(at=NOON)

    assert list(Letter.objects.filter(state="sent")) == [second]


def test_where_no_server_is_named_letters_wait(cast: Cast, settings: Any) -> None:
    settings.LETTERS_LEAVE = False
    written(cast)

    assert not deliver_letters(at=NOON)
    assert states() == CLEAN | {"waiting": 1}


def test_no_transaction_is_open_while_the_server_is_spoken_to(
    own_cast: Cast, post_office: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks meanwhile finds the try counted already."""
    seen: list[int] = []
    answer = post_office.answers
    written(own_cast)

    class Looking(dict[str, str]):
        def __contains__(self, command: object) -> bool:
            if command == "DATA":
                seen.append(Letter.objects.get().tries)
                connections.close_all()
            return command in answer

    post_office.answers = Looking()
    assert deliver_letters(at=NOON)
    assert seen == [1]
