"""What somebody does without is kept and not sent; what is about their money comes whatever they want."""

from __future__ import annotations

import pytest
from django.conf import settings

from auctions.closing import close_auction
from notifications.delivery import deliver_letters
from notifications.models import Letter, Topic
from notifications.preferences import (
    TOPICS,
    StopRefused,
    prefer,
    read_stop,
    stop_link,
    topics_for,
    unwanted_by,
)
from notifications.wording import LETTERS
from notifications.writing import write_letters
from tests.cast import NOON, Cast, an_auction
from tests.notifications.diary import decline, letters, open_diary
from tests.notifications.mail_server import MailServer
from tests.notifications.test_delivery import said_in


def end_an_auction(cast: Cast) -> None:
    """Saga hears of it; nobody has bid."""
    close_auction(an_auction(cast.saga), at=NOON, by=cast.saga)


def states() -> dict[str, str]:
    return dict(Letter.objects.values_list("event__kind", "state"))


def test_what_somebody_does_without_is_kept_and_not_sent(cast: Cast, post_office: MailServer) -> None:
    open_diary()
    prefer(cast.saga.pk, wanted=(), unwanted=[Topic.AUCTIONS])
    end_an_auction(cast)
    decline(cast)
    [ended, declined] = letters(at=NOON)

    assert (ended.person, ended.state, declined.state) == (cast.saga, "unwanted", "waiting")
    while deliver_letters(at=NOON):
        pass
    assert states() == {"auction.closed": "unwanted", "payment.declined": "sent"}
    assert [taken.recipients for taken in post_office.taken] == [("bo@klubba.example",)]


def test_a_line_that_nobody_wants_a_letter_of_is_told_all_the_same(cast: Cast) -> None:
    """It is not looked at again, and the bookmark passes it."""
    open_diary()
    prefer(cast.saga.pk, wanted=(), unwanted=[Topic.AUCTIONS])
    end_an_auction(cast)

    assert write_letters(at=NOON) == 1
    assert write_letters(at=NOON) == 0


def test_it_is_their_choice_alone_and_of_this_topic_alone(cast: Cast) -> None:
    open_diary()
    prefer(cast.mallory.pk, wanted=(), unwanted=Topic.values)
    prefer(cast.saga.pk, wanted=[Topic.AUCTIONS], unwanted=[Topic.PAYOUTS])
    end_an_auction(cast)

    assert [letter.state for letter in letters(at=NOON)] == ["waiting"]


def test_the_newest_choice_counts(cast: Cast) -> None:
    saga = cast.saga.pk
    prefer(saga, wanted=(), unwanted=[Topic.AUCTIONS, Topic.PAYOUTS])
    prefer(saga, wanted=[Topic.AUCTIONS], unwanted=[])

    assert unwanted_by([saga, cast.bo.pk]) == {(saga, "payouts")}


def test_only_letters_that_one_may_do_without_say_how(cast: Cast, post_office: MailServer) -> None:
    open_diary()
    decline(cast)
    end_an_auction(cast)
    letters(at=NOON)
    while deliver_letters(at=NOON):
        pass
    declined, ended = post_office.taken
    link = stop_link(cast.saga.pk, Topic.AUCTIONS)

    assert "List-Unsubscribe" not in declined.message and "/letters/" not in said_in(declined, "plain")
    assert ended.message["List-Unsubscribe"].strip() == f"<{link}>"
    assert ended.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert said_in(ended, "plain").endswith(f"\n\n{link}\n")
    assert f'<a href="{link}"' in said_in(ended, "html")


def test_a_link_is_for_one_person_and_one_topic(cast: Cast) -> None:
    link = stop_link(cast.saga.pk, Topic.PAYOUTS)
    token = link.removeprefix(f"{settings.SITE_ORIGIN}/letters/stop/").rstrip("/")

    assert read_stop(token) == (cast.saga.pk, "payouts")
    for made_up in ("", "x", token[:-1], "x" + token, token.swapcase()):
        with pytest.raises(StopRefused):
            read_stop(made_up)


def test_what_each_may_choose_is_told_to_them(cast: Cast) -> None:
    """Each topic is of letters that go to somebody of that role."""
    assert topics_for(cast.olga) == []
    assert set(topics_for(cast.bo)) == {topic for (_, role), topic in TOPICS.items() if role == "winner"}
    assert set(topics_for(cast.saga)) == {topic for (_, role), topic in TOPICS.items() if role == "seller"}
    assert all(role in LETTERS[kind] for kind, role in TOPICS)


def test_nobody_does_without_what_stops_money_or_guards_the_account() -> None:
    may_be_without = {kind for kind, _ in TOPICS}
    essential = {
        "payment.completed",
        "payment.declined",
        "payment.returned",
        "payout.returned",
        "payout.held",
    }

    assert not may_be_without & essential
    assert not {kind for kind in may_be_without if kind.startswith(("person.", "account."))}
