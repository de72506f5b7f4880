"""What must be true of sales: payments, their lines, bids and messages."""

import json

from django.conf import settings

from audit.looking import Look
from money.currencies import PAID_OUT_IN_WHOLE_UNITS, THREE_DECIMAL, payout_unit_minor


def sale_has_its_two_lines(look: Look) -> list[str]:
    """A sale has exactly one commission line and one payout line."""
    return look.ids("""
        SELECT payment.id
        FROM payments_paymentintent AS payment
        LEFT JOIN payments_transaction AS line ON line.payment_intent_id = payment.id
        WHERE payment.outcome = 'sale' AND payment.succeeded_at {since}
        GROUP BY payment.id
        HAVING count(*) FILTER (WHERE line.type = 'commission') <> 1
            OR count(*) FILTER (WHERE line.type = 'payout') <> 1""")


def line_is_of_a_sale(look: Look) -> list[str]:
    """No line belongs to a payment that is not a sale."""
    return look.ids("""
        SELECT line.id
        FROM payments_paymentintent AS payment
        JOIN payments_transaction AS line ON line.payment_intent_id = payment.id
        WHERE payment.outcome IS DISTINCT FROM 'sale' AND (
            payment.status IN ('requires_payment_method', 'requires_action', 'processing')
            OR (payment.status IN ('canceled', 'succeeded') AND payment.created_at {since}))""")


def split_is_exact(look: Look) -> list[str]:
    """Commission and seller's part add up to the total, on the payment and on its lines."""
    return look.ids("""
        SELECT DISTINCT payment.id
        FROM payments_paymentintent AS payment
        LEFT JOIN payments_transaction AS line
            ON line.payment_intent_id = payment.id AND line.type IN ('commission', 'payout')
        WHERE payment.succeeded_at {since}
            AND (payment.total_minor <> payment.commission_minor + payment.seller_minor
                OR line.currency <> payment.currency
                OR line.amount_minor <> CASE line.type
                    WHEN 'commission' THEN payment.commission_minor ELSE payment.seller_minor END)""")


def commission_is_as_agreed(look: Look) -> list[str]:
    """The commission is the agreed rate of the total, half up, within its bounds, in whole payout units."""
    units = {code: payout_unit_minor(code) for code in (*PAID_OUT_IN_WHOLE_UNITS, *THREE_DECIMAL)}
    return look.ids(
        """
        WITH wanted AS (
            SELECT id, total_minor, commission_minor,
                coalesce((%(units)s::jsonb ->> currency)::bigint, 1) AS unit,
                greatest(minimum_minor,
                    least(maximum_minor, (total_minor * rate_bp + 5000) / 10000)) AS bounded
            FROM payments_paymentintent
            WHERE succeeded_at {since}
        )
        SELECT id
        FROM wanted
        WHERE commission_minor <> total_minor
            - (total_minor - least(total_minor, (2 * bounded + unit) / (2 * unit) * unit)) / unit * unit""",
        units=json.dumps(units),
    )


def success_is_booked_once(look: Look) -> list[str]:
    """A payment that succeeded is in the books once, with its whole total: as a sale, or as owed back."""
    return look.ids("""
        SELECT payment.id
        FROM payments_paymentintent AS payment
        LEFT JOIN ledger_journal AS journal ON journal.key = 'payment:' || payment.id
            || CASE payment.outcome WHEN 'sale' THEN '' ELSE ':unapplied' END
        LEFT JOIN ledger_posting AS posting ON posting.journal_id = journal.id
        LEFT JOIN ledger_account AS account
            ON account.id = posting.debit_id AND account.code = 'stripe:clearing'
        WHERE payment.succeeded_at {since}
        GROUP BY payment.id
        HAVING sum(posting.amount_minor) FILTER (WHERE account.id IS NOT NULL)
            IS DISTINCT FROM payment.total_minor""")


def booked_success_stays(look: Look) -> list[str]:
    """What the books know as paid never falls back to another status."""
    return look.ids("""
        SELECT journal.key
        FROM ledger_journal AS journal
        LEFT JOIN payments_paymentintent AS payment
            ON payment.id = split_part(journal.key, ':', 2)::uuid
        WHERE journal.key LIKE 'payment:%%' AND journal.id {fresh}
            AND payment.status IS DISTINCT FROM 'succeeded'""")


def commission_income_is_its_lines(look: Look) -> list[str]:
    """Commission and its VAT stand in each sale's journal as the commission line says."""
    return look.ids("""
        SELECT payment.id
        FROM payments_paymentintent AS payment
        JOIN ledger_journal AS journal ON journal.key = 'payment:' || payment.id
        LEFT JOIN ledger_posting AS posting ON posting.journal_id = journal.id
        LEFT JOIN ledger_account AS account ON account.id = posting.credit_id
            AND account.code IN ('platform:commission', 'platform:vat')
        WHERE payment.outcome = 'sale' AND payment.succeeded_at {since}
        GROUP BY payment.id
        HAVING coalesce(sum(posting.amount_minor) FILTER (WHERE account.id IS NOT NULL), 0)
            <> payment.commission_minor""")


def sale_has_paid_its_bid(look: Look) -> list[str]:
    """The bid of a sale is paid."""
    return look.ids("""
        SELECT bid.id
        FROM payments_paymentintent AS payment
        JOIN auctions_bid AS bid ON bid.id = payment.bid_id
        WHERE payment.outcome = 'sale' AND payment.succeeded_at {since} AND bid.status <> 'paid'""")


def paid_bid_has_its_sale(look: Look) -> list[str]:
    """A bid that is paid has a sale."""
    return look.ids("""
        SELECT bid.id
        FROM auctions_bid AS bid
        WHERE bid.status = 'paid' AND NOT EXISTS (
            SELECT FROM payments_paymentintent AS payment
            WHERE payment.bid_id = bid.id AND payment.outcome = 'sale')""")


def auction_is_sold_once(look: Look) -> list[str]:
    """An auction has one sale at most."""
    return look.ids("""
        SELECT auction_id
        FROM payments_paymentintent
        WHERE outcome = 'sale' AND succeeded_at {since}
        GROUP BY auction_id
        HAVING count(*) > 1""")


def passed_on_win_cannot_be_paid(look: Look) -> list[str]:
    """No win was passed on while its payment can still succeed."""
    return look.ids("""
        SELECT payment.id
        FROM payments_paymentintent AS payment
        JOIN auctions_bid AS bid ON bid.id = payment.bid_id
        WHERE payment.status IN ('requires_payment_method', 'requires_action', 'processing')
            AND bid.status = 'expired'""")


def handled_success_has_its_effect(look: Look) -> list[str]:
    """A message that told of a success and is handled has made one."""
    return look.ids("""
        SELECT message.event_id
        FROM inbox_message AS message
        LEFT JOIN payments_paymentintent AS payment
            ON payment.stripe_payment_intent_id = message.object_id AND payment.status = 'succeeded'
        WHERE message.type = 'payment_intent.succeeded' AND message.state = 'handled'
            AND message.received_at {since} AND payment.id IS NULL""")


def worlds_do_not_mix(look: Look) -> list[str]:
    """No message of the other world was ever believed."""
    return look.ids(
        """
        SELECT event_id
        FROM inbox_message
        WHERE livemode <> %(livemode)s AND state = 'handled' AND received_at {since}""",
        livemode=settings.LIVEMODE,
    )
