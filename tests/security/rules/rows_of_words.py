"""Rows that hold a word which their column does not know."""

from __future__ import annotations

from django.apps import apps

from tests.security.rules.asking import Row

# Rows to copy that no other rule refuses then, where the first of the table is not one.
COPIED = {
    "auctions_bid": "row.status = 'active'",
    "gateway_stripecall": "row.state = 'done'",
    "inbox_message": "row.state = 'handled'",
    "payments_paymentintent": "row.status = 'requires_payment_method'",
    "payments_paymentintent.outcome": "row.status = 'succeeded'",
    "payouts_hold": "row.kind = 'operator'",
    "payouts_payoutitem": "row.state = 'waiting'",
    "payouts_payoutschedule": "row.state = 'scheduled' AND NOT row.is_closed",
}
ALSO = {"gateway_stripecall": ", 'result_id', ''"}


def columns_of_words() -> dict[tuple[str, str], set[str]]:
    """By table and column the words that our models know."""
    return {
        (model._meta.db_table, field.column): {word for word, _ in field.flatchoices}
        | ({""} if field.blank else set())
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.choices
    }


# Another rule knows the words of these, and says more.
KNOWN_OTHERWISE = {
    ("auctions_auction", "status"),
    ("payments_transaction", "role"),
    ("payments_transaction", "type"),
    ("payouts_payoutattempt", "state"),
    ("treasury_break", "kind"),
    ("treasury_break", "object_type"),
    ("treasury_platformpayout", "state"),
}

ROWS = [
    Row(
        f"{table}_{column}_known",
        table,
        f"'{column}', 'x'{ALSO.get(table, '')}",
        COPIED.get(f"{table}.{column}") or COPIED.get(table, "true"),
    )
    for table, column in sorted(columns_of_words().keys() - KNOWN_OTHERWISE)
]
