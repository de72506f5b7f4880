"""What operators do to money, in the reader's language, and the page of what it was done to."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import pgettext

from events.models import Event

ACTS: dict[str, Callable[[], str]] = {
    "break.checked": lambda: pgettext("act", "Had a difference looked at again"),
    "break.explained": lambda: pgettext("act", "Explained a difference"),
    "breaker.released": lambda: pgettext("act", "Let payouts flow again"),
    "message.replayed": lambda: pgettext("act", "Replayed a message"),
    "payout.chosen": lambda: pgettext("act", "Chose lines to pay out"),
    "payout.held": lambda: pgettext("act", "Held a payout"),
    "payout.released": lambda: pgettext("act", "Released a payout"),
    "payout.reversing": lambda: pgettext("act", "Took a payout back"),
    "platform_payout.asked": lambda: pgettext("act", "Drew our own money"),
    "policy.set": lambda: pgettext("act", "Set a policy"),
    "run.approved": lambda: pgettext("act", "Approved a run"),
    "seller.held": lambda: pgettext("act", "Held a seller"),
    "seller.released": lambda: pgettext("act", "Released a seller"),
}
PAGES = {"payout": "payout", "run": "run", "seller": "operator-seller"}
PLACES = {
    "message": "operator-webhooks",
    "platform_payout": "money",
    "breaker": "operator-payouts",
    "break": "differences",
}


def act_kinds() -> list[str]:
    """The kinds of the diary's lines that tell of an act."""
    return list(ACTS)


def act_words(kind: str) -> str:
    """What was done."""
    return ACTS[kind]()


def link_of(event: Event) -> str:
    """Where to look at what it was done to; empty for the policy of everybody, which has no page."""
    if event.subject_type in PLACES:
        return reverse(PLACES[event.subject_type])
    if event.subject_id == "everybody":
        return ""
    return reverse(PAGES[event.subject_type], args=[event.subject_id])
