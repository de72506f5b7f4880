"""What the rooms below refuse, in the reader's language, as it stands beside a form."""

from django.utils.translation import gettext, gettext_noop

from gateway.client import StripeAway, StripeRefused
from payouts.approving import RunRefused
from payouts.holding import HoldRefused
from payouts.policies import PolicyRefused
from payouts.reversing import ReversalRefused
from treasury.differences import BreakRefused
from treasury.platform import DrawRefused

REFUSALS = (
    HoldRefused,
    ReversalRefused,
    RunRefused,
    PolicyRefused,
    DrawRefused,
    BreakRefused,
    StripeAway,
    StripeRefused,
)
SENTENCES = (
    gettext_noop("Only a payout that has not left can be held."),
    gettext_noop("No operator holds this payout."),
    gettext_noop("It is held already."),
    gettext_noop("Only what lies on the seller's account at Stripe can be taken back."),
    gettext_noop("A payout of it may be on its way; try again when that is known."),
    gettext_noop("Choose today or a day to come."),
    gettext_noop("Something changed since this was shown. Look at it anew."),
    gettext_noop("A second operator has to approve this."),
    gettext_noop("The interval is daily, weekly, monthly or manual."),
    gettext_noop("Weekly payouts, and only they, name a weekday from 0, Monday, to 4, Friday."),
    gettext_noop("Monthly payouts, and only they, name a day of the month from 1 to 31."),
    gettext_noop("The delay is between 0 and 75 days."),
    gettext_noop("A reserve keeps up to half of a sale, for 1 to 75 days."),
    gettext_noop("A minimum is an amount of 0 or more in the smallest unit."),
    gettext_noop("Only what is free can be drawn; the rest is sellers' and buyers' money."),
    gettext_noop("Another payout of ours is not answered yet."),
    gettext_noop("It is gone, or may still come right by itself."),
)


def written_refusal(refused: Exception) -> str:
    """The sentence beside the form."""
    if isinstance(refused, StripeAway):
        return gettext("Stripe does not answer just now. It goes on by itself; look again in a moment.")
    if isinstance(refused, StripeRefused):
        return gettext("Stripe refused (%(code)s).") % {"code": refused.code}
    return gettext(str(refused))
