"""Rows as the API shows them. One function per noun; amounts and times become text here."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from api.shapes import (
    AuctionAnswer,
    BidAnswer,
    DiaryAnswer,
    EquationAnswer,
    IntentAnswer,
    LastErrorAnswer,
    LineAnswer,
    MessageAnswer,
    PayoutAnswer,
    StepAnswer,
    WinningBid,
)
from auctions.models import Auction, Bid
from events.models import Event
from inbox.models import Message
from money.amounts import format_minor
from payments.models import PaymentIntent, Transaction
from payments.queries import status_of
from payments.timeline import Step
from payouts.models import PayoutItem, PayoutSchedule
from payouts.queries import status_to_the_outside
from people.models import User


def present_auction(auction: Auction, *, reader: User) -> AuctionAnswer:
    """An auction of `all_auctions`; the reserve is shown to its seller only."""
    currency = auction.currency
    reserve_minor = auction.reserve_minor if auction.seller_id == reader.pk else None
    winning: list[Bid] = getattr(auction, "winning_bids", [])
    return AuctionAnswer(
        id=auction.pk,
        title=auction.title,
        category=auction.category or None,
        currency=currency,
        reserve_price=_amount(reserve_minor, currency),
        current_bid=_amount(auction.current_bid_minor, currency),
        bid_count=auction.bid_count,
        closes_at=auction.closes_at.isoformat(),
        status=auction.status,
        seller_id=auction.seller_id,
        winning_bid=_present_winning(winning[0]) if winning else None,
    )


def _present_winning(bid: Bid) -> WinningBid:
    amount = format_minor(bid.amount_minor, bid.currency)
    return WinningBid(id=bid.pk, amount=amount, status=bid.status, pay_by=_moment(bid.pay_by))


def present_bid(bid: Bid) -> BidAnswer:
    return BidAnswer(
        id=bid.pk,
        auction_id=bid.auction_id,
        auction_title=bid.auction.title,
        amount=format_minor(bid.amount_minor, bid.currency),
        currency=bid.currency,
        status=bid.status,
        created_at=bid.created_at.isoformat(),
        pay_by=_moment(bid.pay_by),
    )


def present_intent(payment: PaymentIntent, steps: Sequence[Step], *, reader: User) -> IntentAnswer:
    """A payment with its story. Why a try failed is between the buyer and the bank."""
    currency = payment.currency
    knows_errors = reader.is_operator or reader.pk == payment.buyer_id
    return IntentAnswer(
        id=str(payment.pk),
        number=f"PAY-{payment.number}",
        stripe_payment_intent_id=payment.stripe_payment_intent_id,
        bid_id=payment.bid_id,
        auction_id=payment.auction_id,
        auction_title=payment.auction.title,
        buyer_id=payment.buyer_id,
        seller_id=payment.seller_id,
        total_amount=format_minor(payment.total_minor, currency),
        commission_amount=format_minor(payment.commission_minor, currency),
        seller_amount=format_minor(payment.seller_minor, currency),
        commission_rate=present_rate(payment.rate_bp),
        currency=currency,
        status=payment.status,
        outcome=payment.outcome,
        last_error=_present_error(payment.last_error if knows_errors else None),
        refunded_amount=format_minor(0, currency),
        refund_status="none",
        dispute_status=None,
        pay_by=_moment(payment.bid.pay_by),
        created_at=payment.created_at.isoformat(),
        confirmed_at=_moment(payment.succeeded_at),
        timeline=[present_step(step) for step in steps],
    )


def present_rate(rate_bp: int) -> str:
    """700 -> "7.00": a percent."""
    whole, part = divmod(rate_bp, 100)
    return f"{whole}.{part:02d}"


def _present_error(error: dict[str, str] | None) -> LastErrorAnswer | None:
    if not error:
        return None
    told = {name: error.get(name) or None for name in ("code", "decline_code", "message")}
    return LastErrorAnswer(**told)


def present_step(step: Step) -> StepAnswer:
    return StepAnswer(
        at=_moment(step.at), kind=step.kind, text=step.text, actor=step.actor, expected=step.expected
    )


def present_line(line: Transaction) -> LineAnswer:
    """A line of `lines_of` or `all_lines`; the counterpart by company, never by e-mail."""
    payment = line.payment_intent
    is_buyers = line.role == Transaction.Role.BUYER
    payout_id = getattr(line, "payout_id", None)
    return LineAnswer(
        id=str(line.pk),
        transaction_type=line.type,
        amount=format_minor(line.amount_minor, line.currency),
        currency=line.currency,
        status=status_of(line),
        description=_describe(line),
        transaction_date=line.created_at.isoformat(),
        auction_id=payment.auction_id,
        auction_title=payment.auction.title,
        payment_intent_id=str(payment.pk),
        payout_id=str(payout_id) if payout_id else None,
        user_role=line.role,
        other_party_company=(payment.seller if is_buyers else payment.buyer).shown_company,
    )


def _describe(line: Transaction) -> str:
    payment = line.payment_intent
    total = f"{format_minor(payment.total_minor, payment.currency)} {payment.currency}"
    if line.type == Transaction.Type.COMMISSION:
        return f"Commission, included in {total} for {payment.auction.title}"
    if line.type == Transaction.Type.PAYOUT:
        return f"Payout of {total} less commission for {payment.auction.title}"
    return f"Refund for {payment.auction.title}"


def present_payout(schedule: PayoutSchedule) -> PayoutAnswer:
    return PayoutAnswer(
        id=str(schedule.pk),
        number=str(schedule),
        seller_id=schedule.seller_id,
        total_amount=format_minor(schedule.total_minor, schedule.currency),
        currency=schedule.currency,
        status=status_to_the_outside(schedule),
        state=schedule.state,
        scheduled_date=schedule.scheduled_date.isoformat(),
        processed_date=timezone.localdate(schedule.paid_at).isoformat() if schedule.paid_at else None,
        stripe_payout_id=schedule.stripe_payout_id,
        reason=schedule.reason or None,
        transaction_count=schedule.item_count,
        created_at=schedule.created_at.isoformat(),
        updated_at=schedule.updated_at.isoformat(),
    )


def present_equation(items: list[PayoutItem], currency: str) -> EquationAnswer:
    """gross − refunded − contested − netted = net, summed over the items."""
    parts = ("gross", "refunded", "contested", "netted", "net")
    sums_minor = {part: sum(getattr(item, f"{part}_minor") for item in items) for part in parts}
    return EquationAnswer(**{part: format_minor(minor, currency) for part, minor in sums_minor.items()})


def present_message(message: Message) -> MessageAnswer:
    """A message without its body, which holds what strangers wrote about people."""
    waits = message.state == Message.State.RECEIVED
    return MessageAnswer(
        id=message.pk,
        event_id=message.event_id,
        endpoint=message.endpoint,
        type=message.type,
        object_id=message.object_id or None,
        account=message.account or None,
        state=message.state,
        attempts=message.attempts,
        reason=message.reason or None,
        received_at=message.received_at.isoformat(),
        handled_at=_moment(message.handled_at),
        next_at=message.next_at.isoformat() if waits else None,
    )


def present_diary(event: Event) -> DiaryAnswer:
    return DiaryAnswer(
        id=event.pk,
        at=event.at.isoformat(),
        kind=event.kind,
        actor_id=event.actor_id,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        details=event.details,
    )


def _amount(amount_minor: int | None, currency: str) -> str | None:
    return None if amount_minor is None else format_minor(amount_minor, currency)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
