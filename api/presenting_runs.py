"""Payout runs and breakers as the API shows them."""

from typing import Any
from uuid import UUID

from api.fields import Amount, Answer, DayText, IdText, MomentText
from money.amounts import format_minor
from payments.queries import payout_lines_of
from payouts.models import Breaker, PayoutRun


class RunItemAnswer(Answer):
    """A payout line in a run. `amount` is what of it would be sent."""

    transaction_id: IdText
    amount: Amount


class ExcludedAnswer(Answer):
    payout_id: IdText
    number: str
    seller_id: int
    seller: str
    amount: Amount
    currency: str
    scheduled_date: DayText
    transaction_count: int
    reason: str


class RunLineAnswer(Answer):
    payout_id: IdText
    number: str
    seller_id: int
    seller: str
    amount: Amount
    currency: str
    scheduled_date: DayText
    transaction_count: int
    bank_last4: str | None
    flags: list[str]
    transactions: list[RunItemAnswer]


class SumAnswer(Answer):
    currency: str
    amount: Amount
    count: int


class BalanceAnswer(Answer):
    currency: str
    balance: str


class RunAnswer(Answer):
    id: IdText
    run_date: DayText
    digest: str
    status: str
    second_person_needed: bool
    lines: list[RunLineAnswer]
    excluded: list[ExcludedAnswer]
    sums: list[SumAnswer]
    balance_after: list[BalanceAnswer]
    made_at: MomentText
    made_by: int
    approved_at: MomentText | None
    approved_by: int | None


class BreakerAnswer(Answer):
    id: int
    cause: str
    reason: str
    tripped_at: MomentText
    released_at: MomentText | None
    released_by: int | None


def present_run(run: PayoutRun) -> RunAnswer:
    preview = run.preview
    earnings = {UUID(item["earning_id"]) for line in preview["lines"] for item in line["items"]}
    line_ids = payout_lines_of(earnings)
    return RunAnswer(
        id=str(run.pk),
        run_date=run.run_date.isoformat(),
        digest=run.digest,
        status="approved" if run.approved_at else "previewed",
        second_person_needed=run.second_needed,
        lines=[_present_line(line, line_ids) for line in preview["lines"]],
        excluded=[ExcludedAnswer(**_entry(one), reason=one["reason"]) for one in preview["excluded"]],
        sums=[
            SumAnswer(
                currency=row["currency"],
                amount=format_minor(row["total_minor"], row["currency"]),
                count=row["count"],
            )
            for row in preview["sums"]
        ],
        balance_after=[
            BalanceAnswer(
                currency=row["currency"], balance=format_minor(row["balance_minor"], row["currency"])
            )
            for row in preview["balance_after"]
        ],
        made_at=run.made_at.isoformat(),
        made_by=run.made_by_id,
        approved_at=run.approved_at.isoformat() if run.approved_at else None,
        approved_by=run.approved_by_id,
    )


def present_breaker(breaker: Breaker) -> BreakerAnswer:
    return BreakerAnswer(
        id=breaker.pk,
        cause=breaker.cause,
        reason=breaker.reason,
        tripped_at=breaker.tripped_at.isoformat(),
        released_at=breaker.released_at.isoformat() if breaker.released_at else None,
        released_by=breaker.released_by_id,
    )


def _present_line(line: dict[str, Any], line_ids: dict[str, str]) -> RunLineAnswer:
    items = [
        RunItemAnswer(
            transaction_id=line_ids[item["earning_id"]],
            amount=format_minor(item["net_minor"], line["currency"]),
        )
        for item in line["items"]
    ]
    return RunLineAnswer(
        **_entry(line), bank_last4=line["bank_last4"] or None, flags=line["flags"], transactions=items
    )


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "payout_id": entry["schedule_id"],
        "number": f"PO-{entry['number']}",
        "seller_id": entry["seller_id"],
        "seller": entry["seller"],
        "amount": format_minor(entry["total_minor"], entry["currency"]),
        "currency": entry["currency"],
        "scheduled_date": entry["scheduled_date"],
        "transaction_count": entry["item_count"],
    }
