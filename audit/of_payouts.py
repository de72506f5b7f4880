"""What must be true of schedules, their items, and the payouts made of them."""

from audit.looking import Look


def line_is_on_one_schedule(look: Look) -> list[str]:
    """A part of an earning is live on one schedule at most."""
    return look.ids("""
        SELECT earning.id
        FROM payouts_earning AS earning
        JOIN payouts_payoutitem AS item ON item.earning_id = earning.id
        WHERE earning.seller_id IN {touched} AND item.state <> 'dropped'
        GROUP BY earning.id, item.part
        HAVING count(*) > 1""")


def schedule_is_what_its_items_are(look: Look) -> list[str]:
    """A schedule's total is its live items', all of its seller and currency, unless it is being sent."""
    return look.ids("""
        SELECT schedule.id
        FROM payouts_payoutschedule AS schedule
        LEFT JOIN payouts_payoutitem AS item ON item.schedule_id = schedule.id AND item.state <> 'dropped'
        LEFT JOIN payouts_earning AS earning ON earning.id = item.earning_id
        WHERE schedule.seller_id IN {touched} AND schedule.state NOT IN ('canceled', 'sending')
        GROUP BY schedule.id
        HAVING coalesce(sum(item.net_minor), 0) <> schedule.total_minor
            OR bool_or(earning.seller_id <> schedule.seller_id OR earning.currency <> schedule.currency)""")


def item_adds_up(look: Look) -> list[str]:
    """An item's net is its gross less what was refunded, contested and netted."""
    return look.ids("""
        SELECT item.id
        FROM payouts_payoutitem AS item
        JOIN payouts_payoutschedule AS schedule ON schedule.id = item.schedule_id
        WHERE schedule.seller_id IN {touched} AND item.net_minor
            <> item.gross_minor - item.refunded_minor - item.contested_minor - item.netted_minor""")


def completed_line_is_in_the_bank(look: Look) -> list[str]:
    """A payout line is completed when all of it is in the bank or settled, and only then."""
    return look.ids("""
        SELECT earning.id
        FROM payouts_earning AS earning
        LEFT JOIN payouts_payoutitem AS item
            ON item.earning_id = earning.id AND item.state IN ('paid', 'settled')
        WHERE earning.seller_id IN {touched} AND earning.status <> 'canceled'
        GROUP BY earning.id
        HAVING (earning.status = 'completed')
            <> (coalesce(sum(item.gross_minor), 0) = earning.amount_minor)""")


def transferred_item_has_its_transfer(look: Look) -> list[str]:
    """An item is transferred with the transfer that Stripe made for it, and with no other's."""
    return look.ids("""
        SELECT item.id
        FROM payouts_payoutitem AS item
        JOIN payouts_payoutschedule AS schedule ON schedule.id = item.schedule_id
        LEFT JOIN gateway_stripecall AS call
            ON call.purpose = 'transfer' AND call.object_type = 'item' AND call.object_id = item.id::text
            AND call.state = 'done'
        WHERE schedule.seller_id IN {touched} AND item.state IN ('transferred', 'paid')
            AND item.stripe_transfer_id IS DISTINCT FROM call.result_id""")


def schedule_on_its_way_has_its_payout(look: Look) -> list[str]:
    """A schedule in transit or paid has a payout at Stripe, in the same state."""
    return look.ids("""
        SELECT schedule.id
        FROM payouts_payoutschedule AS schedule
        LEFT JOIN payouts_payoutattempt AS attempt ON attempt.id = schedule.payout_id
        WHERE schedule.seller_id IN {touched} AND schedule.state IN ('in_transit', 'paid')
            AND (attempt.stripe_payout_id IS NULL OR attempt.state <> schedule.state)""")


def reservation_is_resolved_once(look: Look) -> list[str]:
    """What was reserved for a schedule was transferred or released once, unless it is being sent."""
    return look.ids("""
        WITH booked AS (
            SELECT schedule.id AS schedule_id, posting.amount_minor
            FROM payouts_payoutschedule AS schedule
            CROSS JOIN generate_series(1, schedule.attempt) AS n
            JOIN ledger_journal AS journal ON journal.key = 'payout:' || schedule.id || ':reserve:' || n
            JOIN ledger_posting AS posting ON posting.journal_id = journal.id
            WHERE schedule.seller_id IN {touched} AND schedule.state <> 'sending'
            UNION ALL
            SELECT resolved.schedule_id, -posting.amount_minor
            FROM (
                SELECT schedule.id AS schedule_id, schedule.seller_id, 'transfer:' || item.id AS key
                FROM payouts_payoutschedule AS schedule
                JOIN payouts_payoutitem AS item ON item.schedule_id = schedule.id
                WHERE schedule.seller_id IN {touched} AND schedule.state <> 'sending'
                UNION ALL
                SELECT schedule.id, schedule.seller_id, 'item:' || item.id || ':release:' || n
                FROM payouts_payoutschedule AS schedule
                JOIN payouts_payoutitem AS item ON item.schedule_id = schedule.id
                CROSS JOIN generate_series(1, schedule.attempt) AS n
                WHERE schedule.seller_id IN {touched} AND schedule.state <> 'sending'
            ) AS resolved
            JOIN ledger_journal AS journal ON journal.key = resolved.key
            JOIN ledger_posting AS posting ON posting.journal_id = journal.id
            JOIN ledger_account AS source ON source.code = 'seller:' || resolved.seller_id || ':reserved'
                AND source.id = posting.debit_id
        )
        SELECT schedule_id FROM booked GROUP BY schedule_id HAVING sum(amount_minor) <> 0""")


def payout_is_its_schedules(look: Look) -> list[str]:
    """A payout's amount is what its schedules add up to, and its destination the one they froze."""
    return look.ids("""
        SELECT attempt.id
        FROM payouts_payoutattempt AS attempt
        LEFT JOIN payouts_payoutschedule AS schedule ON schedule.payout_id = attempt.id
        WHERE attempt.seller_id IN {touched} AND attempt.state IN ('in_transit', 'paid')
        GROUP BY attempt.id
        HAVING coalesce(sum(schedule.total_minor), 0) <> attempt.amount_minor
            OR bool_or((schedule.seller_id, schedule.currency, schedule.destination_account,
                    schedule.destination_bank)
                <> (attempt.seller_id, attempt.currency, attempt.destination_account,
                    attempt.destination_bank))""")
