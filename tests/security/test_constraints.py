"""The database says no before we do: for each constraint, a good row but for one thing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from auctions.bidding import place_bid
from ledger.posting import Line, post_journal
from notifications.writing import write_letters
from payments.models import CommissionRule
from tests.api.asking import a_sale
from tests.cast import NOON, Cast, a_payment, a_won_bid, an_auction, deliver, event_of
from tests.security.test_database_role import ROOMS

ANOTHER = "'id', gen_random_uuid(), 'number', row.number + 1000"
WITHOUT_STRIPE = ", 'stripe_payment_intent_id', null, 'stripe_charge_id', null"
SALE, OPEN = "row.outcome = 'sale'", "row.outcome IS NULL"

# Foreign keys lean on these; they say no more than the primary key within them.
LEANT_ON = {"account_with_currency", "payment_and_its_buyer", "payment_and_its_seller"}

# constraint, table, what is changed in the copy of a row, which row
REFUSED = [
    ("email_in_lower_case", "people_user", "'email', 'Bo@klubba.example'", "true"),
    ("operators_do_not_trade", "people_user", "'is_operator', true", "row.is_buyer"),
    ("operators_do_not_trade", "people_user", "'is_operator', true", "row.is_seller"),
    ("people_user_email_key", "people_user", "'id', row.id + 1000", "true"),
    ("account_code_once_per_currency", "ledger_account", "'id', row.id + 1000", "true"),
    (
        "account_with_owner_keeps_its_balance",
        "ledger_account",
        "'owner_id', null",
        "row.owner_id IS NOT NULL",
    ),
    ("account_with_owner_keeps_its_balance", "ledger_account", "'owner_id', 1", "row.owner_id IS NULL"),
    ("account_never_below_zero", "ledger_account", "'balance_minor', -1", "row.owner_id IS NOT NULL"),
    ("ledger_journal_key_key", "ledger_journal", "'id', row.id + 1000", "true"),
    ("posting_amount_positive", "ledger_posting", "'amount_minor', 0", "true"),
    ("posting_amount_positive", "ledger_posting", "'amount_minor', -1", "true"),
    ("posting_accounts_differ", "ledger_posting", "'credit_id', row.debit_id", "true"),
    (
        "posting_debit_in_its_currency",
        "ledger_posting",
        """'id', row.id + 1000, 'currency', 'EUR',
           'credit_id', (SELECT max(id) FROM ledger_account WHERE currency = 'EUR')""",
        "row.currency = 'SEK'",
    ),
    (
        "posting_credit_in_its_currency",
        "ledger_posting",
        """'id', row.id + 1000, 'currency', 'EUR',
           'debit_id', (SELECT max(id) FROM ledger_account WHERE currency = 'EUR')""",
        "row.currency = 'SEK'",
    ),
    ("message_kept_once", "inbox_message", "'id', row.id + 1000", "true"),
    ("message_handled_has_its_time", "inbox_message", "'handled_at', now()", "row.state = 'received'"),
    ("message_handled_has_its_time", "inbox_message", "'state', 'handled'", "row.state = 'received'"),
    (
        "one_letter_an_event_and_person",
        "notifications_letter",
        "'id', row.id + 1000, 'key', gen_random_uuid()",
        "true",
    ),
    (
        "notifications_letter_key_key",
        "notifications_letter",
        "'id', row.id + 1000, 'channel', 'paper'",
        "true",
    ),
    ("letter_sent_has_its_time", "notifications_letter", "'sent_at', now()", "true"),
    ("letter_sent_has_its_time", "notifications_letter", "'state', 'sent'", "true"),
    ("letter_says_something", "notifications_letter", "'subject', ''", "true"),
    ("letter_says_something", "notifications_letter", "'text', ''", "true"),
    ("one_bookmark", "notifications_bookmark", "'id', 2", "true"),
    ("auction_closed_has_its_time", "auctions_auction", "'closed_at', null", "row.status = 'closed'"),
    ("auction_closed_has_its_time", "auctions_auction", "'closed_at', now()", "row.status = 'open'"),
    (
        "auction_is_closed_by_its_seller_or_by_time",
        "auctions_auction",
        "'closed_by_id', row.seller_id",
        "row.status = 'open'",
    ),
    (
        "auction_is_closed_by_its_seller_or_by_time",
        "auctions_auction",
        "'closed_by_id', row.seller_id + 1",
        "row.status = 'closed'",
    ),
    ("auction_reserve_positive", "auctions_auction", "'reserve_minor', 0", "true"),
    ("bid_amount_positive", "auctions_bid", "'amount_minor', 0", "true"),
    ("bid_paid_has_its_time", "auctions_bid", "'paid_at', null", "row.status = 'paid'"),
    ("bid_paid_has_its_time", "auctions_bid", "'paid_at', now()", "row.status = 'won'"),
    ("bid_won_has_its_deadline", "auctions_bid", "'pay_by', null", "row.status = 'won'"),
    ("bid_won_has_its_deadline", "auctions_bid", "'pay_by', null", "row.status = 'paid'"),
    ("auction_has_one_winner", "auctions_bid", "'id', row.id + 1000", "row.status = 'paid'"),
    ("auction_has_one_highest_bid", "auctions_bid", "'id', row.id + 1000", "row.status = 'active'"),
    ("split_is_exact", "payments_paymentintent", "'total_minor', row.total_minor + 1", "true"),
    (
        "split_not_negative",
        "payments_paymentintent",
        "'commission_minor', -1, 'seller_minor', row.total_minor + 1",
        "true",
    ),
    (
        "split_not_negative",
        "payments_paymentintent",
        "'seller_minor', -1, 'commission_minor', row.total_minor + 1",
        "true",
    ),
    (
        "split_not_negative",
        "payments_paymentintent",
        "'total_minor', 0, 'seller_minor', 0, 'commission_minor', 0",
        "true",
    ),
    *[
        ("succeeded_has_time_outcome_and_charge", "payments_paymentintent", f"'{column}', null", SALE)
        for column in ("succeeded_at", "outcome", "charged_at", "stripe_charge_id")
    ],
    ("succeeded_has_time_outcome_and_charge", "payments_paymentintent", "'outcome', 'sale'", OPEN),
    ("succeeded_has_time_outcome_and_charge", "payments_paymentintent", "'succeeded_at', now()", OPEN),
    ("one_living_payment_a_bid", "payments_paymentintent", ANOTHER + WITHOUT_STRIPE, OPEN),
    (
        "one_sale_an_auction",
        "payments_paymentintent",
        f"""{ANOTHER}, 'stripe_payment_intent_id', null, 'stripe_charge_id', 'ch_2',
            'bid_id', (SELECT id FROM auctions_bid WHERE status = 'active')""",
        SALE,
    ),
    (
        "payments_paymentintent_number_key",
        "payments_paymentintent",
        "'id', gen_random_uuid(), 'status', 'canceled'" + WITHOUT_STRIPE,
        OPEN,
    ),
    (
        "payments_paymentintent_stripe_payment_intent_id_key",
        "payments_paymentintent",
        f"{ANOTHER}, 'outcome', 'returned', 'stripe_charge_id', 'ch_2'",
        SALE,
    ),
    (
        "payments_paymentintent_stripe_charge_id_key",
        "payments_paymentintent",
        f"{ANOTHER}, 'outcome', 'returned', 'stripe_payment_intent_id', 'pi_2'",
        SALE,
    ),
    ("line_not_negative", "payments_transaction", "'amount_minor', -1", "true"),
    (
        "line_is_a_buyers_or_a_sellers",
        "payments_transaction",
        "'id', gen_random_uuid(), 'number', row.number + 1000, 'type', 'refund', 'role', 'broker'",
        "row.type = 'commission'",
    ),
    ("line_type_and_role", "payments_transaction", "'role', 'seller'", "row.type = 'commission'"),
    ("line_type_and_role", "payments_transaction", "'role', 'buyer'", "row.type = 'payout'"),
    ("line_type_and_role", "payments_transaction", "'earning_id', null", "row.type = 'payout'"),
    ("line_type_and_role", "payments_transaction", "'type', 'payment'", "row.type = 'commission'"),
    (
        "payments_transaction_number_key",
        "payments_transaction",
        "'id', gen_random_uuid(), 'type', 'refund'",
        "row.type = 'commission'",
    ),
    ("one_commission_and_one_payout", "payments_transaction", ANOTHER, "row.type = 'commission'"),
    (
        "payments_transaction_earning_id_key",
        "payments_transaction",
        f"{ANOTHER}, 'payment_intent_id', (SELECT id FROM payments_paymentintent WHERE outcome IS NULL)",
        "row.type = 'payout'",
    ),
    ("one_tally_a_currency", "payments_tally", "'id', row.id + 1000", "true"),
    *[
        ("tally_not_negative", "payments_tally", f"'{name}_minor', -1", "true")
        for name in ("sales", "payouts_pending", "payouts_completed", "purchases", "commission_paid")
    ],
    ("one_rule_a_case", "payments_commissionrule", "'id', row.id + 1000", "true"),
    ("bounds_are_amounts", "payments_commissionrule", "'minimum_minor', -1", "true"),
    ("bounds_are_amounts", "payments_commissionrule", "'minimum_minor', null, 'maximum_minor', -1", "true"),
    ("minimum_not_over_maximum", "payments_commissionrule", "'minimum_minor', 201", "true"),
    ("bounds_have_a_currency", "payments_commissionrule", "'currency', ''", "true"),
    ("rate_at_most_everything", "payments_commissionrule", "'rate_bp', 10001", "true"),
    ("rule_is_for_somebody_or_something", "payments_commissionrule", "'seller_id', null", "true"),
]

KEPT = [
    "ledger_account",
    "inbox_message",
    "auctions_auction",
    "auctions_bid",
    "payments_paymentintent",
    "notifications_letter",
    "notifications_bookmark",
]


@pytest.fixture
def one_of_each(cast: Cast) -> None:
    """A sale, a payment that is begun, a bid, a message, a rule; acted on as the owner."""
    a_sale(cast.bo, cast.saga)
    a_payment(a_won_bid(cast.bo, cast.saga))
    place_bid(an_auction(cast.saga), buyer=cast.bo, amount_minor=600_000, currency="SEK", at=NOON)
    deliver(event_of("price.updated", {"id": "price_1"}))
    CommissionRule.objects.create(
        seller=cast.saga, rate_bp=700, minimum_minor=100, maximum_minor=200, currency="SEK"
    )
    write_letters(at=timezone.now())
    post_journal(key="eur", currency="EUR", lines=[Line("stripe:clearing", "suspense", 1)], at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def run(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize(("name", "table", "changed", "which"), REFUSED, ids=[row[0] for row in REFUSED])
def test_the_database_refuses_the_row(
    one_of_each: None, name: str, table: str, changed: str, which: str
) -> None:
    columns = ", ".join(_written_columns(table))
    changes = f"(jsonb_populate_record(row, jsonb_build_object({changed}))).*"
    copies = f"SELECT {changes} FROM {table} AS row WHERE {which} ORDER BY row.id LIMIT 2"

    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        run(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM ({copies}) AS copy")


def _written_columns(table: str) -> list[str]:
    """Without those that the database works out itself."""
    told = run(
        f"""
        SELECT column_name FROM information_schema.columns
        WHERE table_name = '{table}' AND is_generated = 'NEVER' ORDER BY ordinal_position
        """
    )
    return [name for (name,) in told]


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_what_is_kept_not_even_the_owner_removes(one_of_each: None, table: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic():
        run(statement.format(table))


def test_a_paid_bid_stays_so_for_the_owner_too(one_of_each: None) -> None:
    with pytest.raises(DatabaseError, match="is paid and stays so"), transaction.atomic():
        run("UPDATE auctions_bid SET status = 'lost', paid_at = NULL WHERE status = 'paid'")


def test_a_constraint_without_a_row_here_is_seen(db: None) -> None:
    """But primary and foreign keys with what they lean on, and Django's own checks of positive numbers."""
    of_the_rooms = f"::regclass::text ~ '^({'|'.join(ROOMS)})_'"
    stands = run(
        f"""
        SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid{of_the_rooms}
        UNION SELECT indexrelid::regclass::text FROM pg_index
        WHERE indisunique AND NOT indisprimary AND indrelid{of_the_rooms}
        """
    )
    told = {row[0] for row in REFUSED} - {"posting_debit_in_its_currency", "posting_credit_in_its_currency"}

    assert {name for (name,) in stands if not name.endswith("_check")} - LEANT_ON == told
