"""All that must be true of the money at every moment: one function, one sentence, answering what breaks it.

Numbered as in the design: I what holds among our own rows, L between lines and books, O beside Stripe. The
statements know nothing of the code that writes the rows: they are a second mind.
"""

from collections.abc import Callable

from audit import of_books, of_differences, of_payouts, of_sales, of_seals, of_stripe, of_waiting
from audit.looking import Look

Invariant = Callable[[Look], list[str]]

INVARIANTS: dict[str, Invariant] = {
    "I01": of_sales.sale_has_its_two_lines,
    "I02": of_sales.line_is_of_a_sale,
    "I03": of_sales.split_is_exact,
    "I04": of_sales.commission_is_as_agreed,
    "I05": of_books.journal_has_postings,
    "I06": of_sales.success_is_booked_once,
    "I07": of_books.posting_keeps_its_currency,
    "I08p": of_books.platform_account_is_not_below_zero,
    "I09": of_payouts.line_is_on_one_schedule,
    "I10": of_payouts.schedule_is_what_its_items_are,
    "I10i": of_payouts.item_adds_up,
    "I11": of_payouts.completed_line_is_in_the_bank,
    "I12": of_payouts.transferred_item_has_its_transfer,
    "I12p": of_payouts.schedule_on_its_way_has_its_payout,
    "I13": of_payouts.reservation_is_resolved_once,
    "I14": of_sales.sale_has_paid_its_bid,
    "I15": of_sales.auction_is_sold_once,
    "I18": of_sales.booked_success_stays,
    "I20": of_sales.handled_success_has_its_effect,
    "I23": of_sales.worlds_do_not_mix,
    "I24": of_seals.sealed_row_is_as_it_was,
    "I24h": of_seals.exported_head_stands,
    "L1": of_books.lines_are_the_books,
    "L2": of_books.in_transit_lies_somewhere,
    "L7": of_sales.commission_income_is_its_lines,
    "L8": of_payouts.payout_is_its_schedules,
    "L9": of_sales.passed_on_win_cannot_be_paid,
    "O01": of_differences.charge_is_of_a_payment,
    "O02": of_differences.transfer_is_of_an_item,
    "O05c": of_differences.connected_account_has_what_is_booked,
    "O06": of_differences.payout_is_of_an_attempt,
}
# These have to see every row, so they wait for the night; what they forbid a constraint refuses already, or
# one of those above finds at once.
OF_EVERYTHING: dict[str, Invariant] = {
    "I08": of_books.kept_balance_is_its_postings,
    "I14b": of_sales.paid_bid_has_its_sale,
    "I22": of_stripe.effect_happened_once,
    "I24s": of_seals.row_behind_the_head_is_sealed,
    "L5": of_stripe.movement_is_booked_as_it_was,
    "O05": of_stripe.booked_movement_is_known_to_stripe,
}
# What is late is told, and stops nothing: no money is wrong.
LATENESSES: dict[str, Invariant] = {
    "I19": of_waiting.message_does_not_wait_long,
    "I21": of_waiting.letter_does_not_wait_long,
    "I22d": of_waiting.call_is_not_in_doubt_long,
    "I25": of_seals.row_is_sealed_soon,
    "L6": of_waiting.movement_is_named_soon,
    "O08": of_differences.difference_is_mended_soon,
}
