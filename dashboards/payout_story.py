"""The story of one payout, newest first; what is still to come stands above it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext

from dashboards.saying import today
from dashboards.waiting import told_reason
from payouts.bank_days import next_bank_day
from payouts.bank_words import bank_word
from payouts.models import PayoutSchedule
from payouts.timeline import FOR_OPERATORS, OF_THE_BANK, WORDS
from people.models import User

State = PayoutSchedule.State
Line = dict[str, Any]

UNDER_WAY = (State.SENDING, State.TRANSFERRED, State.IN_TRANSIT)


@dataclass(frozen=True)
class Step:
    """What happened, `at` a moment; or what is expected, on a day where one is known."""

    text: str
    actor: str
    at: datetime | None = None
    on: date | None = None

    @property
    def is_to_come(self) -> bool:
        return self.at is None


def story_of(schedule: PayoutSchedule, *, reader: User, country: str | None, waits: bool) -> list[Step]:
    """What the reader may know of it; the schedule comes from `payouts.queries.with_stories`.

    `waits`: something keeps it beyond its day, so that no day is promised.
    """
    story: list[Line] = schedule.story + schedule.approvals_told  # type: ignore[attr-defined]
    lines = sorted(story, key=lambda line: datetime.fromisoformat(line["at"]))
    told = [_step(line, reader) for line in lines if _may_know(line["kind"], reader)]
    planned = Step(gettext("The payout was planned."), "system", at=schedule.created_at)
    return [*_still_to_come(schedule, country, waits=waits), *reversed(told), planned]


def expected_on(schedule: PayoutSchedule, country: str | None) -> date:
    """When it is in the bank: as Stripe says, else a bank day after it leaves."""
    if schedule.state == State.IN_TRANSIT and schedule.payout and schedule.payout.arrives_on:
        return schedule.payout.arrives_on
    leaves = schedule.retry_on or schedule.scheduled_date
    if schedule.state not in (State.SCHEDULED, State.HELD):
        leaves = max(leaves, today())
    return next_bank_day(leaves + timedelta(days=1), currency=schedule.currency, country=country)


def _may_know(kind: str, reader: User) -> bool:
    return kind in WORDS and (reader.is_operator or kind not in FOR_OPERATORS)


def _step(line: Line, reader: User) -> Step:
    """A seller is told that Klubba did it; an operator, who of us."""
    actor = line["actor"] if line["actor"] and reader.is_operator else "system"
    if line["kind"] in OF_THE_BANK:
        actor = "bank"
    reason = told_reason(line["reason"]) if line.get("reason") else ""
    text = WORDS[line["kind"]](reason, bank_word(line.get("failure_code") or ""))
    return Step(text, actor, at=datetime.fromisoformat(line["at"]))


def _still_to_come(schedule: PayoutSchedule, country: str | None, *, waits: bool) -> list[Step]:
    """A day is named only where one holds: not while something keeps it, nor before the seller acted."""
    arrives = Step(gettext("Arrives in the bank."), "bank", on=expected_on(schedule, country))
    if schedule.state in UNDER_WAY:
        return [arrives]
    if schedule.state == State.SCHEDULED and not waits:
        return [arrives, Step(gettext("Leaves for the bank."), "system", on=schedule.scheduled_date)]
    if schedule.state in (State.SCHEDULED, State.HELD):
        return [
            Step(gettext("Arrives in the bank."), "bank"),
            Step(gettext("Leaves for the bank."), "system"),
        ]
    if schedule.state == State.RETURNED:
        again = Step(gettext("Sent to the bank again."), "system", on=schedule.retry_on)
        return [arrives, again] if schedule.retry_on else [again]
    return []
