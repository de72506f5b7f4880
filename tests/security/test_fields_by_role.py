"""SEC-5: which fields each role is shown, to the letter, and whose e-mail nobody is."""

from __future__ import annotations

import pytest

from tests.api.asking import INTENTS, LINES, PAYOUTS, Asking, a_sale
from tests.cast import Cast

AUCTION = (
    "bid_count category closes_at currency current_bid id reserve_price seller_id status title winning_bid"
)
BID = "amount auction_id auction_title created_at currency id pay_by status"
INTENT = (
    "auction_id auction_title bid_id buyer_id commission_amount commission_rate confirmed_at created_at "
    "currency dispute_status id last_error number outcome pay_by refund_status refunded_amount seller_amount "
    "seller_id status stripe_payment_intent_id timeline total_amount"
)
LINE = (
    "amount auction_id auction_title currency description id other_party_company payment_intent_id payout_id "
    "status transaction_date transaction_type user_role"
)
PAYOUT = (
    "created_at currency id number processed_date reason scheduled_date seller_id state status "
    "stripe_payout_id total_amount transaction_count updated_at"
)
SUMMARY = "by_currency commission_paid currency pending_payouts total_received total_sales"
MESSAGE = "account attempts endpoint event_id handled_at id next_at object_id reason received_at state type"

SHOWN = {
    ("bo", "/api/auctions/"): AUCTION,
    ("saga", "/api/auctions/"): AUCTION,
    ("bo", "/api/bids/"): BID,
    ("bo", INTENTS): INTENT,
    ("saga", INTENTS): INTENT,
    ("bo", LINES): LINE,
    ("saga", LINES): LINE,
    ("saga", PAYOUTS): PAYOUT,
    ("bo", "/api/payments/summary/"): SUMMARY,
    ("saga", "/api/payments/summary/"): SUMMARY,
    ("olga", "/api/payments/admin/payment-intents/"): INTENT,
    ("olga", "/api/payments/admin/transactions/"): LINE,
    ("olga", "/api/payments/admin/pending-payouts/"): PAYOUT,
}


@pytest.mark.parametrize(("who", "path"), SHOWN)
def test_a_role_is_shown_these_fields_and_no_others(cast: Cast, who: str, path: str) -> None:
    a_sale(cast.bo, cast.saga)
    told = Asking(getattr(cast, who)).get(path).json()

    assert " ".join(sorted(told[0] if isinstance(told, list) else told)) == SHOWN[who, path]


@pytest.mark.parametrize(("who", "path"), SHOWN)
def test_nobody_is_shown_an_e_mail(cast: Cast, who: str, path: str) -> None:
    a_sale(cast.bo, cast.saga)
    text = Asking(getattr(cast, who)).get(path).content.decode()

    assert "@" not in text


def test_without_a_company_the_name_stands_and_never_the_e_mail(cast: Cast) -> None:
    cast.saga.company = ""
    cast.saga.save()
    a_sale(cast.bo, cast.saga)

    assert Asking(cast.bo).get(LINES).json()[0]["other_party_company"] == "Saga Sand"
