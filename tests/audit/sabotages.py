"""What somebody who may do anything does to the rows of the history, and which invariant finds it.

Where a constraint would refuse it, that is gone first: `loosened` says which.
"""

from __future__ import annotations

from typing import NamedTuple

OPENED_AGAIN = (
    "UPDATE treasury_break SET resolved_at = NULL, explained_by_id = NULL, reason = '', kind = '{}'"
    " WHERE object_type = '{}' AND explained_by_id IS NOT NULL"
)


class Sabotage(NamedTuple):
    number: str
    statement: str
    loosened: str = ""


SABOTAGES = [
    Sabotage("I01", "DELETE FROM payments_transaction WHERE type = 'commission'"),
    Sabotage("I01", "DELETE FROM payments_transaction WHERE type = 'payout'"),
    Sabotage(
        "I01",
        """
            INSERT INTO payments_transaction (id, number, payment_intent_id, type, owner_id, role,
            currency, amount_minor, created_at) SELECT gen_random_uuid(), number + 1000,
            payment_intent_id, type, owner_id, role, currency, amount_minor, created_at FROM
            payments_transaction WHERE type = 'commission'""",
        loosened="""
                     ALTER TABLE payments_transaction DROP CONSTRAINT payments_transaction_number_key;
                     DROP INDEX one_commission_and_one_payout""",
    ),
    Sabotage(
        "I02",
        """
            UPDATE payments_transaction SET payment_intent_id = (SELECT id FROM payments_paymentintent
            WHERE outcome IS NULL) WHERE number = 1""",
    ),
    Sabotage(
        "I02",
        """
            UPDATE payments_transaction SET payment_intent_id = (SELECT id FROM payments_paymentintent
            WHERE outcome = 'returned') WHERE number = 1""",
    ),
    Sabotage("I03", "UPDATE payments_transaction SET amount_minor = amount_minor + 1 WHERE number = 1"),
    Sabotage("I03", "UPDATE payments_transaction SET amount_minor = amount_minor - 1 WHERE number = 2"),
    Sabotage("I03", "UPDATE payments_transaction SET currency = 'EUR' WHERE number = 1"),
    Sabotage(
        "I03",
        "UPDATE payments_paymentintent SET total_minor = total_minor + 1 WHERE outcome = 'sale'",
        loosened="ALTER TABLE payments_paymentintent DROP CONSTRAINT split_is_exact",
    ),
    Sabotage("I04", "UPDATE payments_paymentintent SET rate_bp = 699 WHERE outcome = 'sale'"),
    Sabotage("I04", "UPDATE payments_paymentintent SET minimum_minor = 77001 WHERE outcome = 'sale'"),
    Sabotage("I04", "UPDATE payments_paymentintent SET maximum_minor = 76999 WHERE outcome = 'sale'"),
    Sabotage(
        "I04",
        "UPDATE payments_paymentintent SET currency = 'HUF', rate_bp = 701 WHERE outcome = 'sale'",
    ),
    Sabotage(
        "I05",
        "DELETE FROM ledger_posting WHERE journal_id = (SELECT max(journal_id) FROM ledger_posting)",
    ),
    Sabotage(
        "I06",
        """
            UPDATE ledger_journal SET key = 'x' WHERE key LIKE 'payment:%' AND key NOT LIKE
            '%:unapplied' AND id = (SELECT min(id) FROM ledger_journal)""",
    ),
    Sabotage("I06", "UPDATE ledger_journal SET key = 'x' WHERE key LIKE 'payment:%:unapplied'"),
    Sabotage(
        "I06",
        """
            UPDATE ledger_posting SET amount_minor = amount_minor - 1 WHERE id = (SELECT min(id) FROM
            ledger_posting)""",
    ),
    Sabotage(
        "I07",
        "UPDATE ledger_posting SET currency = 'EUR'",
        loosened="""
                     ALTER TABLE ledger_posting DROP CONSTRAINT posting_debit_in_its_currency, DROP
                     CONSTRAINT posting_credit_in_its_currency""",
    ),
    Sabotage(
        "I08",
        "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE code LIKE '%:payable'",
    ),
    Sabotage("I08", "DELETE FROM ledger_posting WHERE id = (SELECT min(id) FROM ledger_posting)"),
    Sabotage(
        "I08",
        "UPDATE ledger_account SET balance_minor = -1 WHERE code LIKE '%:payable'",
        loosened="ALTER TABLE ledger_account DROP CONSTRAINT account_never_below_zero",
    ),
    Sabotage(
        "I08p",
        """
            UPDATE ledger_posting AS posting SET debit_id = credit_id, credit_id = debit_id FROM
            ledger_account AS account WHERE account.id = credit_id AND account.code = 'buyers:refunds'""",
    ),
    Sabotage(
        "I09",
        """
            UPDATE payouts_payoutitem SET earning_id = (SELECT earning_id FROM payouts_payoutitem WHERE
            state = 'waiting' LIMIT 1) WHERE state = 'paid'""",
        loosened="DROP INDEX one_live_item",
    ),
    Sabotage(
        "I10",
        "UPDATE payouts_payoutschedule SET total_minor = total_minor + 1 WHERE state = 'scheduled'",
    ),
    Sabotage(
        "I10",
        "UPDATE payouts_payoutitem SET state = 'dropped', stripe_transfer_id = NULL WHERE state = 'paid'",
    ),
    Sabotage("I10", "UPDATE payouts_earning SET currency = 'EUR'"),
    Sabotage(
        "I10i",
        "UPDATE payouts_payoutitem SET netted_minor = 1 WHERE state = 'paid'",
        loosened="ALTER TABLE payouts_payoutitem DROP CONSTRAINT item_adds_up",
    ),
    Sabotage("I11", "UPDATE payouts_earning SET status = 'pending' WHERE status = 'completed'"),
    Sabotage("I11", "UPDATE payouts_earning SET status = 'completed' WHERE status = 'pending'"),
    Sabotage(
        "I12",
        "UPDATE payouts_payoutitem SET stripe_transfer_id = 'tr_' || id || 'x' WHERE state = 'paid'",
    ),
    Sabotage(
        "I12",
        """
            UPDATE gateway_stripecall SET state = 'unknown', result_id = ''
            WHERE purpose = 'transfer' AND state = 'done'""",
    ),
    Sabotage(
        "I12p",
        "UPDATE payouts_payoutschedule SET payout_id = NULL WHERE state = 'paid'",
        loosened="ALTER TABLE payouts_payoutschedule DROP CONSTRAINT schedule_on_its_way_has_its_payout",
    ),
    Sabotage("I12p", "UPDATE payouts_payoutattempt SET state = 'returned' WHERE state = 'paid'"),
    Sabotage(
        "I13",
        """
            UPDATE ledger_posting SET amount_minor = amount_minor - 1 WHERE journal_id = (SELECT id FROM
            ledger_journal WHERE key LIKE 'payout:%:reserve:1' ORDER BY id LIMIT 1)""",
    ),
    Sabotage(
        "I13",
        """
            UPDATE ledger_journal SET key = 'x' WHERE id = (SELECT min(id) FROM ledger_journal WHERE key
            LIKE 'transfer:%')""",
    ),
    Sabotage("I14", "UPDATE auctions_bid SET status = 'won', paid_at = NULL WHERE status = 'paid'"),
    Sabotage(
        "I14b",
        """
            UPDATE payments_paymentintent SET bid_id = (SELECT id FROM auctions_bid WHERE status =
            'expired') WHERE number = 1""",
    ),
    Sabotage(
        "I15",
        """
            UPDATE payments_paymentintent SET auction_id = (SELECT min(id) FROM auctions_auction) WHERE
            outcome = 'sale'""",
        loosened="DROP INDEX one_sale_an_auction",
    ),
    Sabotage(
        "I18",
        """
            UPDATE payments_paymentintent SET status = 'canceled', succeeded_at = NULL, outcome = NULL
            WHERE outcome = 'sale'""",
    ),
    Sabotage(
        "I20",
        """
            UPDATE payments_paymentintent SET stripe_payment_intent_id = 'pi_x' WHERE
            stripe_payment_intent_id = (SELECT object_id FROM inbox_message)""",
    ),
    Sabotage(
        "I22",
        "UPDATE gateway_stripecall SET object_id = 'x' WHERE state = 'done'",
        loosened="""
                     DROP INDEX call_done_once; ALTER TABLE gateway_stripecall DROP CONSTRAINT
                     call_attempt_once""",
    ),
    Sabotage("I23", "UPDATE inbox_message SET livemode = true"),
    Sabotage("I24", "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE id = 1"),
    Sabotage("I24", "UPDATE ledger_journal SET at = at + interval '1 second' WHERE id = 1"),
    Sabotage("I24", "UPDATE events_event SET actor_id = 1 WHERE id = 1"),
    Sabotage("I24", "DELETE FROM events_event WHERE id = 1"),
    Sabotage("I24", "DELETE FROM audit_seal WHERE id = 1"),
    Sabotage("I24", "UPDATE audit_seal SET hash = sha256(hash) WHERE id = (SELECT max(id) FROM audit_seal)"),
    Sabotage("I24h", "UPDATE audit_seal SET hash = sha256(hash) WHERE id = (SELECT max(id) FROM audit_seal)"),
    Sabotage("I24h", "DELETE FROM audit_seal WHERE id > 10"),
    Sabotage("I24s", "INSERT INTO ledger_journal (key, at, written_in) VALUES ('x', now(), 1)"),
    Sabotage(
        "I24s",
        """
            INSERT INTO ledger_posting (journal_id, debit_id, credit_id, currency, amount_minor) SELECT
            min(journal_id), min(debit_id), min(credit_id), 'SEK', 1 FROM ledger_posting""",
    ),
    Sabotage(
        "I24s",
        """
            INSERT INTO events_event (kind, at, subject_type, subject_id, audience, details, written_in)
            SELECT kind, at, subject_type, subject_id, audience, details, 1 FROM events_event WHERE id = 1""",
    ),
    Sabotage("L1", "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE code LIKE '%:payable'"),
    Sabotage(
        "L1",
        "UPDATE ledger_account SET balance_minor = balance_minor - 1 WHERE code LIKE '%:rolling_reserve'",
    ),
    Sabotage(
        "L1",
        "UPDATE ledger_account SET balance_minor = balance_minor - 1 WHERE code LIKE '%:reserved'",
    ),
    Sabotage(
        "L1",
        "UPDATE ledger_account SET balance_minor = balance_minor - 1 WHERE code LIKE 'seller:%:in_transit'",
    ),
    Sabotage("L1", "DELETE FROM payouts_earning WHERE status = 'pending'"),
    Sabotage(
        "L2",
        """
            UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE code LIKE
            'bank:transit:_%' AND owner_id IS NOT NULL""",
    ),
    Sabotage(
        "L2",
        "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE code LIKE 'stripe:connected:%'",
    ),
    Sabotage("L5", "UPDATE treasury_balancetransaction SET journal_key = 'x' || id"),
    Sabotage(
        "L5",
        """
            UPDATE ledger_journal SET key = 'x' WHERE key = (SELECT max(key) FROM ledger_journal WHERE
            key LIKE 'fee:%')""",
    ),
    Sabotage(
        "L7",
        """
            UPDATE ledger_posting AS posting SET amount_minor = amount_minor - 1 FROM ledger_account AS
            account WHERE account.id = credit_id AND code = 'platform:commission'""",
    ),
    Sabotage("L8", "UPDATE payouts_payoutattempt SET destination_bank = 'ba_x' WHERE state = 'paid'"),
    Sabotage("L8", "UPDATE payouts_payoutattempt SET currency = 'EUR' WHERE state = 'in_transit'"),
    Sabotage("L8", "UPDATE payouts_payoutattempt SET amount_minor = amount_minor - 1 WHERE state = 'paid'"),
    Sabotage("L9", "UPDATE auctions_bid SET status = 'expired' WHERE status = 'won'"),
    Sabotage(
        "L5",
        "UPDATE treasury_balancetransaction SET net_minor = net_minor - 1, fee_minor = fee_minor + 1",
    ),
    Sabotage("O05", "DELETE FROM treasury_balancetransaction WHERE type = 'charge'"),
    Sabotage("O05", "DELETE FROM treasury_balancetransaction WHERE type = 'transfer'"),
    *[
        Sabotage(number, OPENED_AGAIN.format(kind, about))
        for number, about in (
            ("O01", "charge"),
            ("O02", "transfer"),
            ("O05c", "account"),
            ("O05c", "movement"),
            ("O06", "payout"),
        )
        for kind in ("amount", "unknown")
    ],
    *[
        Sabotage("O08", OPENED_AGAIN.format(kind, about))
        for kind, about in (("missing_event", "charge"), ("missing_event", "payout"), ("fee", "movement"))
    ],
    Sabotage(
        "O08",
        """
            UPDATE treasury_break SET resolved_at = NULL, explained_by_id = NULL, reason = '', kind =
            'amount', account_id = '' WHERE object_type = 'movement' AND explained_by_id IS NOT NULL""",
    ),
    Sabotage(
        "I19",
        """
            UPDATE inbox_message SET state = 'received', handled_at = NULL, received_at = received_at -
            interval '11 minutes'""",
    ),
    Sabotage(
        "I22d",
        """
            UPDATE gateway_stripecall SET first_sent_at = first_sent_at - interval '40 days', result_id
            = '', state = 'unknown' WHERE state = 'done'""",
    ),
    Sabotage(
        "I25",
        """
            INSERT INTO events_event (kind, at, subject_type, subject_id, audience, details, written_at)
            SELECT kind, at, subject_type, subject_id, audience, details, now() - interval '121 seconds'
            FROM events_event WHERE id = 1""",
    ),
    Sabotage("I25", "INSERT INTO ledger_journal (key, at, written_at) VALUES ('x', now(), '2026-01-01')"),
    Sabotage(
        "I21",
        """
            INSERT INTO notifications_letter (event_id, person_id, channel, key, address, language, subject,
                topic, text, written_at, state, tries, next_at, failure)
            SELECT event.id, person.id, 'email', gen_random_uuid(), 'x', 'en', 'x', '', 'x',
                '2026-11-23 10:54:00+00', 'waiting', 0, now(), ''
            FROM (SELECT id FROM events_event LIMIT 1) AS event,
                (SELECT id FROM people_user LIMIT 1) AS person""",
    ),
    Sabotage(
        "L6",
        """
            UPDATE treasury_balancetransaction SET journal_key = NULL, kept_at = kept_at - interval '61
            minutes'""",
    ),
]
