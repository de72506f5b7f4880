"""Whether a schedule may leave, and if not, what stands in its way: one answer for the run and for people.

The run asks it under the seller's lock; a preview and the pages ask it without.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from ledger.balances import balances_minor
from ledger.chart import receivable
from money.currencies import minimum_payout_minor, payout_unit_minor
from payouts.bank_days import PLATFORM_ZONE
from payouts.holding import open_breaker
from payouts.models import Breaker, ConnectedAccount, Hold, PayoutApproval, PayoutItem, PayoutSchedule
from payouts.policies import Terms, is_due_regardless, terms_of

Kind, ItemState = Hold.Kind, PayoutItem.State

COOLING_OFF = timedelta(hours=72)
BANK_IS_FRESH = timedelta(days=7)


@dataclass(frozen=True)
class Obstacle:
    """Why a payout does not leave: a code for machines, a sentence for the seller."""

    code: str
    reason: str


@dataclass(frozen=True)
class Situation:
    """All that decides about one schedule. The items carry the amounts they would leave with.

    `netted_before` is what of each item went towards a debt earlier; `debt_minor` what is owed now.
    """

    schedule: PayoutSchedule
    items: list[PayoutItem]
    netted_before: list[int]
    debt_minor: int
    account: ConnectedAccount | None
    terms: Terms
    holds: list[Hold]
    approval: PayoutApproval | None
    breaker: Breaker | None

    @property
    def total_minor(self) -> int:
        """What would reach the bank."""
        return sum(item.net_minor for item in self.items)

    @property
    def netted_minor(self) -> int:
        """What would go towards the seller's debt."""
        return sum(item.netted_minor for item in self.items) - sum(self.netted_before)


def read_situations(schedules: Sequence[PayoutSchedule]) -> list[Situation]:
    """The situation of each schedule by itself, in as many statements for many as for one."""
    sellers = {schedule.seller_id for schedule in schedules}
    ids = [schedule.pk for schedule in schedules]
    accounts = {a.seller_id: a for a in ConnectedAccount.objects.filter(seller__in=sellers)}
    terms, breaker = terms_of(sellers, accounts=accounts.values()), open_breaker()
    holds: dict[int, list[Hold]] = defaultdict(list)
    for hold in Hold.objects.filter(seller__in=sellers, released_at=None).order_by("pk"):
        holds[hold.seller_id].append(hold)
    approvals = PayoutApproval.objects.filter(schedule__in=ids).order_by("schedule", "-pk")
    newest = {approval.schedule_id: approval for approval in approvals.distinct("schedule")}
    items = _waiting_items(ids)
    debts = balances_minor([(receivable(s.seller_id), s.currency) for s in schedules])
    situations = [
        Situation(
            schedule=schedule,
            items=items[schedule.pk],
            netted_before=[item.netted_minor for item in items[schedule.pk]],
            debt_minor=debts[receivable(schedule.seller_id), schedule.currency],
            account=accounts.get(schedule.seller_id),
            terms=terms[schedule.seller_id],
            holds=[h for h in holds[schedule.seller_id] if h.schedule_id in (None, schedule.pk)],
            approval=newest.get(schedule.pk),
            breaker=breaker,
        )
        for schedule in schedules
    ]
    for situation in situations:
        net_debt(situation, situation.debt_minor)
    return situations


def net_debt(situation: Situation, debt_minor: int) -> int:
    """Take a debt off the items in their order, each left with what can be paid out. Answers how much."""
    unit = payout_unit_minor(situation.schedule.currency)
    for item, before in zip(situation.items, situation.netted_before, strict=True):
        left = item.gross_minor - item.refunded_minor - item.contested_minor - before
        netted = min(left, debt_minor)
        short = -(left - netted) % unit
        netted -= short if short <= netted else 0
        item.netted_minor, item.net_minor = before + netted, left - netted
        debt_minor -= netted
    return situation.netted_minor


def _waiting_items(schedule_ids: Sequence[UUID]) -> dict[UUID, list[PayoutItem]]:
    items: dict[UUID, list[PayoutItem]] = {pk: [] for pk in schedule_ids}
    waiting = PayoutItem.objects.filter(schedule__in=schedule_ids, state=ItemState.WAITING)
    for item in waiting.select_related("earning").order_by("pk"):
        items[item.schedule_id].append(item)
    return items


def obstacle_to(situation: Situation, *, at: datetime, is_solvent: bool = True) -> Obstacle | None:
    """What keeps the schedule from leaving at that time; None if nothing does."""
    on = at.astimezone(PLATFORM_ZONE).date()
    everything = _obstacle_to_everything(situation.breaker, is_solvent=is_solvent)
    if everything or situation.total_minor == 0:
        return everything
    return (
        obstacle_of_account(situation.account, at=at)
        or _obstacle_of_holds(situation, on=on)
        or _obstacle_of_charges(situation.items, on=on)
        or _obstacle_of_size(situation, on=on)
        or _obstacle_of_approval(situation, at=at)
    )


def _obstacle_to_everything(breaker: Breaker | None, *, is_solvent: bool) -> Obstacle | None:
    if not settings.STRIPE_CONNECT_WEBHOOK_SECRETS:
        return Obstacle("off", gettext_noop("Payouts are not switched on yet."))
    if breaker is not None:
        return Obstacle("breaker", gettext_noop("All payouts are stopped while we check our books."))
    if not is_solvent:
        return Obstacle("insolvent", gettext_noop("We are moving money to Stripe before we pay out."))
    return None


def obstacle_of_account(account: ConnectedAccount | None, *, at: datetime) -> Obstacle | None:
    """What the seller's account at Stripe keeps from leaving."""
    if account is None or account.stripe_account_id is None:
        return Obstacle(
            "no_account",
            gettext_noop("Tell Stripe where your bank is, and the money leaves on the next bank day."),
        )
    if account.deauthorized_at is not None:
        return Obstacle(
            "deauthorized", gettext_noop("Your Stripe account is no longer connected. Connect it again.")
        )
    if not (account.transfers_active and account.payouts_enabled and account.bank_account_id):
        return Obstacle(
            "account_incomplete", gettext_noop("Stripe needs more from you before it can pay you out.")
        )
    if not account.manual_payouts:
        return Obstacle(
            "not_manual",
            gettext_noop("Your Stripe account pays out by itself. We are putting that right."),
        )
    if account.bank_changed_at and at < account.bank_changed_at + COOLING_OFF:
        return Obstacle("cooling_off", gettext_noop("Your bank account was changed less than 72 hours ago."))
    return None


def _obstacle_of_holds(situation: Situation, *, on: date) -> Obstacle | None:
    for hold in situation.holds:
        if hold.kind == Kind.OPERATOR:
            return Obstacle("held", hold.reason)
        if hold.kind == Kind.PAUSE and not _is_due_regardless(situation, on=on):
            return Obstacle("paused", gettext_noop("You have paused your payouts."))
    return None


def _obstacle_of_charges(items: list[PayoutItem], *, on: date) -> Obstacle | None:
    if any(item.earning.available_on is None or item.earning.available_on > on for item in items):
        return Obstacle("unavailable", gettext_noop("The buyer's payment is not available at Stripe yet."))
    return None


def _obstacle_of_size(situation: Situation, *, on: date) -> Obstacle | None:
    """Stripe's own minimum always counts; the policy's gives way when the 90 days run out."""
    total_minor, currency = situation.total_minor, situation.schedule.currency
    if total_minor < minimum_payout_minor(currency):
        return Obstacle(
            "too_small", gettext_noop("It is too little for a payout; it leaves together with the next.")
        )
    minimum_minor = situation.terms.policy.minimums_minor.get(currency, 0)
    if total_minor < minimum_minor and not _is_due_regardless(situation, on=on):
        return Obstacle(
            "minimum", gettext_noop("It is below your smallest payout; it leaves together with the next.")
        )
    return None


def _obstacle_of_approval(situation: Situation, *, at: datetime) -> Obstacle | None:
    approval = situation.approval
    if approval is not None and approval.digest != digest_of(situation):
        return Obstacle("approval", gettext_noop("It changed after it was approved and is reviewed again."))
    if approval is None and flags_of(situation, at=at):
        return Obstacle("approval", gettext_noop("It is being reviewed."))
    return None


def _is_due_regardless(situation: Situation, *, on: date) -> bool:
    return any(is_due_regardless(item.earning, on=on) for item in situation.items)


def flags_of(situation: Situation, *, at: datetime) -> list[str]:
    """Why a person must approve it: above_limit, forced_early, bank_changed, contested."""
    limit_minor = settings.PAYOUT_REVIEW_ABOVE_MINOR.get(situation.schedule.currency)
    changed_at = situation.account.bank_changed_at if situation.account else None
    found = {
        "above_limit": limit_minor is not None and situation.total_minor > limit_minor,
        "forced_early": situation.schedule.is_forced_early,
        "bank_changed": changed_at is not None and at < changed_at + BANK_IS_FRESH,
        "contested": any(item.contested_minor for item in situation.items),
    }
    return [name for name, is_so in found.items() if is_so]


def digest_of(situation: Situation) -> str:
    """What an approval binds: every line with its amounts, and where the money goes."""
    account = situation.account
    bound = {
        "schedule": str(situation.schedule.pk),
        "currency": situation.schedule.currency,
        "destination": [account.stripe_account_id, account.bank_account_id] if account else [],
        "lines": [
            [i.pk, i.gross_minor, i.refunded_minor, i.contested_minor, i.netted_minor, i.net_minor]
            for i in situation.items
        ],
    }
    return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()
