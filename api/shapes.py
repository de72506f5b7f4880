"""What the answers hold, field by field."""

from api.fields import Amount, Answer, DayText, IdText, MomentText


class WinningBid(Answer):
    id: int
    amount: Amount
    status: str
    pay_by: MomentText | None


class AuctionAnswer(Answer):
    AMOUNTS = ("current_bid", "reserve_price")

    id: int
    title: str
    category: str | None
    currency: str
    reserve_price: Amount | None
    current_bid: Amount | None
    bid_count: int
    closes_at: MomentText
    status: str
    seller_id: int
    winning_bid: WinningBid | None


class BidAnswer(Answer):
    AMOUNTS = ("amount",)

    id: int
    auction_id: int
    auction_title: str
    amount: Amount
    currency: str
    status: str
    created_at: MomentText
    pay_by: MomentText | None


class StepAnswer(Answer):
    at: MomentText | None
    kind: str
    text: str
    actor: str
    expected: bool


class LastErrorAnswer(Answer):
    code: str | None
    decline_code: str | None
    message: str | None


class IntentAnswer(Answer):
    AMOUNTS = ("total_amount", "commission_amount", "seller_amount", "refunded_amount")

    id: IdText
    number: str
    stripe_payment_intent_id: str | None
    bid_id: int
    auction_id: int
    auction_title: str
    buyer_id: int
    seller_id: int
    total_amount: Amount
    commission_amount: Amount
    seller_amount: Amount
    commission_rate: str
    currency: str
    status: str
    outcome: str | None
    last_error: LastErrorAnswer | None
    refunded_amount: Amount
    refund_status: str
    dispute_status: str | None
    pay_by: MomentText | None
    created_at: MomentText
    confirmed_at: MomentText | None
    timeline: list[StepAnswer]


class StartedAnswer(Answer):
    payment_intent: IntentAnswer
    client_secret: str
    publishable_key: str


class LineAnswer(Answer):
    AMOUNTS = ("amount",)

    id: IdText
    transaction_type: str
    amount: Amount
    currency: str
    status: str
    description: str
    transaction_date: MomentText
    auction_id: int
    auction_title: str
    payment_intent_id: IdText
    payout_id: IdText | None
    user_role: str
    other_party_company: str


class PayoutAnswer(Answer):
    AMOUNTS = ("total_amount",)

    id: IdText
    number: str
    seller_id: int
    total_amount: Amount
    currency: str
    status: str
    state: str
    scheduled_date: DayText
    processed_date: DayText | None
    stripe_payout_id: str | None
    reason: str | None
    transaction_count: int
    created_at: MomentText
    updated_at: MomentText


class EquationAnswer(Answer):
    gross: Amount
    refunded: Amount
    contested: Amount
    netted: Amount
    net: Amount


class WholePayoutAnswer(PayoutAnswer):
    transactions: list[LineAnswer]
    equation: EquationAnswer
    timeline: list[StepAnswer]


class CurrencySums(Answer):
    total_received: Amount
    pending_payouts: Amount
    total_sales: Amount
    commission_paid: Amount
    currency: str


class SummaryAnswer(CurrencySums):
    by_currency: list[CurrencySums]


class MessageAnswer(Answer):
    id: int
    event_id: str
    endpoint: str
    type: str
    object_id: str | None
    account: str | None
    state: str
    attempts: int
    reason: str | None
    received_at: MomentText
    handled_at: MomentText | None
    next_at: MomentText | None


class DiaryAnswer(Answer):
    id: int
    at: MomentText
    kind: str
    actor_id: int | None
    subject_type: str
    subject_id: str
    details: dict[str, object]


class StatsSums(Answer):
    currency: str
    total_sales: Amount
    commission: Amount
    pending_payouts: Amount
    completed_payouts: Amount


class StatsAnswer(Answer):
    since: MomentText
    payment_intents: dict[str, int]
    payouts: dict[str, int]
    events: dict[str, int]
    oldest_waiting_event_at: MomentText | None
    payouts_stopped_by: list[str]
    nearing_90_days: int
    by_currency: list[StatsSums]
