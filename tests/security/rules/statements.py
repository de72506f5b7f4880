"""Statements that one trigger refuses: what is kept, what is frozen, what has ended."""

from tests.security.rules.asking import Statement
from tests.security.rules.fresh import BID_ON, MALLORY, WITHOUT_BIDS

PAYMENT, ITEM, SCHEDULE = "payments_paymentintent", "payouts_payoutitem", "payouts_payoutschedule"
A_TRANSFER = "(SELECT min(id) FROM treasury_balancetransaction WHERE type = 'transfer')"

# Nobody removes a row of these.
STAYS = {
    "ledger_account": "account_stays",
    "inbox_message": "message_stays",
    "auctions_auction": "auction_stays",
    "auctions_bid": "bid_stays",
    PAYMENT: "payment_stays",
    "payouts_connectedaccount": "account_stays",
    "payouts_earning": "earning_stays",
    "payouts_payoutpolicy": "policy_stays",
    SCHEDULE: "schedule_stays",
    ITEM: "item_stays",
    "payouts_payoutattempt": "attempt_stays",
    "payouts_hold": "hold_stays",
    "payouts_breaker": "breaker_stays",
    "payouts_payoutrun": "run_stays",
    "gateway_stripecall": "call_stays",
    "notifications_letter": "letter_stays",
    "notifications_bookmark": "bookmark_stays",
    "treasury_balancetransaction": "movement_stays",
    "treasury_platformpayout": "platform_payout_stays",
    "treasury_break": "break_stays",
}

# Nor changes one of these.
APPEND_ONLY = {
    "ledger_journal": "journal_append_only",
    "ledger_posting": "posting_append_only",
    "events_event": "event_append_only",
    "payments_transaction": "line_append_only",
    "payouts_payoutapproval": "approval_append_only",
    "audit_seal": "seal_append_only",
}

KEPT = STAYS | APPEND_ONLY

# What leans on a table is emptied with it, and says no to that by a trigger of its own.
EMPTIED_WITH = {
    "ledger_account": "ledger_posting",
    "ledger_journal": "ledger_posting",
    "events_event": "notifications_letter",
    "auctions_auction": "auctions_bid",
    "auctions_bid": PAYMENT,
    PAYMENT: "payments_transaction",
    "payouts_earning": ITEM,
    "payouts_payoutpolicy": "payouts_earning",
    SCHEDULE: ITEM,
    "payouts_payoutattempt": SCHEDULE,
    "payouts_payoutrun": "payouts_payoutapproval",
}

# A key of two columns does not wait for the end of the transaction, as others do: here nothing leans.
WHICH = {
    "ledger_account": "code = 'leant on by nothing'",
    PAYMENT: "status = 'canceled'",
}


def _kept(table: str, trigger: str) -> list[Statement]:
    says = f"{table} is append-only: {{}} refused"
    emptied_with = f"{EMPTIED_WITH[table]} is append-only" if table in EMPTIED_WITH else ""
    return [
        Statement(
            trigger,
            table,
            f"SET CONSTRAINTS ALL DEFERRED; DELETE FROM {table} WHERE {WHICH.get(table, 'true')}",
            says.format("DELETE"),
        ),
        Statement(trigger, table, f"TRUNCATE {table} CASCADE", says.format("TRUNCATE"), emptied_with),
    ]


def _appended(table: str, trigger: str) -> Statement:
    return Statement(trigger, table, f"UPDATE {table} SET id = id", f"{table} is append-only: UPDATE refused")


OF_EVERY_ROOM = [
    *[statement for table, trigger in KEPT.items() for statement in _kept(table, trigger)],
    *[_appended(table, trigger) for table, trigger in APPEND_ONLY.items()],
    Statement(
        "posting_moves_balances",
        "ledger_posting",
        """INSERT INTO ledger_posting (journal_id, debit_id, credit_id, currency, amount_minor)
           SELECT journal.id, debit_id, credit_id, currency, amount_minor
           FROM ledger_posting, ledger_journal AS journal
           WHERE journal.key = 'of another day' ORDER BY ledger_posting.id LIMIT 1""",
        "a journal that is written takes no more postings",
    ),
    Statement(
        "bid_paid_stays",
        "auctions_bid",
        "UPDATE auctions_bid SET status = 'lost', paid_at = NULL WHERE status = 'paid'",
        "is paid and stays so",
    ),
    *[
        Statement(
            "movement_guarded",
            "treasury_balancetransaction",
            f"UPDATE treasury_balancetransaction SET journal_key = {key} WHERE id = {A_TRANSFER}",
            "has its journal",
        )
        for key in ("'another'", "NULL", "'suspense:' || stripe_id")
    ],
    *[
        Statement(
            "break_guarded",
            "treasury_break",
            f"UPDATE treasury_break SET {changed} WHERE object_id = '{which}'",
            "is closed and stays so",
        )
        for which, changed in (
            ("tr_gone", "resolved_at = NULL"),
            ("tr_gone", "found_minor = 6"),
            ("tr_explained", "reason = 'Another.'"),
        )
    ],
]


def _payment(which: str, changed: str, says: str) -> Statement:
    """Of the first such payment: none of them is told apart by what is changed."""
    first = f"(SELECT id FROM {PAYMENT} WHERE {which} ORDER BY number LIMIT 1)"
    return Statement("payment_guarded", PAYMENT, f"UPDATE {PAYMENT} SET {changed} WHERE id = {first}", says)


# The three amounts add up, so no one of them changes alone.
TERMS = [
    "total_minor = total_minor + 1, seller_minor = seller_minor + 1",
    "total_minor = total_minor + 1, commission_minor = commission_minor + 1",
    "commission_minor = commission_minor + 1, seller_minor = seller_minor - 1",
    "currency = 'EUR'",
    "rate_bp = 1",
    f"bid_id = {BID_ON.format('id')}",
    f"auction_id = {WITHOUT_BIDS}",
    f"buyer_id = {MALLORY}",
    f"seller_id = {MALLORY}",
    "minimum_minor = 1",
    "maximum_minor = 1",
    "rule_id = 1",
    "vat_bp = 1",
]

OF_PAYMENTS = [
    *[_payment("status = 'requires_payment_method'", terms, "the terms of payment") for terms in TERMS],
    *[
        _payment("outcome = 'sale'", changed, "is succeeded and stays so")
        for changed in (
            "status = 'canceled', outcome = NULL, succeeded_at = NULL",
            "outcome = 'returned'",
            "succeeded_at = succeeded_at + interval '1 day'",
            "stripe_payment_intent_id = 'pi_another'",
            "stripe_charge_id = 'ch_another'",
        )
    ],
    *[
        _payment("status = 'canceled'", changed, "is canceled and stays so")
        for changed in (
            "status = 'processing'",
            """status = 'succeeded', outcome = 'sale', succeeded_at = now(), charged_at = now(),
               stripe_charge_id = 'ch_another'""",
        )
    ],
]


def _schedule(state: str) -> Statement:
    return Statement(
        "schedule_guarded",
        SCHEDULE,
        f"UPDATE {SCHEDULE} SET total_minor = total_minor + 1 WHERE state = '{state}'",
        "the sum of payout",
    )


def _item(state: str, changed: str) -> Statement:
    return Statement(
        "item_guarded", ITEM, f"UPDATE {ITEM} SET {changed} WHERE state = '{state}'", "is frozen"
    )


OF_PAYOUTS = [
    *[_schedule(state) for state in ("in_transit", "paid")],
    *[
        _item(state, changed)
        for state in ("reserved", "transferred", "paid")
        for changed in (
            f"schedule_id = (SELECT id FROM {SCHEDULE} WHERE state = 'held')",
            "refunded_minor = 1, gross_minor = gross_minor + 1",
            "contested_minor = 1, gross_minor = gross_minor + 1",
            "netted_minor = 1, gross_minor = gross_minor + 1",
            "net_minor = net_minor + 1, gross_minor = gross_minor + 1",
        )
    ],
]

STATEMENTS = [*OF_EVERY_ROOM, *OF_PAYMENTS, *OF_PAYOUTS]
