"""When a seller's money leaves: the policy that holds, the day that follows from it, the part kept back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from events.recording import record_event
from money.currencies import payout_unit_minor
from money.splitting import FULL_RATE_BP, half_up
from payouts.bank_days import (
    PLATFORM_ZONE,
    due_on,
    first_run_day,
    month_day_on_or_after,
    next_bank_day,
    weekday_on_or_after,
)
from payouts.models import ConnectedAccount, Earning, PayoutPolicy
from people.models import User

Interval = PayoutPolicy.Interval

# Stripe lets money lie for 90 days after the charge is available.
ALARM_AFTER = timedelta(days=75)
DUE_REGARDLESS_AFTER = timedelta(days=85)
# What the diary keeps of a version, beside the one before it.
TOLD = ("interval", "weekday", "month_day", "delay_days", "minimums_minor", "reserve_bp", "reserve_days")


class PolicyRefused(ValueError):
    """The terms make no policy; the message says why."""


@dataclass(frozen=True)
class Terms:
    """What decides a seller's dates: the policy that holds, and the country of the bank, once it is known."""

    policy: PayoutPolicy
    country: str | None


def terms_of(seller_ids: set[int], *, accounts: Iterable[ConnectedAccount] | None = None) -> dict[int, Terms]:
    """The terms that hold now for each seller; two statements for all, one if their accounts are at hand."""
    versions = PayoutPolicy.objects.filter(Q(seller__in=seller_ids) | Q(seller=None))
    newest = {p.seller_id: p for p in versions.order_by("seller", "-id").distinct("seller")}
    platforms = newest.get(None) or PayoutPolicy()
    if accounts is None:
        accounts = ConnectedAccount.objects.filter(seller__in=seller_ids)
    countries = {account.seller_id: account.bank_country or None for account in accounts}
    return {pk: Terms(newest.get(pk) or platforms, countries.get(pk)) for pk in seller_ids}


def due_day(earning: Earning, terms: Terms, *, is_release: bool = False, at: datetime) -> date | None:
    """The bank day on which an earning, or the part of it that was kept back, is sent.

    A day whose run is over becomes the next run's, and no interval outlasts the 85th day. None: the policy
    is manual, and nobody has chosen a day; what was kept back is given on its own day all the same.
    """
    earliest = earning.paid_on + timedelta(days=terms.policy.delay_days)
    if is_release:
        assert earning.kept_until is not None
        earliest = earning.kept_until
    last, now = clock_of(earning) + DUE_REGARDLESS_AFTER, first_run_day(at)
    if terms.policy.interval == Interval.MANUAL and not is_release:
        if at.astimezone(PLATFORM_ZONE).date() < last:
            return None
        earliest = max(earliest, last)
    due = due_on(
        paid_on=earliest,
        available_on=earning.available_on,
        currency=earning.currency,
        country=terms.country,
        delay_days=0,
    )
    day = _policy_day(due, terms, currency=earning.currency)
    if day < now:
        day = _policy_day(now, terms, currency=earning.currency)
    return min(day, next_bank_day(max(due, last, now), currency=earning.currency, country=terms.country))


def clock_of(earning: Earning) -> date:
    """When the 90 days of a sale began."""
    return earning.available_on or earning.paid_on


def is_due_regardless(earning: Earning, *, on: date) -> bool:
    """Whether neither a minimum nor a pause may keep it any longer."""
    return on >= clock_of(earning) + DUE_REGARDLESS_AFTER


def part_kept_back(earning: Earning, policy: PayoutPolicy) -> int:
    """What the policy's rolling reserve keeps of it, in the smallest unit, in steps that can be paid out.

    Something of the sale is always left to be paid out first.
    """
    unit = payout_unit_minor(earning.currency)
    kept_minor = half_up(earning.amount_minor * policy.reserve_bp, FULL_RATE_BP * unit) * unit
    return max(0, min(kept_minor, earning.amount_minor - unit))


@transaction.atomic
def set_policy(policy: PayoutPolicy, *, by: User, at: datetime) -> PayoutPolicy:
    """Add a version. What waits gets its new day by the worker; what is reserved is not touched.

    Raises:
        PolicyRefused: the terms contradict each other or are out of bounds.
    """
    _refuse_nonsense(policy)
    before = PayoutPolicy.objects.filter(seller=policy.seller_id).order_by("-pk").first()
    policy.made_by, policy.made_at = by, at
    policy.save(force_insert=True)
    record_event(
        "policy.set",
        subject_type="seller",
        subject_id=policy.seller_id or "everybody",
        at=at,
        actor_id=by.pk,
        audience=[policy.seller_id] if policy.seller_id else [],
        details={
            "policy_id": policy.pk,
            "interval": policy.interval,
            "reason": policy.reason,
            "before": _terms_told(before) if before else None,
            "after": _terms_told(policy),
        },
    )
    return policy


def _terms_told(policy: PayoutPolicy) -> dict[str, object]:
    return {name: getattr(policy, name) for name in TOLD}


def _refuse_nonsense(policy: PayoutPolicy) -> None:
    if policy.interval not in Interval.values:
        raise PolicyRefused("The interval is daily, weekly, monthly or manual.")
    if (policy.interval == Interval.WEEKLY) != (policy.weekday in range(5)):
        raise PolicyRefused("Weekly payouts, and only they, name a weekday from 0, Monday, to 4, Friday.")
    if (policy.interval == Interval.MONTHLY) != (policy.month_day in range(1, 32)):
        raise PolicyRefused("Monthly payouts, and only they, name a day of the month from 1 to 31.")
    if not 0 <= policy.delay_days <= ALARM_AFTER.days:
        raise PolicyRefused("The delay is between 0 and 75 days.")
    if (policy.reserve_bp, policy.reserve_days) != (0, 0) and not (
        0 < policy.reserve_bp <= FULL_RATE_BP // 2 and 0 < policy.reserve_days <= ALARM_AFTER.days
    ):
        raise PolicyRefused("A reserve keeps up to half of a sale, for 1 to 75 days.")
    if any(not isinstance(minor, int) or minor < 0 for minor in policy.minimums_minor.values()):
        raise PolicyRefused("A minimum is an amount of 0 or more in the smallest unit.")


def _policy_day(day: date, terms: Terms, *, currency: str) -> date:
    """The next day of the policy, then forward to a bank day."""
    policy = terms.policy
    if policy.interval == Interval.WEEKLY and policy.weekday is not None:
        day = weekday_on_or_after(day, policy.weekday)
    if policy.interval == Interval.MONTHLY and policy.month_day is not None:
        day = month_day_on_or_after(day, policy.month_day)
    return next_bank_day(day, currency=currency, country=terms.country)
