"""Payout runs: what would leave on a day, shown line by line; and approved as it was shown, or not at all."""

import hashlib
import json
from collections import defaultdict
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from events.recording import record_event
from ledger.balances import balance_minor
from payouts.bank_days import PLATFORM_ZONE, is_bank_day
from payouts.holding import end_approval_hold
from payouts.locking import lock_sellers
from payouts.models import PayoutApproval, PayoutRun, PayoutSchedule
from payouts.situations import (
    Situation,
    digest_of,
    flags_of,
    net_debt,
    obstacle_to,
    read_situations,
)
from payouts.solvency import free_minor
from people.models import User

State = PayoutSchedule.State

MOST_IN_A_RUN = 1_000
Preview = dict[str, Any]


class RunRefused(Exception):
    """The run cannot be approved. `code` is for machines, the message for the operator."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def preview_run(run_date: date, *, by: User, at: datetime) -> PayoutRun:
    """What would leave on that day as things stand, and what would not and why; kept as it was shown.

    Amounts in the smallest unit. At most 1,000 payouts, the oldest first; the rest stands under excluded.

    Raises:
        RunRefused: the day is over.
    """
    if run_date < at.astimezone(PLATFORM_ZONE).date():
        raise RunRefused("run_date_over", "Choose today or a day to come.")
    preview = _preview(run_date, at=at)
    return PayoutRun.objects.create(
        run_date=run_date,
        digest=_digest(run_date, preview),
        preview=preview,
        second_needed=_is_above_a_limit(preview) or _forced_by(by, preview),
        made_by=by,
        made_at=at,
    )


@transaction.atomic
def approve_run(run: PayoutRun, *, digest: str, by: User, at: datetime) -> PayoutRun:
    """Bind what was shown: each payout of it leaves as it is, or is held again. Again is the same.

    Raises:
        RunRefused: something changed since it was shown, it was shown otherwise, or another must approve.
    """
    lock_sellers(line["seller_id"] for line in run.preview["lines"])
    shown = PayoutSchedule.objects.filter(pk__in=[line["schedule_id"] for line in run.preview["lines"]])
    list(shown.order_by("pk").select_for_update())
    run = PayoutRun.objects.select_for_update().get(pk=run.pk)
    if run.approved_at is not None and digest == run.digest:
        return run
    if digest != run.digest or _digest(run.run_date, _preview(run.run_date, at=at)) != run.digest:
        raise RunRefused("run_changed", "Something changed since this was shown. Look at it anew.")
    _refuse_the_first_person(run, by)
    run.approved_at, run.approved_by = at, by
    run.save(update_fields=["approved_at", "approved_by"])
    _bind(run, by=by, at=at)
    record_event(
        "run.approved",
        subject_type="run",
        subject_id=run.pk,
        at=at,
        actor_id=by.pk,
        details={"run_date": run.run_date.isoformat(), "sums": run.preview["sums"], "digest": digest},
    )
    return run


def _preview(run_date: date, *, at: datetime) -> Preview:
    morning = datetime.combine(run_date, time(8), tzinfo=PLATFORM_ZONE)
    waiting = PayoutSchedule.objects.filter(
        state__in=[State.SCHEDULED, State.HELD], scheduled_date__lte=run_date
    )
    schedules = list(waiting.select_related("seller").order_by("scheduled_date", "number"))
    solvent: dict[str, bool] = {c: free_minor(c) >= 0 for c in {s.currency for s in schedules}}
    debts: dict[tuple[int, str], int] = {}
    lines: list[dict[str, Any]] = []
    excluded: list[dict[str, Any]] = []
    for situation in read_situations(schedules):
        whose = situation.schedule.seller_id, situation.schedule.currency
        netted = net_debt(situation, debts.setdefault(whose, situation.debt_minor))
        reason = _why_not(situation, on=run_date, at=max(at, morning), solvent=solvent)
        if reason is None and len(lines) == MOST_IN_A_RUN:
            reason = "There are too many payouts for one run; it is in the next."
        if reason is None:
            debts[whose] -= netted
            lines.append(_line(situation, at=max(at, morning)))
        else:
            excluded.append(_entry(situation) | {"reason": reason})
    sums = _sums(lines)
    return {"lines": lines, "excluded": excluded, "sums": sums, "balance_after": _balance_after(sums)}


def _why_not(situation: Situation, *, on: date, at: datetime, solvent: dict[str, bool]) -> str | None:
    """Why a payout is not in the run; that it waits for approval is no reason."""
    currency = situation.schedule.currency
    if not is_bank_day(on, currency=currency, country=situation.terms.country):
        return "Banks are closed on this day."
    obstacle = obstacle_to(situation, at=at, is_solvent=solvent[currency])
    return None if obstacle is None or obstacle.code == "approval" else obstacle.reason


def _entry(situation: Situation) -> dict[str, Any]:
    schedule = situation.schedule
    return {
        "schedule_id": str(schedule.pk),
        "number": schedule.number,
        "seller_id": schedule.seller_id,
        "seller": schedule.seller.company or schedule.seller.name,
        "scheduled_date": schedule.scheduled_date.isoformat(),
        "currency": schedule.currency,
        "total_minor": situation.total_minor,
        "item_count": len(situation.items),
    }


def _line(situation: Situation, *, at: datetime) -> dict[str, Any]:
    account = situation.account
    return _entry(situation) | {
        "flags": flags_of(situation, at=at),
        "bank_last4": account.bank_last4 if account else "",
        "digest": digest_of(situation),
        "items": [
            {
                "earning_id": str(item.earning_id),
                "part": item.part,
                "gross_minor": item.gross_minor,
                "netted_minor": item.netted_minor,
                "net_minor": item.net_minor,
            }
            for item in situation.items
        ],
    }


def _sums(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_currency: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        by_currency[line["currency"]].append(line["total_minor"])
    return [
        {"currency": currency, "total_minor": sum(amounts), "count": len(amounts)}
        for currency, amounts in sorted(by_currency.items())
    ]


def _balance_after(sums: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What would be left of our balance at Stripe, by our books."""
    return [
        {
            "currency": row["currency"],
            "balance_minor": balance_minor("stripe:clearing", row["currency"]) - row["total_minor"],
        }
        for row in sums
    ]


def _digest(run_date: date, preview: Preview) -> str:
    bound = [run_date.isoformat(), [[line["digest"], line["flags"]] for line in preview["lines"]]]
    return hashlib.sha256(json.dumps(bound).encode()).hexdigest()


def _refuse_the_first_person(run: PayoutRun, by: User) -> None:
    """Above a limit whoever prepared the run is the first person; forced early, whoever forced it."""
    if (run.second_needed and by.pk == run.made_by_id) or _forced_by(by, run.preview):
        raise RunRefused("second_person_needed", "A second operator has to approve this.")


def _is_above_a_limit(preview: Preview) -> bool:
    return any("above_limit" in line["flags"] for line in preview["lines"])


def _forced_by(by: User, preview: Preview) -> bool:
    """Whether they themselves forced a payout of it early."""
    ids = [line["schedule_id"] for line in preview["lines"] if "forced_early" in line["flags"]]
    return PayoutSchedule.objects.filter(pk__in=ids, chosen_by=by).exists()


def _bind(run: PayoutRun, *, by: User, at: datetime) -> None:
    """Each payout is bound to its lines, takes no more, and no longer waits for approval."""
    lines = {line["schedule_id"]: line for line in run.preview["lines"]}
    PayoutApproval.objects.bulk_create(
        [PayoutApproval(run=run, schedule_id=pk, digest=line["digest"]) for pk, line in lines.items()]
    )
    for schedule in PayoutSchedule.objects.filter(pk__in=lines).order_by("pk").select_for_update():
        PayoutSchedule.objects.filter(pk=schedule.pk).update(is_closed=True, updated_at=at)
        end_approval_hold(schedule, by=by, at=at)
