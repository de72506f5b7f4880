"""Which letters a person wants. Those about one's money and one's account come whatever anybody wants."""

from collections.abc import Collection

from django.conf import settings
from django.core import signing
from django.urls import reverse

from notifications.models import Preference, Topic
from people.models import User

# By the diary's word and who hears of it: what one may do without.
TOPICS = {
    ("auction.closed", "seller"): Topic.AUCTIONS,
    ("bid.expired", "seller"): Topic.AUCTIONS,
    ("bid.due_soon", "winner"): Topic.REMINDERS,
    ("payout.sent", "seller"): Topic.PAYOUTS,
    ("payout.paid", "seller"): Topic.PAYOUTS,
}
# A link to stop letters holds for as long as the letter is kept.
SIGNER = signing.Signer(salt="klubba.letters.stop")


class StopRefused(Exception):
    """It is no link of a letter's."""


def topics_for(person: User) -> list[Topic]:
    """What this person may choose, by their roles."""
    return [Topic.REMINDERS] * person.is_buyer + [Topic.AUCTIONS, Topic.PAYOUTS] * person.is_seller


def unwanted_by(people: Collection[int]) -> set[tuple[int, str]]:
    """Who of them wants no letters on which topic."""
    unwanted = Preference.objects.filter(person__in=people, is_wanted=False)
    return set(unwanted.values_list("person", "topic"))


def prefer(person_id: int, *, wanted: Collection[str], unwanted: Collection[str]) -> None:
    """Remember it, for every letter that is written from now on."""
    Preference.objects.bulk_create(
        [
            Preference(person_id=person_id, topic=topic, is_wanted=topic in wanted)
            for topic in (*wanted, *unwanted)
        ],
        update_conflicts=True,
        unique_fields=["person", "topic"],
        update_fields=["is_wanted"],
    )


def stop_link(person_id: int, topic: str) -> str:
    """Where whoever reads this person's mail stops letters on the topic, without signing in."""
    return f"{settings.SITE_ORIGIN}{reverse('stop-letters', args=[SIGNER.sign_object([person_id, topic])])}"


def read_stop(token: str) -> tuple[int, str]:
    """Whose letters, and on what.

    Raises:
        StopRefused: we never made it.
    """
    try:
        person_id, topic = SIGNER.unsign_object(token)
    except signing.BadSignature as refused:
        raise StopRefused(token) from refused
    return int(person_id), str(topic)
