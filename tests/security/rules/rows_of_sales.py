"""Rows that one rule refuses: people, books, auctions, payments."""

from tests.security.rules.asking import Row
from tests.security.rules.fresh import BO, MALLORY, SAGA, UNSCHEDULED

USER, ACCOUNT, POSTING = "people_user", "ledger_account", "ledger_posting"
AUCTION, BID = "auctions_auction", "auctions_bid"
PAYMENT, LINE = "payments_paymentintent", "payments_transaction"
TALLY, RULE = "payments_tally", "payments_commissionrule"

OWNED, UNOWNED = "row.owner_id IS NOT NULL", "row.owner_id IS NULL"
SALE = "row.outcome = 'sale'"
UNPAID = "row.status = 'requires_payment_method'"
COMMISSION, PAYOUT = "row.type = 'commission'", "row.type = 'payout'"
IN_EUR = "(SELECT max(id) FROM ledger_account WHERE currency = 'EUR')"

OF_PEOPLE_AND_BOOKS = [
    Row("email_in_lower_case", USER, "'email', 'Bo@klubba.example'"),
    Row("operators_do_not_trade", USER, "'is_operator', true", "row.is_buyer"),
    Row("operators_do_not_trade", USER, "'is_operator', true", "row.is_seller"),
    Row("people_user_email_key", USER, "'email', row.email"),
    Row("people_authenticator_user_id_key", "people_authenticator", "'user_id', row.user_id"),
    Row("recovery_code_of_a_person", "people_recoverycode", "'digest', row.digest"),
    Row("account_code_once_per_currency", ACCOUNT, "'code', row.code"),
    Row("account_with_owner_keeps_its_balance", ACCOUNT, "'owner_id', null", OWNED),
    Row("account_with_owner_keeps_its_balance", ACCOUNT, "'owner_id', 1", UNOWNED),
    Row("account_never_below_zero", ACCOUNT, "'balance_minor', -1", OWNED),
    Row("ledger_journal_key_key", "ledger_journal", "'key', row.key"),
    *[Row("posting_amount_positive", POSTING, f"'amount_minor', {minor}") for minor in (0, -1)],
    Row("posting_accounts_differ", POSTING, "'credit_id', row.debit_id"),
    Row("posting_debit_in_its_currency", POSTING, f"'currency', 'EUR', 'credit_id', {IN_EUR}"),
    Row("posting_credit_in_its_currency", POSTING, f"'currency', 'EUR', 'debit_id', {IN_EUR}"),
]

OF_AUCTIONS = [
    Row("auction_closed_has_its_time", AUCTION, "'closed_at', null", "row.status = 'closed'"),
    Row("auction_closed_has_its_time", AUCTION, "'closed_at', now()", "row.status = 'open'"),
    Row(
        "auction_is_closed_by_its_seller_or_by_time",
        AUCTION,
        "'closed_by_id', row.seller_id",
        "row.status = 'open'",
    ),
    Row(
        "auction_is_closed_by_its_seller_or_by_time",
        AUCTION,
        f"'closed_by_id', {MALLORY}",
        "row.status = 'closed'",
    ),
    *[Row("auction_reserve_positive", AUCTION, f"'reserve_minor', {minor}") for minor in (0, -1)],
    *[Row("bid_amount_positive", BID, f"'amount_minor', {minor}") for minor in (0, -1)],
    Row("bid_paid_has_its_time", BID, "'paid_at', null", "row.status = 'paid'"),
    Row("bid_paid_has_its_time", BID, "'paid_at', now()", "row.status = 'won'"),
    *[
        Row("bid_won_has_its_deadline", BID, "'pay_by', null", f"row.status = '{status}'")
        for status in ("won", "paid", "expired")
    ],
    *[
        Row("auction_has_one_winner", BID, "'auction_id', row.auction_id", f"row.status = '{status}'")
        for status in ("won", "paid")
    ],
    Row("auction_has_one_highest_bid", BID, "'auction_id', row.auction_id", "row.status = 'active'"),
]

OF_PAYMENTS = [
    Row("split_is_exact", PAYMENT, "'total_minor', row.total_minor + 1", UNPAID),
    Row("split_not_negative", PAYMENT, "'commission_minor', -1, 'seller_minor', row.total_minor + 1", UNPAID),
    Row("split_not_negative", PAYMENT, "'seller_minor', -1, 'commission_minor', row.total_minor + 1", UNPAID),
    Row("split_not_negative", PAYMENT, "'total_minor', 0, 'seller_minor', 0, 'commission_minor', 0", UNPAID),
    *[
        Row("succeeded_has_time_outcome_and_charge", PAYMENT, f"'{column}', null", SALE)
        for column in ("succeeded_at", "outcome", "charged_at", "stripe_charge_id")
    ],
    Row("succeeded_has_time_outcome_and_charge", PAYMENT, "'status', 'canceled'", SALE),
    Row("succeeded_has_time_outcome_and_charge", PAYMENT, "'outcome', 'sale'", UNPAID),
    Row("succeeded_has_time_outcome_and_charge", PAYMENT, "'succeeded_at', now()", UNPAID),
    Row("one_living_payment_a_bid", PAYMENT, "'bid_id', row.bid_id", UNPAID),
    Row("one_living_payment_a_bid", PAYMENT, "'bid_id', row.bid_id", SALE),
    Row("one_sale_an_auction", PAYMENT, "'auction_id', row.auction_id", SALE),
    Row("payments_paymentintent_number_key", PAYMENT, "'number', row.number", UNPAID),
    *[
        Row(f"payments_paymentintent_{column}_key", PAYMENT, f"'{column}', row.{column}", SALE)
        for column in ("stripe_payment_intent_id", "stripe_charge_id")
    ],
]

OF_LINES = [
    Row("line_not_negative", LINE, "'amount_minor', -1", COMMISSION),
    Row("line_is_a_buyers_or_a_sellers", LINE, "'type', 'refund', 'role', 'broker'", COMMISSION),
    Row("line_type_and_role", LINE, f"'role', 'seller', 'owner_id', {SAGA}", COMMISSION),
    Row("line_type_and_role", LINE, f"'role', 'buyer', 'owner_id', {BO}", PAYOUT),
    Row("line_type_and_role", LINE, "'earning_id', null", PAYOUT),
    Row("line_type_and_role", LINE, f"'earning_id', {UNSCHEDULED}", COMMISSION),
    Row("line_type_and_role", LINE, "'type', 'refund'", PAYOUT),
    Row("line_type_and_role", LINE, "'type', 'payment'", COMMISSION),
    Row("payments_transaction_number_key", LINE, "'number', row.number", COMMISSION),
    Row("payments_transaction_earning_id_key", LINE, "'earning_id', row.earning_id", PAYOUT),
    *[
        Row("one_commission_and_one_payout", LINE, "'payment_intent_id', row.payment_intent_id", which)
        for which in (COMMISSION, PAYOUT)
    ],
    *[
        Row(rule, LINE, changed, which)
        for rule, which in (
            ("line_of_the_payments_buyer", COMMISSION),
            ("line_of_the_payments_seller", PAYOUT),
        )
        for changed in ("'currency', 'EUR'", f"'owner_id', {MALLORY}")
    ],
    Row("one_tally_a_currency", TALLY, "'currency', row.currency"),
    *[
        Row("tally_not_negative", TALLY, f"'{name}_minor', -1")
        for name in ("sales", "payouts_pending", "payouts_completed", "purchases", "commission_paid")
    ],
    Row("one_rule_a_case", RULE, "'category', row.category"),
    Row("one_rule_a_case", RULE, "'category', row.category", "row.seller_id IS NULL"),
    Row("bounds_are_amounts", RULE, "'minimum_minor', -1"),
    Row("bounds_are_amounts", RULE, "'minimum_minor', null, 'maximum_minor', -1"),
    Row("minimum_not_over_maximum", RULE, "'minimum_minor', 201"),
    Row("bounds_have_a_currency", RULE, "'currency', '', 'minimum_minor', null"),
    Row("bounds_have_a_currency", RULE, "'currency', '', 'maximum_minor', null"),
    Row("rate_at_most_everything", RULE, "'rate_bp', 10001"),
    Row("rule_is_for_somebody_or_something", RULE, "'seller_id', null, 'category', ''"),
]

ROWS = [*OF_PEOPLE_AND_BOOKS, *OF_AUCTIONS, *OF_PAYMENTS, *OF_LINES]
