"""What must be true of the books, and of lines beside them."""

from audit.looking import Look


def journal_has_postings(look: Look) -> list[str]:
    """Every journal has a posting; each has two ends, so it cannot be unbalanced."""
    return look.ids("""
        SELECT journal.key
        FROM ledger_journal AS journal
        WHERE journal.id {fresh}
            AND NOT EXISTS (SELECT FROM ledger_posting WHERE journal_id = journal.id)""")


def posting_keeps_its_currency(look: Look) -> list[str]:
    """A posting and both its accounts have one currency."""
    return look.ids("""
        SELECT posting.id
        FROM ledger_posting AS posting
        LEFT JOIN ledger_account AS debit
            ON debit.id = posting.debit_id AND debit.currency = posting.currency
        LEFT JOIN ledger_account AS credit
            ON credit.id = posting.credit_id AND credit.currency = posting.currency
        WHERE posting.journal_id {fresh} AND (debit.id IS NULL OR credit.id IS NULL)""")


def kept_balance_is_its_postings(look: Look) -> list[str]:
    """A balance kept on an account's row is what its postings add up to, and is not below zero."""
    return look.ids("""
        WITH moved AS (
            SELECT account_id, sum(amount_minor) AS debit_minor
            FROM (
                SELECT debit_id AS account_id, amount_minor FROM ledger_posting
                UNION ALL
                SELECT credit_id, -amount_minor FROM ledger_posting
            ) AS side
            GROUP BY account_id
        )
        SELECT account.code || ' ' || account.currency
        FROM ledger_account AS account LEFT JOIN moved ON moved.account_id = account.id
        WHERE account.owner_id IS NOT NULL AND (account.balance_minor < 0
            OR account.balance_minor
                <> CASE account.side WHEN 'debit' THEN 1 ELSE -1 END * coalesce(debit_minor, 0))""")


def platform_account_is_not_below_zero(look: Look) -> list[str]:
    """No account that only others' money or money on its way stands on is below zero."""
    return look.ids(
        """
        SELECT account.code || ' ' || account.currency
        FROM ledger_account AS account
        WHERE account.code = ANY(%(never)s) AND CASE account.side WHEN 'debit' THEN 1 ELSE -1 END * (
            (SELECT coalesce(sum(amount_minor), 0)
                FROM ledger_posting WHERE debit_id = account.id)
            - (SELECT coalesce(sum(amount_minor), 0)
                FROM ledger_posting WHERE credit_id = account.id)) < 0""",
        never=["stripe:reserved", "bank:transit:platform", "disputes:contested", "buyers:refunds"],
    )


def lines_are_the_books(look: Look) -> list[str]:
    """Of each seller, what lines and items say lies in a place is what stands on its account."""
    return look.ids("""
        WITH part AS (
            SELECT id, payment_id, seller_id, currency, 'sale' AS name, amount_minor - kept_minor AS gross
            FROM payouts_earning WHERE seller_id IN {touched} AND status = 'pending'
            UNION ALL
            SELECT id, payment_id, seller_id, currency, 'reserve_release', kept_minor
            FROM payouts_earning WHERE seller_id IN {touched} AND status = 'pending'
        ), standing AS (
            SELECT part.seller_id, part.currency,
                CASE live.state
                    WHEN 'waiting' THEN 'payable' WHEN 'reserved' THEN 'reserved'
                    WHEN 'transferred' THEN 'in_transit' WHEN 'paid' THEN 'gone' WHEN 'settled' THEN 'gone'
                    ELSE CASE WHEN part.name = 'reserve_release' AND NOT EXISTS (
                            SELECT FROM ledger_journal
                            WHERE key = 'reserve:' || part.payment_id || ':released')
                        THEN 'rolling_reserve' ELSE 'payable' END
                END AS place,
                coalesce(live.net_minor, part.gross) AS minor
            FROM part
            LEFT JOIN payouts_payoutitem AS live
                ON live.earning_id = part.id AND live.part = part.name AND live.state <> 'dropped'
        ), lines AS (
            SELECT 'seller:' || seller_id || ':' || place AS code, currency, sum(minor) AS minor
            FROM standing GROUP BY 1, 2
        ), books AS (
            SELECT code, currency, balance_minor AS minor
            FROM ledger_account
            WHERE owner_id IN {touched} AND balance_minor <> 0
                AND split_part(code, ':', 3) IN ('payable', 'rolling_reserve', 'reserved', 'in_transit')
        )
        SELECT code || ' ' || currency || ': ' || coalesce(lines.minor, 0) || ' in lines, '
            || coalesce(books.minor, 0) || ' in books'
        FROM lines FULL JOIN books USING (code, currency)
        WHERE code NOT LIKE '%%:gone' AND coalesce(lines.minor, 0) <> coalesce(books.minor, 0)""")


def in_transit_lies_somewhere(look: Look) -> list[str]:
    """What is in transit to a seller lies on the connected account or on its way to the bank."""
    return look.ids("""
        SELECT way.owner_id || ' ' || way.currency
        FROM ledger_account AS way
        WHERE way.owner_id IN {touched} AND way.code = 'seller:' || way.owner_id || ':in_transit'
            AND way.balance_minor <> (
                SELECT coalesce(sum(lies.balance_minor), 0)
                FROM ledger_account AS lies
                WHERE lies.currency = way.currency
                    AND lies.code IN
                        ('stripe:connected:' || way.owner_id, 'bank:transit:' || way.owner_id))""")
