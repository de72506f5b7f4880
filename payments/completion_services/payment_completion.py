"""Completing payments: the one place where money that arrived becomes a sale.

One transaction for one payment or for many: the payment succeeds, the books have its journal, buyer and
seller have their lines, the bid is paid, the earning has its dated schedule, the diary has its line; or
none of it. Twice is once: whoever comes second waits for the lock and finds it done, and if there were no
lock the database's unique constraints would refuse the second.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import overload
from uuid import UUID

from django.db import transaction

from auctions.models import Bid
from auctions.settlement import mark_bids_paid
from events.models import Event
from events.recording import draft_event, record_events
from faults.crashpoints import crashpoint
from faults.crossing import again_if_crossed
from ledger.chart import payable
from ledger.posting import JournalDraft, Line, post_journals
from money.sets import insert_rows
from money.splitting import split_vat
from payments.lines import write_commission_lines, write_payout_lines
from payments.locking import lock_payments
from payments.models import PaymentIntent, Transaction, succeed_payments
from payments.tallying import tally_sales
from payouts.bank_days import day_of_payment
from payouts.keeping import apply_policies
from payouts.models import Earning, PayoutItem, PayoutSchedule
from payouts.scheduling import place_parts, schedules_of


class PaymentNotProven(Exception):
    """Completion was asked for, and no charge at Stripe stands behind the payment."""


@dataclass(frozen=True)
class Completion:
    """What a payment became. A returned one has no lines; `made` only for whom it happened just now."""

    intent: PaymentIntent
    commission: Transaction | None
    payout: Transaction | None
    schedule: PayoutSchedule | None
    made: bool


class PaymentCompletionService:
    """The door for webhook, return page, poller and operator alike."""

    @overload
    @staticmethod
    def process_payment_completion(payment_intents: PaymentIntent, *, at: datetime) -> Completion: ...

    @overload
    @staticmethod
    def process_payment_completion(
        payment_intents: list[PaymentIntent], *, at: datetime
    ) -> list[Completion]: ...

    @staticmethod
    def process_payment_completion(
        payment_intents: PaymentIntent | list[PaymentIntent], *, at: datetime
    ) -> Completion | list[Completion]:
        """Complete one payment, or a list of them in as many statements as one takes.

        Each must carry its charge at Stripe (`stripe_charge_id`, `charged_at`), given with it or on its
        row. One that is complete already answers what it became. One whose win was passed on, or that was
        canceled here, is returned to its buyer: the money is booked as owed, with no lines and no schedule.

        Raises:
            PaymentNotProven: for one of them there is no charge; nothing is done.
        """
        asked = [payment_intents] if isinstance(payment_intents, PaymentIntent) else payment_intents
        ids = [payment.pk for payment in asked]
        made = _complete(asked, at=at)
        completions = _read_completions(ids, made)
        if isinstance(payment_intents, PaymentIntent):
            return completions[payment_intents.pk]
        return [completions[payment_id] for payment_id in ids]

    @staticmethod
    def complete_all(payment_intents: list[PaymentIntent], *, at: datetime) -> int:
        """The same for who asks for no answer but how many became complete just now.

        Raises:
            PaymentNotProven: see there.
        """
        return len(_complete(payment_intents, at=at))


@again_if_crossed
@transaction.atomic
def _complete(asked: list[PaymentIntent], *, at: datetime) -> set[UUID]:
    """Complete what is not complete yet; answers which were not."""
    crashpoint("C1.claimed")
    payments, bids = lock_payments([payment.pk for payment in asked])
    crashpoint("C2.intent_locked")
    opened = [payment for payment in payments.values() if payment.status != PaymentIntent.Status.SUCCEEDED]
    _take_charges(opened, asked)
    _refuse_unproven(opened)
    sales, late = _divide(opened, bids)
    if sales:
        _complete_sales(sales, at=at)
    if late:
        _book_returned(late, at=at)
    crashpoint("C11.before_commit")
    transaction.on_commit(lambda: crashpoint("C12.after_commit"))
    return {payment.pk for payment in opened}


def _take_charges(opened: list[PaymentIntent], asked: list[PaymentIntent]) -> None:
    """The charge that whoever asks has heard of; the time of one that is known already stays."""
    heard = {payment.pk: payment for payment in asked}
    for payment in opened:
        told = heard[payment.pk]
        if told.stripe_charge_id not in (None, payment.stripe_charge_id):
            payment.stripe_payment_intent_id = told.stripe_payment_intent_id
            payment.stripe_charge_id, payment.charged_at = told.stripe_charge_id, told.charged_at


def _refuse_unproven(payments: list[PaymentIntent]) -> None:
    for payment in payments:
        if payment.stripe_charge_id is None or payment.charged_at is None:
            raise PaymentNotProven(f"{payment} has no charge at Stripe.")


def _divide(
    opened: list[PaymentIntent], bids: dict[int, str]
) -> tuple[list[PaymentIntent], list[PaymentIntent]]:
    """Those whose bid is still theirs to pay, one for each bid, and those that came too late."""
    payable = [p for p in opened if p.status in PaymentIntent.OPEN and bids[p.bid_id] == Bid.Status.WON]
    sales = {payment.bid_id: payment for payment in reversed(payable)}
    return list(sales.values()), [p for p in opened if sales.get(p.bid_id) is not p]


def _complete_sales(sales: list[PaymentIntent], *, at: datetime) -> None:
    _succeed(sales, outcome=PaymentIntent.Outcome.SALE, at=at)
    crashpoint("C3.status_set")
    earnings = [_earning(payment, at=at) for payment in sales]
    kept = apply_policies(earnings)
    insert_rows(earnings)
    ids = [payment.pk for payment in sales]
    write_commission_lines(ids, at=at)
    crashpoint("C4.commission_line")
    write_payout_lines(ids, at=at)
    crashpoint("C5.payout_line")
    # Nobody else knows these earnings yet: none of them can be on a schedule already.
    waiting = [earning for earning in earnings if earning.status == Earning.Status.PENDING]
    place_parts([(earning, PayoutItem.Part.SALE) for earning in waiting], at=at)
    crashpoint("P2.schedule_row")
    # After the schedules, as everywhere: who takes rows in two orders waits for another in a circle.
    crashpoint("C6.journal")
    post_journals([*(_sale_journal(payment, at=at) for payment in sales), *kept])
    crashpoint("C7.postings")
    if mark_bids_paid([payment.bid_id for payment in sales], at=at) != len(sales):
        raise PaymentNotProven("A bid changed under its lock.")
    crashpoint("C8.bid_paid")
    tally_sales(sales)
    record_events([_completed_event(payment, at=at) for payment in sales])
    crashpoint("C9.diary_written")


def _book_returned(late: list[PaymentIntent], *, at: datetime) -> None:
    """Money that is real and buys nothing any more: owed to its buyer, whose refund follows from it."""
    _succeed(late, outcome=PaymentIntent.Outcome.RETURNED, at=at)
    post_journals([_returned_journal(payment, at=at) for payment in late])
    record_events([_returned_event(payment, at=at) for payment in late])


def _succeed(payments: list[PaymentIntent], *, outcome: str, at: datetime) -> None:
    succeeded = succeed_payments(payments, outcome=outcome, at=at)
    if succeeded != len(payments):
        raise PaymentNotProven("A payment changed under its lock.")


def _earning(payment: PaymentIntent, *, at: datetime) -> Earning:
    nothing = payment.seller_minor == 0
    assert payment.charged_at is not None
    return Earning(
        payment_id=payment.pk,
        seller_id=payment.seller_id,
        currency=payment.currency,
        amount_minor=payment.seller_minor,
        stripe_charge_id=payment.stripe_charge_id or "",
        paid_on=day_of_payment(payment.charged_at),
        status=Earning.Status.COMPLETED if nothing else Earning.Status.PENDING,
        created_at=at,
    )


def _sale_journal(payment: PaymentIntent, *, at: datetime) -> JournalDraft:
    """Clearing against what the seller has earned and what the platform has, VAT apart where it is set."""
    commission_minor, vat_minor = payment.commission_minor, 0
    if payment.vat_bp is not None:
        commission_minor, vat_minor = split_vat(payment.commission_minor, payment.vat_bp)
    lines = (
        Line("stripe:clearing", payable(payment.seller_id), payment.seller_minor),
        Line("stripe:clearing", "platform:commission", commission_minor),
        Line("stripe:clearing", "platform:vat", vat_minor),
    )
    return JournalDraft(key=f"payment:{payment.pk}", currency=payment.currency, lines=lines, at=at)


def _returned_journal(payment: PaymentIntent, *, at: datetime) -> JournalDraft:
    lines = (Line("stripe:clearing", "buyers:refunds", payment.total_minor),)
    return JournalDraft(key=f"payment:{payment.pk}:unapplied", currency=payment.currency, lines=lines, at=at)


def _completed_event(payment: PaymentIntent, *, at: datetime) -> Event:
    return draft_event(
        "payment.completed",
        subject_type="payment",
        subject_id=payment.pk,
        at=at,
        audience=[payment.buyer_id, payment.seller_id],
        details={
            "total_minor": payment.total_minor,
            "commission_minor": payment.commission_minor,
            "seller_minor": payment.seller_minor,
            "currency": payment.currency,
        },
    )


def _returned_event(payment: PaymentIntent, *, at: datetime) -> Event:
    return draft_event(
        "payment.returned",
        subject_type="payment",
        subject_id=payment.pk,
        at=at,
        audience=[payment.buyer_id],
        details={"total_minor": payment.total_minor, "currency": payment.currency},
    )


def _read_completions(payment_ids: list[UUID], made: set[UUID]) -> dict[UUID, Completion]:
    """What the payments are now, as the rows say."""
    current = PaymentIntent.objects.in_bulk(payment_ids)
    lines: dict[tuple[UUID, str], Transaction] = {
        (line.payment_intent_id, line.type): line
        for line in Transaction.objects.filter(payment_intent__any_of=payment_ids).order_by("number")
    }
    earnings = {pk: line.earning_id for (pk, kind), line in lines.items() if kind == Transaction.Type.PAYOUT}
    schedules = schedules_of([earning_id for earning_id in earnings.values() if earning_id])
    return {
        pk: Completion(
            intent=current[pk],
            commission=lines.get((pk, Transaction.Type.COMMISSION)),
            payout=lines.get((pk, Transaction.Type.PAYOUT)),
            schedule=schedules.get(earning_id) if (earning_id := earnings.get(pk)) else None,
            made=pk in made,
        )
        for pk in payment_ids
    }
