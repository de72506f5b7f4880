"""What is made different in the database while a page is looked at, and back again."""

ACCOUNT = (
    "UPDATE payouts_connectedaccount SET stripe_account_id = 'acct_1', transfers_active = true,"
    " bank_account_id = 'ba_1', bank_last4 = '4242', payouts_enabled = {payouts}, manual_payouts = {manual},"
    " bank_changed_at = {changed}"
)
NO_ACCOUNT = (
    "UPDATE payouts_connectedaccount SET stripe_account_id = NULL, bank_last4 = '', transfers_active = false,"
    " payouts_enabled = false"
)
READY = {"payouts": "true", "manual": "true", "changed": "NULL"}
ALL_IS_READY = ACCOUNT.format(**READY) + "; UPDATE payouts_earning SET available_on = current_date"
SAGA = "(SELECT id FROM people_user WHERE email = 'saga@klubba.example')"
OWES_A_CODE = "UPDATE people_user SET second_factor_since = now() WHERE email = 'mallory@klubba.example'"
OWES_NONE = (
    "UPDATE people_user SET second_factor_since = NULL; DELETE FROM people_authenticator;"
    " DELETE FROM people_recoverycode; DELETE FROM people_budget WHERE starts_with(key, 'code:')"
)
WANTS_EVERYTHING = "DELETE FROM notifications_preference"
PAUSE = (
    "INSERT INTO payouts_hold (kind, seller_id, reason, placed_at, placed_by_id, release_reason)"
    f" SELECT 'pause', {SAGA}, 'paused by the seller', now(), {SAGA}, ''"
)
NO_PAUSE = (
    f"UPDATE payouts_hold SET released_at = now(), released_by_id = {SAGA}"
    " WHERE kind = 'pause' AND released_at IS NULL"
)
BREAKER = (
    "INSERT INTO payouts_breaker (cause, reason, tripped_at, release_reason)"
    " SELECT 'audit', 'A difference of 1.00 SEK between our books and Stripe.', now(), ''"
)
NO_BREAKER = (
    f"UPDATE payouts_breaker SET released_at = now(), released_by_id = {SAGA} WHERE released_at IS NULL"
)
HOLDS = (
    "INSERT INTO audit_audit"
    " (kind, looked_at, passed_at, took_ms, journal_id, earlier_journal_id, seal_id, findings)"
    " VALUES ('fresh', now(), now(), 43, 9, 9, 9, '{}'), ('full', now(), now(), 612, 9, 9, 9, '{}')"
    " ON CONFLICT (kind) DO UPDATE SET looked_at = now(), passed_at = now(), findings = '{}'"
)
BROKEN = (
    'UPDATE audit_audit SET passed_at = now() - interval \'2 hours\', findings = \'{"I19": ["evt_1"], "I03":'
    ' ["3f0d9ae2-7a60-4f1e-9a55-0f1e3a0c7d11", "9f1d9ae2-7a60-4f1e-9a55-0f1e3a0c7d12"]}\''
)
DIFFERENT = (
    "INSERT INTO treasury_break (kind, object_type, object_id, account_id, subject_id, currency,"
    " expected_minor, found_minor, first_seen_at, last_seen_at, reason)"
    " SELECT kind, about, object, account, '', 'SEK', ours, theirs, now() - age::interval, now(), ''"
    " FROM (VALUES"
    " ('unknown', 'transfer', 'tr_1SqkRdJ6xPn0fJmOqZ2nKwAb', 'acct_1SqkRdJ6xPn0fJmO', 0, 12345678, '3 days'),"
    " ('amount', 'account', 'acct_1SqkRdJ6xPn0fJmP', 'acct_1SqkRdJ6xPn0fJmP', 1023000, 1022000, '2 hours'),"
    " ('fee', 'movement', 'txn_1SqkRdJ6xPn0fJmOqZ2nKwAc', 'acct_1SqkRdJ6xPn0fJmO', 0, -2500, '70 minutes'),"
    " ('missing_event', 'charge', 'ch_3SqkRdJ6xPn0fJmO1qZ2nKwA', '', 0, 1100000, '61 minutes'),"
    " ('timing', 'payout', 'po_1SqkRdJ6xPn0fJmOqZ2nKwAd', '', 60320, 0, '9 minutes'))"
    " AS difference (kind, about, object, account, ours, theirs, age)"
)
THE_SAME = "UPDATE treasury_break SET resolved_at = now() WHERE resolved_at IS NULL"
SILENT = "UPDATE audit_audit SET looked_at = now() - interval '3 hours'"
NEVER = "DELETE FROM audit_audit"
ACTED = (
    "INSERT INTO events_event (kind, at, actor_id, subject_type, subject_id, audience, details)"
    " SELECT kind, now(), (SELECT id FROM people_user WHERE email = 'olga@klubba.example'), 'seller',"
    f" {SAGA}::text, '{{}}', details::jsonb FROM (VALUES"
    ' (\'seller.held\', \'{"reason": "A buyer says that the chest never came, and asks for the money.",'
    ' "before": {}, "after": {"state": "held"}}\'),'
    ' (\'policy.set\', \'{"reason": "Sells for a year now.",'
    ' "before": {"delay_days": 14, "reserve_bp": 1000}, "after": {"delay_days": 7, "reserve_bp": 0}}\')'
    ") AS act (kind, details)"
)
