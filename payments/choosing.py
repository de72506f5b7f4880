"""Payout lines that an operator chose, on schedules of their own."""

from datetime import date, datetime
from uuid import UUID

from payments.models import Transaction
from payouts.choosing import ChoiceRefused, schedule_chosen
from payouts.models import PayoutSchedule
from people.models import User


class LinesRefused(Exception):
    """Some lines cannot be scheduled, so none is. `reasons` names each by its id."""

    def __init__(self, reasons: dict[UUID, str]) -> None:
        super().__init__("Some of these lines cannot be scheduled; nothing was done.")
        self.reasons = reasons


def schedule_lines(
    line_ids: list[UUID], *, on: date | None, notes: str, by: User, at: datetime
) -> list[PayoutSchedule]:
    """One closed schedule for each seller and currency, with just these lines.

    Raises:
        LinesRefused: one is unknown, no payout line, on a payout already, or has nothing to pay.
    """
    lines = Transaction.objects.filter(pk__in=line_ids, type=Transaction.Type.PAYOUT)
    earnings = {earning: pk for pk, earning in lines.values_list("pk", "earning") if earning}
    strangers = set(line_ids) - set(earnings.values())
    reasons = dict.fromkeys(sorted(strangers), "There is no such payout line.")
    if reasons:
        raise LinesRefused(reasons)
    try:
        return schedule_chosen(list(earnings), on=on, notes=notes, by=by, at=at)
    except ChoiceRefused as refused:
        raise LinesRefused({earnings[pk]: why for pk, why in refused.reasons.items()}) from refused
