"""Differences between Stripe and us, in the reader's language: what, how old, and what happens next."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from dashboards.wording import Word, break_word
from treasury.differences import About, Kind
from treasury.models import Break

Case = tuple[str, str]

ABOUT_WORDS: dict[str, Callable[[], str]] = {
    About.CHARGE: lambda: pgettext("difference", "Charge"),
    About.TRANSFER: lambda: pgettext("difference", "Transfer"),
    About.PAYOUT: lambda: pgettext("difference", "Payout"),
    About.MOVEMENT: lambda: pgettext("difference", "Movement"),
    About.ACCOUNT: lambda: pgettext("difference", "Balance of an account"),
}
PAGES = {About.CHARGE: "payment", About.TRANSFER: "payout", About.PAYOUT: "payout"}
# What looking again changes nothing about: it has moved, and our books say so or not.
HAS_MOVED = (About.MOVEMENT,)


def next_words(one: Break) -> str:
    """What happens by itself, and what a person has to do."""
    of_ours = "" if one.account_id else "ours"
    for case in ((one.kind, one.object_type, of_ours), (one.kind, one.object_type), (one.kind,)):
        if case in NEXT:
            return NEXT[case]()
    return gettext(
        "Find out which of the two is right. After an hour all payouts stop until it is explained."
    )


NEXT: dict[tuple[str, ...], Callable[[], str]] = {
    (Kind.TIMING,): lambda: gettext("It is younger than an hour and is expected to come right by itself."),
    (Kind.MISSING_EVENT, About.CHARGE): lambda: gettext(
        "The payment is asked for again and completed from the inbox. If it stays, its message says why."
    ),
    (Kind.MISSING_EVENT, About.PAYOUT): lambda: gettext(
        "What the bank said is asked for again and booked from the inbox. If it stays, its message says why."
    ),
    (Kind.MISSING_EVENT, About.TRANSFER): lambda: gettext(
        "Stripe's answer was lost. The payout looks it up and goes on by itself."
    ),
    (Kind.FEE,): lambda: gettext(
        "Stripe took it from a seller's account. Find out for what, and explain it."
    ),
    (Kind.UNKNOWN, About.CHARGE): lambda: gettext(
        "It is in suspense. Find out whose it is. After an hour all payouts stop until it is explained."
    ),
    (Kind.UNKNOWN, About.TRANSFER): lambda: gettext(
        "Find out who made it, or take it back at Stripe. After an hour all payouts stop until it is gone."
    ),
    (Kind.UNKNOWN, About.PAYOUT): lambda: gettext(
        "Find out who made it. The seller's payouts are held, and after an hour all payouts stop."
    ),
    (Kind.UNKNOWN, About.PAYOUT, "ours"): lambda: gettext(
        "Somebody drew our money at Stripe itself. Find out who. After an hour all payouts stop."
    ),
    (Kind.UNKNOWN, About.MOVEMENT): lambda: gettext(
        "Find out what moved the seller's money. After an hour all payouts stop until it is explained."
    ),
    (Kind.UNKNOWN, About.MOVEMENT, "ours"): lambda: gettext(
        "The money is in suspense until it gets its name. Find out what it is, and explain it."
    ),
    (Kind.AMOUNT, About.MOVEMENT, "ours"): lambda: gettext(
        "The rest is in suspense. Find out why Stripe moved another amount, and explain it."
    ),
    (Kind.AMOUNT, About.ACCOUNT): lambda: gettext(
        "Nothing that is known explains it. Compare the account's movements at Stripe with our books."
    ),
}


def about_words(one: Break) -> str:
    return ABOUT_WORDS[one.object_type]()


def state_word(one: Break) -> Word:
    """Its kind while it stands; how it ended afterwards."""
    if one.resolved_at is None:
        return break_word(one.kind)
    return break_word("explained" if one.explained_by_id else "gone")


def href_of(one: Break) -> str:
    """The page of our payment or payout; empty where none is known."""
    return reverse(PAGES[About(one.object_type)], args=[one.subject_id]) if one.subject_id else ""


def age_words(since: datetime, *, until: datetime) -> str:
    """ "for 12 minutes", "for 5 hours", "for 3 days"."""
    age = max(until - since, timedelta(0))
    if age >= timedelta(days=2):
        return ngettext("for %d day", "for %d days", age.days) % age.days
    minutes = age // timedelta(minutes=1)
    if minutes >= 60:
        return ngettext("for %d hour", "for %d hours", minutes // 60) % (minutes // 60)
    return ngettext("for %d minute", "for %d minutes", minutes) % minutes
