"""What must be true of us beside Stripe."""

from audit.looking import Look

MOVEMENT_MAY_WAIT = "1 hour"
MOVEMENTS_POLLED = "balance_transactions"


def effect_happened_once(look: Look) -> list[str]:
    """Nothing was made twice at Stripe for one purpose and one object."""
    return look.ids("""
        SELECT min(id)
        FROM gateway_stripecall
        WHERE state = 'done'
        GROUP BY purpose, object_type, object_id
        HAVING count(*) > 1""")


def movement_is_booked_as_it_was(look: Look) -> list[str]:
    """A movement of our balance at Stripe that has its journal moved `stripe:clearing` by its net."""
    return look.ids("""
        SELECT movement.stripe_id
        FROM treasury_balancetransaction AS movement
        LEFT JOIN ledger_journal AS journal ON journal.key IN (movement.journal_key,
            'fee:' || movement.stripe_id, 'fx:' || movement.stripe_id, 'suspense:' || movement.stripe_id,
            'suspense:' || movement.stripe_id || ':named', 'suspense:' || movement.stripe_id || ':rest')
        LEFT JOIN ledger_posting AS posting
            ON posting.journal_id = journal.id AND posting.currency = movement.currency
        LEFT JOIN ledger_account AS clearing
            ON clearing.id IN (posting.debit_id, posting.credit_id) AND clearing.code = 'stripe:clearing'
        WHERE movement.journal_key IS NOT NULL
        GROUP BY movement.id
        HAVING movement.net_minor <> coalesce(sum(CASE clearing.id
            WHEN posting.debit_id THEN posting.amount_minor
            WHEN posting.credit_id THEN -posting.amount_minor END), 0)""")


def booked_movement_is_known_to_stripe(look: Look) -> list[str]:
    """What was booked on `stripe:clearing` has its movement at Stripe, an hour after that has been read."""
    return look.ids(
        """
        SELECT journal.key
        FROM ledger_journal AS journal
        JOIN ledger_posting AS posting ON posting.journal_id = journal.id
        JOIN ledger_account AS clearing
            ON clearing.id IN (posting.debit_id, posting.credit_id) AND clearing.code = 'stripe:clearing'
        LEFT JOIN treasury_balancetransaction AS movement ON movement.journal_key = journal.key
        JOIN treasury_watermark AS read ON read.name = %(poller)s
        WHERE journal.at < least(%(at)s, read.at) - %(wait)s::interval
            AND split_part(journal.key, ':', 1) IN ('payment', 'transfer', 'reversal', 'platform_payout')
            AND movement.id IS NULL""",
        poller=MOVEMENTS_POLLED,
        wait=MOVEMENT_MAY_WAIT,
    )
