"""Why something waits or was stopped, in the reader's language.

The rooms below keep a reason as an English sentence on its own row. Here it is known again by its words,
and what it names is carried over. What is no sentence of ours is told as it is, and marked as English.
"""

import re

from django.utils.translation import gettext, gettext_noop

from payouts.bank_words import bank_reason

SENTENCES = (
    gettext_noop("Payouts are not switched on yet."),
    gettext_noop("Tell Stripe where your bank is, and the money leaves on the next bank day."),
    gettext_noop("Stripe needs more from you before it can pay you out."),
    gettext_noop("Your Stripe account pays out by itself. We are putting that right."),
    gettext_noop("Your bank account was changed less than 72 hours ago."),
    gettext_noop("The money is with Stripe and becomes available there first."),
    gettext_noop("Stripe does not pay it out yet (%(code)s)."),
    gettext_noop("Stripe refused (%(code)s)."),
    gettext_noop("The bank sent it back (%(code)s)."),
    gettext_noop("Its only sale moved to its right date."),
    gettext_noop("Everything on it moved to another day."),
    gettext_noop("All of it went towards what you owed."),
    gettext_noop("Its transfers were taken back."),
    gettext_noop("The transfer was taken back."),
    gettext_noop("Banks are closed on this day."),
    gettext_noop("Your payouts are held while we look into something."),
    gettext_noop("There are too many payouts for one run; it is in the next."),
    gettext_noop("%(payout)s was made, and had been refused before."),
    gettext_noop("All payouts are stopped while we check our books."),
    gettext_noop("We are moving money to Stripe before we pay out."),
    gettext_noop("Your Stripe account is no longer connected. Connect it again."),
    gettext_noop("You have paused your payouts."),
    gettext_noop("The buyer's payment is not available at Stripe yet."),
    gettext_noop("It is too little for a payout; it leaves together with the next."),
    gettext_noop("It is below your smallest payout; it leaves together with the next."),
    gettext_noop("It changed after it was approved and is reviewed again."),
    gettext_noop("It is being reviewed."),
    gettext_noop("It is on a payout already."),
    gettext_noop("There is nothing left to pay."),
    gettext_noop("There are too many payouts for one run; it is in the next."),
    gettext_noop("%(payout)s contradicts what is written (%(failure)s)."),
    gettext_noop("%(payout)s was made, and had been refused before."),
    gettext_noop("%(field)s does not add up."),
    gettext_noop("It is of another world than ours."),
    gettext_noop("%(payout)s is in doubt: %(finding)s"),
    gettext_noop("Item %(item)s: %(finding)s"),
    gettext_noop("The balance transaction lacks %(field)s."),
    gettext_noop("paused by the seller"),
    gettext_noop("Stripe paid out %(payout)s, which we did not ask for."),
    gettext_noop(
        "Stripe pays our own account out by itself (%(interval)s), sellers' money with it."
        " Set its payouts to manual."
    ),
    gettext_noop("The audit found that this does not hold: %(invariant)s (%(ids)s)"),
    gettext_noop("It belongs to the connected account %(account)s, not to the platform."),
    gettext_noop("No payment of ours has this PaymentIntent."),
    gettext_noop("No payment of ours has this charge's PaymentIntent."),
    gettext_noop("No seller of ours has this account."),
    gettext_noop("No payout of ours is this one, on this account, of this amount."),
    gettext_noop("Not a successful charge of a PaymentIntent of the platform."),
    gettext_noop("No part of Klubba follows this type of event."),
    gettext_noop("The event says succeeded, its object says %(status)s."),
    gettext_noop("We do not know what to do with the status %(status)s."),
    gettext_noop("The currency is %(told)s; the payment is in %(ours)s."),
    gettext_noop("%(received)s of %(told)s was received; the payment is %(ours)s."),
    gettext_noop("It names no charge."),
    gettext_noop("The payout lacks %(field)s."),
    gettext_noop("It lacks %(field)s."),
    gettext_noop("%(field)s is missing."),
    gettext_noop("%(field)s is no whole number."),
    gettext_noop("The database failed: %(failure)s."),
    gettext_noop("Whoever handled it came to an end before it did."),
)
PLACE = re.compile(r"%\\\((\w+)\\\)s")


def _pattern(sentence: str) -> re.Pattern[str]:
    return re.compile(PLACE.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL)


PATTERNS = {sentence: _pattern(sentence) for sentence in SENTENCES}


def written_reason(reason: str) -> str | None:
    """The reason in the page's language; None if it is no sentence of ours."""
    for sentence, pattern in PATTERNS.items():
        if found := pattern.fullmatch(reason):
            named = {name: _named(name, value) for name, value in found.groupdict().items()}
            return gettext(sentence) % named if named else gettext(sentence)
    return None


def _named(name: str, value: str) -> str:
    """A code of a bank in words, where we have them, and an invariant in the page's language."""
    if name == "code":
        return bank_reason(value) or value
    return gettext(value) if name == "invariant" else value
