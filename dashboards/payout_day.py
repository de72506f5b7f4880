"""Why a payout leaves on its day, in one sentence, by the functions that chose the day."""

from datetime import date, timedelta

from django.utils.translation import gettext, ngettext

from dashboards.policy_words import policy_day_words
from dashboards.saying import said_day
from payouts.bank_days import is_bank_day, month_day_on_or_after, next_bank_day, weekday_on_or_after
from payouts.models import PayoutItem, PayoutPolicy, PayoutSchedule
from payouts.policies import Terms

Interval = PayoutPolicy.Interval


def why_this_day(schedule: PayoutSchedule, item: PayoutItem | None, terms: Terms, *, waits: bool) -> str:
    """The sentence. `item` is the line that decides: of all in the payout the one that is free last.

    `waits`: something keeps it beyond its day, so that it is not said to leave.
    """
    if schedule.chosen_by_id is not None:
        return _chosen(schedule)
    if item is None:
        return ""
    earliest, clauses = _earliest(item, terms.policy)
    available_on = item.earning.available_on
    if available_on is not None and available_on > earliest:
        earliest = available_on
        clauses.append(gettext("its money can be moved from %s on") % said_day(available_on))
    day = _policy_day(earliest, terms.policy)
    if terms.policy.interval in (Interval.WEEKLY, Interval.MONTHLY):
        clauses.append(policy_day_words(terms.policy))
    if not is_bank_day(day, currency=schedule.currency, country=terms.country):
        clauses.append(gettext("banks are closed on %s") % said_day(day))
    first = next_bank_day(day, currency=schedule.currency, country=terms.country)
    if first < schedule.scheduled_date:
        clauses.append(gettext("it could not leave on %s") % said_day(first))
    return f"{'; '.join(clauses)}; {_so_it_leaves(schedule, waits=waits)}"


def free_on(item: PayoutItem, policy: PayoutPolicy) -> date:
    """When a line may leave, as far as it alone decides."""
    earliest, _ = _earliest(item, policy)
    return max(earliest, item.earning.available_on or earliest)


def _earliest(item: PayoutItem, policy: PayoutPolicy) -> tuple[date, list[str]]:
    earning = item.earning
    if item.part == PayoutItem.Part.RESERVE_RELEASE and earning.kept_until is not None:
        return earning.kept_until, [
            gettext("What was kept back is free on %s") % said_day(earning.kept_until)
        ]
    until = earning.paid_on + timedelta(days=policy.delay_days)
    if not policy.delay_days:
        return until, [gettext("The newest sale was paid %s") % said_day(earning.paid_on)]
    sentence = ngettext(
        "The newest sale was paid %(paid)s and is held for %(days)d day, until %(until)s",
        "The newest sale was paid %(paid)s and is held for %(days)d days, until %(until)s",
        policy.delay_days,
    )
    named = {"paid": said_day(earning.paid_on), "days": policy.delay_days, "until": said_day(until)}
    return until, [sentence % named]


def _policy_day(day: date, policy: PayoutPolicy) -> date:
    if policy.interval == Interval.WEEKLY and policy.weekday is not None:
        return weekday_on_or_after(day, policy.weekday)
    if policy.interval == Interval.MONTHLY and policy.month_day is not None:
        return month_day_on_or_after(day, policy.month_day)
    return day


def _so_it_leaves(schedule: PayoutSchedule, *, waits: bool) -> str:
    day = said_day(schedule.scheduled_date)
    if schedule.state == PayoutSchedule.State.HELD or waits:
        return gettext("so its day is %s, when banks are open.") % day
    if schedule.state == PayoutSchedule.State.SCHEDULED:
        return gettext("so it leaves %s, when banks are open.") % day
    return gettext("so its day was %s, when banks are open.") % day


def _chosen(schedule: PayoutSchedule) -> str:
    day = said_day(schedule.scheduled_date)
    if schedule.is_forced_early:
        return gettext("Klubba chose %s for these sales, earlier than their own day.") % day
    return gettext("Klubba chose %s for these sales.") % day
