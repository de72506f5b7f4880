"""What makes a copy of a row a row of its own, table by table: nothing refuses such a copy."""

BO = "(SELECT min(buyer_id) FROM payments_paymentintent)"
SAGA = "(SELECT min(seller_id) FROM payments_paymentintent)"
MALLORY = "(SELECT max(id) FROM people_user)"
OTTO = "(SELECT max(id) FROM people_user WHERE is_operator)"
UNPAID = "(SELECT id FROM payments_paymentintent WHERE status = 'requires_payment_method')"
UNSCHEDULED = "(SELECT id FROM payouts_earning WHERE id NOT IN (SELECT earning_id FROM payouts_payoutitem))"
BID_ON = "(SELECT {} FROM auctions_bid WHERE status = 'active')"
WITHOUT_BIDS = "(SELECT max(id) FROM auctions_auction)"

ANOTHER, ANOTHER_UUID = "'id', row.id + 1000", "'id', gen_random_uuid()"

FRESH = {
    "people_authenticator": f"{ANOTHER}, 'user_id', {MALLORY}",
    "people_recoverycode": f"{ANOTHER}, 'digest', 'x' || row.digest",
    "people_user": f"{ANOTHER}, 'email', 'x' || row.email",
    "ledger_account": f"{ANOTHER}, 'code', 'x' || row.code",
    "ledger_journal": f"{ANOTHER}, 'key', 'x' || row.key",
    "ledger_posting": ANOTHER,
    "events_event": ANOTHER,
    "inbox_message": f"{ANOTHER}, 'event_id', 'x' || row.event_id",
    "notifications_letter": f"{ANOTHER}, 'key', gen_random_uuid(), 'person_id', {MALLORY}",
    "notifications_preference": f"{ANOTHER}, 'person_id', {MALLORY}",
    "notifications_bookmark": "",
    "auctions_auction": ANOTHER,
    "auctions_bid": f"{ANOTHER}, 'auction_id', {WITHOUT_BIDS}",
    "payments_paymentintent": f"""{ANOTHER_UUID}, 'number', row.number + 1000,
        'bid_id', {BID_ON.format("id")}, 'auction_id', {BID_ON.format("auction_id")},
        'stripe_payment_intent_id', 'x' || row.stripe_payment_intent_id,
        'stripe_charge_id', 'x' || row.stripe_charge_id""",
    "payments_transaction": f"""{ANOTHER_UUID}, 'number', row.number + 1000, 'payment_intent_id', {UNPAID},
        'earning_id', CASE WHEN row.earning_id IS NOT NULL THEN {UNSCHEDULED} END""",
    "payments_tally": f"{ANOTHER}, 'currency', 'EUR'",
    "payments_commissionrule": f"{ANOTHER}, 'category', 'another'",
    "payouts_connectedaccount": f"{ANOTHER}, 'seller_id', {BO}, 'stripe_account_id', 'acct_x'",
    "payouts_earning": f"{ANOTHER_UUID}, 'payment_id', gen_random_uuid()",
    "payouts_payoutschedule": f"""{ANOTHER_UUID}, 'number', row.number + 1000,
        'scheduled_date', row.scheduled_date + 1000""",
    "payouts_payoutitem": f"""{ANOTHER}, 'earning_id', {UNSCHEDULED},
        'stripe_transfer_id', 'x' || row.stripe_transfer_id""",
    "payouts_payoutattempt": f"{ANOTHER_UUID}, 'stripe_payout_id', 'x' || row.stripe_payout_id",
    "payouts_payoutpolicy": ANOTHER,
    "payouts_hold": f"{ANOTHER}, 'seller_id', {BO}",
    "payouts_breaker": f"{ANOTHER}, 'cause', 'x' || row.cause",
    "payouts_payoutrun": ANOTHER_UUID,
    "payouts_payoutapproval": f"""{ANOTHER},
        'schedule_id', (SELECT id FROM payouts_payoutschedule WHERE state = 'paid')""",
    "gateway_stripecall": f"""{ANOTHER}, 'object_id', 'x' || row.object_id,
        'idempotency_key', 'x' || row.idempotency_key""",
    "treasury_balancetransaction": f"""{ANOTHER}, 'stripe_id', 'x' || row.stripe_id,
        'journal_key', 'x' || row.journal_key""",
    "treasury_platformpayout": f"""{ANOTHER_UUID}, 'currency', 'EUR',
        'stripe_payout_id', 'x' || row.stripe_payout_id""",
    "treasury_watermark": f"{ANOTHER}, 'name', 'x' || row.name",
    "treasury_break": f"{ANOTHER}, 'object_id', 'x' || row.object_id",
    "audit_seal": f"{ANOTHER}, 'row_id', row.row_id + 1000",
    "audit_audit": f"{ANOTHER}, 'kind', 'x'",
    "api_keyedrequest": f"{ANOTHER}, 'key', 'x' || row.key",
}
