"""A policy as somebody types it: kept as typed when it is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext_noop

from dashboards.asking import MOST_LETTERS
from money.amounts import AmountRefused, format_minor, parse_amount
from payouts.models import PayoutPolicy
from payouts.policies import PolicyRefused
from people.models import User

Interval = PayoutPolicy.Interval
WHOLE = re.compile(r"[0-9]{1,3}", re.ASCII)
PERCENT = re.compile(r"([0-9]{1,2})(?:[.,]([0-9]{1,2}))?", re.ASCII)

TERMS = (
    "seller_id",
    "interval",
    "weekday",
    "month_day",
    "delay_days",
    "minimums_minor",
    "reserve_bp",
    "reserve_days",
    "reason",
)

NO_NUMBER = gettext_noop("Write days as whole numbers.")
NO_PERCENT = gettext_noop("Write the part that is kept back as a percentage, such as 5 or 2.5.")
NO_AMOUNT = gettext_noop('Write the smallest payout as digits with a decimal point, such as "500.00".')
NO_REASON = gettext_noop("Write the reason first.")


@dataclass(frozen=True)
class PolicyTyped:
    """The fields as text. `seen` is the version that the form was written over."""

    seen: str
    interval: str
    weekday: str
    month_day: str
    delay_days: str
    reserve_percent: str
    reserve_days: str
    minimums: dict[str, str]
    reason: str

    def policy(self, seller: User) -> PayoutPolicy:
        """The version they make, not yet written.

        Raises:
            PolicyRefused: a field is no number or no amount, or the reason is missing.
        """
        if not self.reason or len(self.reason) > MOST_LETTERS or "\x00" in self.reason:
            raise PolicyRefused(NO_REASON)
        is_weekly, is_monthly = self.interval == Interval.WEEKLY, self.interval == Interval.MONTHLY
        return PayoutPolicy(
            seller=seller,
            interval=self.interval,
            weekday=_whole(self.weekday) if is_weekly else None,
            month_day=_whole(self.month_day) if is_monthly else None,
            delay_days=_whole(self.delay_days),
            minimums_minor=self._minimums(),
            reserve_bp=_basis_points(self.reserve_percent),
            reserve_days=_whole(self.reserve_days or "0"),
            reason=self.reason,
        )

    def says_the_same_as(self, written: PayoutPolicy, seller: User) -> bool:
        """Whether the form, sent once more, says what is written already."""
        try:
            said = self.policy(seller)
        except PolicyRefused:
            return False
        return all(getattr(said, name) == getattr(written, name) for name in TERMS)

    def _minimums(self) -> dict[str, int]:
        try:
            typed = {c: parse_amount(text.replace(",", "."), c) for c, text in self.minimums.items() if text}
        except AmountRefused as refused:
            raise PolicyRefused(NO_AMOUNT) from refused
        return {currency: minor for currency, minor in typed.items() if minor}


def typed_of_post(post: Mapping[str, str]) -> PolicyTyped:
    """What was sent, without the spaces around it."""
    names = [name for name in PolicyTyped.__dataclass_fields__ if name != "minimums"]
    fields = {name: post.get(name, "").strip() for name in names}
    minimums = {c: post.get(f"minimum_{c}", "").strip() for c in _currencies()}
    return PolicyTyped(**fields, minimums=minimums)


def typed_of_policy(policy: PayoutPolicy) -> PolicyTyped:
    """The form as it is first seen: the policy that holds."""
    written = {c: policy.minimums_minor.get(c, 0) for c in [*_currencies(), *policy.minimums_minor]}
    return PolicyTyped(
        seen=str(policy.pk or ""),
        interval=policy.interval,
        weekday="" if policy.weekday is None else str(policy.weekday),
        month_day="" if policy.month_day is None else str(policy.month_day),
        delay_days=str(policy.delay_days),
        reserve_percent=format_minor(policy.reserve_bp, "EUR") if policy.reserve_bp else "",
        reserve_days=str(policy.reserve_days) if policy.reserve_bp else "",
        minimums={c: format_minor(minor, c) if minor else "" for c, minor in written.items()},
        reason="",
    )


def _currencies() -> list[str]:
    return sorted(settings.SETTLEMENT_CURRENCIES)


def _whole(text: str) -> int:
    if not WHOLE.fullmatch(text):
        raise PolicyRefused(NO_NUMBER)
    return int(text)


def _basis_points(text: str) -> int:
    """ "2.5" -> 250; nothing is 0."""
    found = PERCENT.fullmatch(text or "0")
    if found is None:
        raise PolicyRefused(NO_PERCENT)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
