"""Why a payout waits, and whose turn it is: asked of the code that pays, told in the reader's language."""

from dataclasses import dataclass
from datetime import datetime, time

from django.utils.translation import gettext, pgettext

from dashboards.reasons import written_reason
from dashboards.wording import OF_APPROVAL
from payouts.arriving import MOST_RETURNS
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import Hold, PayoutSchedule
from payouts.sending import NOT_THERE_YET, TOO_LITTLE
from payouts.situations import Obstacle, Situation, obstacle_to

State = PayoutSchedule.State
RUN_BEGINS = time(6, 0)
# What a payout on its way to the bank may wait for without anybody at Klubba having to act.
CODES = {
    NOT_THERE_YET: "unavailable",
    TOO_LITTLE: "too_small",
    "Stripe needs more from you before it can pay you out.": "account_incomplete",
    "Your Stripe account is no longer connected. Connect it again.": "deauthorized",
}
REVIEWED = "It is being reviewed."
BEFORE_IT_LEAVES = (State.SCHEDULED, State.HELD)
THE_SELLERS = frozenset({"no_account", "deauthorized", "account_incomplete", "paused", "bank"})
TIMES = frozenset({"cooling_off", "unavailable", "too_small", "minimum", "again"})


@dataclass(frozen=True)
class Wait:
    """What a payout waits for. `turn` is seller, klubba or time; `code` says which page helps."""

    code: str
    reason: str

    @property
    def turn(self) -> str:
        if self.code in THE_SELLERS:
            return "seller"
        return "time" if self.code in TIMES else "klubba"

    @property
    def turn_word(self) -> str:
        return {
            "seller": lambda: pgettext("turn", "Your turn."),
            "klubba": lambda: pgettext("turn", "Klubba's turn. You need not do anything."),
            "time": lambda: pgettext("turn", "It solves itself. You need not do anything."),
        }[self.turn]()


def wait_of(schedule: PayoutSchedule, situation: Situation | None, *, at: datetime) -> Wait | None:
    """What the payout waits for beyond its day; None if nothing. `situation` is needed before it leaves."""
    if situation is not None and schedule.state in BEFORE_IT_LEAVES:
        return _before_it_leaves(situation, at=at)
    if schedule.is_being_reversed:
        return Wait("reversing", gettext("The money is being taken back from your account at Stripe."))
    if schedule.state == State.RETURNED:
        return Wait(_code_of_return(schedule), told_reason(schedule.reason))
    if schedule.state == State.TRANSFERRED and schedule.reason:
        return Wait(CODES.get(schedule.reason, "held"), told_reason(schedule.reason))
    return None


def told_reason(reason: str) -> str:
    """A sentence of ours in the page's language; what an operator wrote, as it was written."""
    return written_reason(reason) or gettext(reason) if reason else ""


def _before_it_leaves(situation: Situation, *, at: datetime) -> Wait | None:
    """What would keep it on its day; what somebody holds comes first."""
    schedule = situation.schedule
    for hold in situation.holds:
        if hold.kind == Hold.Kind.OPERATOR:
            return Wait("held", told_reason(hold.reason))
    morning = datetime.combine(schedule.scheduled_date, RUN_BEGINS, tzinfo=PLATFORM_ZONE)
    obstacle = obstacle_to(situation, at=max(at, morning))
    if obstacle is None and schedule.state == State.HELD:
        obstacle = Obstacle("approval", schedule.reason if schedule.reason in OF_APPROVAL else REVIEWED)
    if obstacle is None and schedule.reason and at >= morning:
        obstacle = Obstacle("insolvent", schedule.reason)
    return Wait(obstacle.code, told_reason(obstacle.reason)) if obstacle else None


def _code_of_return(schedule: PayoutSchedule) -> str:
    if schedule.retry_on is not None:
        return "again"
    return "bank" if schedule.returns <= MOST_RETURNS else "returned_often"
