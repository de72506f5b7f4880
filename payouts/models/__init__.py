"""Money out: what a seller has earned, where it goes, and the dated schedules that pay it."""

from payouts.models.accounts import ConnectedAccount
from payouts.models.controls import Breaker, Hold
from payouts.models.earnings import Earning
from payouts.models.policies import PayoutPolicy
from payouts.models.runs import PayoutApproval, PayoutRun
from payouts.models.schedules import PayoutAttempt, PayoutItem, PayoutSchedule

__all__ = [
    "Breaker",
    "ConnectedAccount",
    "Earning",
    "Hold",
    "PayoutApproval",
    "PayoutAttempt",
    "PayoutItem",
    "PayoutPolicy",
    "PayoutRun",
    "PayoutSchedule",
]
