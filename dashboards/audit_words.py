"""What the audit looks at, in the reader's language."""

from django.utils.translation import gettext, gettext_noop

from audit.auditing import sentence_of
from audit.invariants import Invariant

SENTENCES = (
    gettext_noop("A sale has exactly one commission line and one payout line."),
    gettext_noop("No line belongs to a payment that is not a sale."),
    gettext_noop("Commission and seller's part add up to the total, on the payment and on its lines."),
    gettext_noop(
        "The commission is the agreed rate of the total, half up, within its bounds, in whole payout units."
    ),
    gettext_noop(
        "A payment that succeeded is in the books once, with its whole total: as a sale, or as owed back."
    ),
    gettext_noop("What the books know as paid never falls back to another status."),
    gettext_noop("Commission and its VAT stand in each sale's journal as the commission line says."),
    gettext_noop("The bid of a sale is paid."),
    gettext_noop("A bid that is paid has a sale."),
    gettext_noop("An auction has one sale at most."),
    gettext_noop("No win was passed on while its payment can still succeed."),
    gettext_noop("A message that told of a success and is handled has made one."),
    gettext_noop("No message of the other world was ever believed."),
    gettext_noop(
        "Every row of the books and the diary is as it was when it was sealed, and no seal is missing."
    ),
    gettext_noop(
        "Each head of the chain that was exported is still where it was: nobody made the chain anew."
    ),
    gettext_noop("No row was slipped in behind the head of the chain."),
    gettext_noop("No row of the books or the diary waits longer than two minutes for its seal."),
    gettext_noop("Every journal has a posting; each has two ends, so it cannot be unbalanced."),
    gettext_noop("A posting and both its accounts have one currency."),
    gettext_noop("A balance kept on an account's row is what its postings add up to, and is not below zero."),
    gettext_noop("No account that only others' money or money on its way stands on is below zero."),
    gettext_noop("Of each seller, what lines and items say lies in a place is what stands on its account."),
    gettext_noop("What is in transit to a seller lies on the connected account or on its way to the bank."),
    gettext_noop("A part of an earning is live on one schedule at most."),
    gettext_noop(
        "A schedule's total is its live items', all of its seller and currency, unless it is being sent."
    ),
    gettext_noop("An item's net is its gross less what was refunded, contested and netted."),
    gettext_noop("A payout line is completed when all of it is in the bank or settled, and only then."),
    gettext_noop("An item is transferred with the transfer that Stripe made for it, and with no other's."),
    gettext_noop("A schedule in transit or paid has a payout at Stripe, in the same state."),
    gettext_noop(
        "What was reserved for a schedule was transferred or released once, unless it is being sent."
    ),
    gettext_noop(
        "A payout's amount is what its schedules add up to, and its destination the one they froze."
    ),
    gettext_noop("Nothing was made twice at Stripe for one purpose and one object."),
    gettext_noop(
        "A movement of our balance at Stripe that has its journal moved `stripe:clearing` by its net."
    ),
    gettext_noop(
        "What was booked on `stripe:clearing` has its movement at Stripe, an hour after that has been read."
    ),
    gettext_noop("No message waits longer than ten minutes for its effect."),
    gettext_noop("No letter waits longer than ten minutes to be sent."),
    gettext_noop("No call to Stripe is in doubt for as long as its key may have been forgotten."),
    gettext_noop(
        "No movement of our balance at Stripe is without a name, or in suspense and unexplained, for an hour."
    ),
    gettext_noop(
        "A charge at Stripe is of a payment of ours and of its amount, or is explained within an hour."
    ),
    gettext_noop(
        "A transfer at Stripe is of an item of ours and as it is booked, or is explained within an hour."
    ),
    gettext_noop(
        "A payout at Stripe is of an attempt of ours and of its amount, or is explained within an hour."
    ),
    gettext_noop("What a seller has at Stripe stands on `stripe:connected`, or is explained within an hour."),
    gettext_noop("No event is missing, and no fee or rest of a movement unexplained, for more than an hour."),
)


def invariant_words(invariant: Invariant) -> str:
    """What must be true."""
    return gettext(sentence_of(invariant))
