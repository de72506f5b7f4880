"""What stands at the edge of a rule, on its good side."""

from tests.security.rules.asking import Row, Statement
from tests.security.rules.fresh import BO, OTTO
from tests.security.rules.statements import ITEM, PAYMENT, SCHEDULE
from treasury.models import Break

BID, LINE, CALL, REQUEST = "auctions_bid", "payments_transaction", "gateway_stripecall", "api_keyedrequest"
POLICY, MOVEMENT, RULE = "payouts_payoutpolicy", "treasury_balancetransaction", "payments_commissionrule"
APP, CONFIRMED, BEING_MADE = (
    "people_authenticator",
    "row.confirmed_at IS NOT NULL",
    "row.confirmed_at IS NULL",
)
RUN, BREAK = "payouts_payoutrun", "treasury_break"

IN_SEK, HIGHEST = "row.currency = 'SEK' AND row.owner_id IS NOT NULL", "row.status = 'active'"
OPEN, BY_HAND = "row.state = 'scheduled' AND NOT row.is_closed", "row.kind = 'operator'"
PAID = "(SELECT id FROM payouts_payoutschedule WHERE state = 'paid')"
ANOTHER_RUN = "(SELECT id FROM payouts_payoutrun WHERE id <> row.run_id)"
UNTOLD = "(SELECT min(id) FROM events_event WHERE id NOT IN (SELECT event_id FROM notifications_letter))"
ON_ITS_WAY = "row.state = 'in_transit'"
STANDS, GONE = "row.object_id = 'tr_stands'", "row.object_id = 'tr_gone'"
RELEASED = f"'released_at', now(), 'released_by_id', {OTTO}"

ROWS = [
    Row("running_is_not_answered", REQUEST, "'running', true, 'status', null"),
    *[Row("break_kind_has_a_name", BREAK, f"'kind', '{kind}'") for kind in Break.Kind.values],
    *[Row("break_is_about_something", BREAK, f"'object_type', '{type}'") for type in Break.About.values],
    Row("break_is_a_difference", BREAK, "'expected_minor', -1, 'found_minor', 0"),
    Row("break_ends_after_it_began", BREAK, "'last_seen_at', row.first_seen_at", STANDS),
    Row("break_ends_after_it_began", BREAK, "'resolved_at', row.first_seen_at", GONE),
    Row("call_sent_has_its_time", CALL, "'state', 'refused'", "row.state = 'intent'"),
    Row("letter_sent_has_its_time", "notifications_letter", "'state', 'sent', 'sent_at', now()"),
    Row("bounds_are_amounts", RULE, "'minimum_minor', 0, 'maximum_minor', 0"),
    Row("bounds_have_a_currency", RULE, "'currency', '', 'minimum_minor', null, 'maximum_minor', null"),
    Row("rate_at_most_everything", RULE, "'rate_bp', 10000"),
    Row("rule_is_for_somebody_or_something", RULE, "'seller_id', null, 'category', 'maps'"),
    Row("rule_is_for_somebody_or_something", RULE, "'category', '', 'currency', 'EUR'"),
    *[
        Row("split_not_negative", PAYMENT, f"'{none}', 0, '{all_of_it}', row.total_minor")
        for none, all_of_it in (("commission_minor", "seller_minor"), ("seller_minor", "commission_minor"))
    ],
    Row(
        "tally_not_negative",
        "payments_tally",
        """'sales_minor', 1, 'payouts_pending_minor', 1, 'payouts_completed_minor', 1, 'purchases_minor', 1,
           'commission_paid_minor', 1""",
    ),
    Row("line_not_negative", LINE, "'amount_minor', 0"),
    *[
        Row("line_type_and_role", LINE, "'type', 'refund', 'earning_id', null", which)
        for which in ("row.role = 'buyer'", "row.role = 'seller'")
    ],
    Row(
        "earning_of_nothing_is_completed", "payouts_earning", "'amount_minor', 0", "row.status = 'completed'"
    ),
    Row(
        "earning_kept_is_a_part_of_it",
        "payouts_earning",
        "'kept_minor', row.amount_minor, 'kept_until', now()::date",
    ),
    Row("schedule_pays_something", SCHEDULE, "'state', 'canceled', 'total_minor', 0, 'item_count', 0"),
    Row("schedule_forced_by_somebody", SCHEDULE, f"'is_forced_early', true, 'chosen_by_id', {OTTO}"),
    Row(
        "item_not_negative",
        ITEM,
        """'refunded_minor', 1, 'contested_minor', 2, 'netted_minor', row.gross_minor - 3, 'net_minor', 0""",
        "row.state = 'waiting'",
    ),
    Row(
        "item_not_negative",
        ITEM,
        "'gross_minor', 0, 'netted_minor', 0, 'net_minor', 0",
        "row.state = 'waiting'",
    ),
    *[
        Row("attempt_made_has_its_payout", "payouts_payoutattempt", changed)
        for changed in (
            "'state', 'open', 'stripe_payout_id', null",
            "'state', 'refused', 'stripe_payout_id', null",
            "'state', 'returned'",
        )
    ],
    *[
        Row(
            "platform_payout_made_has_its_id",
            "treasury_platformpayout",
            f"'state', '{state}'",
            "row.state = 'in_transit'",
        )
        for state in ("paid", "failed")
    ],
    Row("policy_delay_in_bounds", POLICY, "'delay_days', 75"),
    *[Row("policy_weekly_has_its_day", POLICY, f"'interval', 'weekly', 'weekday', {day}") for day in (0, 4)],
    *[
        Row("policy_monthly_has_its_day", POLICY, f"'interval', 'monthly', 'month_day', {day}")
        for day in (1, 31)
    ],
    *[
        Row("policy_reserve_in_bounds", POLICY, f"'reserve_bp', {rate_bp}, 'reserve_days', {days}")
        for rate_bp, days in ((0, 0), (1, 1), (5000, 75))
    ],
    Row("hold_is_released_by_name", "payouts_hold", RELEASED),
    Row("breaker_is_released_by_name", "payouts_breaker", RELEASED),
    Row("run_second_person_is_another", RUN, f"'approved_at', now(), 'approved_by_id', {OTTO}"),
    Row(
        "run_second_person_is_another",
        RUN,
        "'second_needed', false, 'approved_at', now(), 'approved_by_id', row.made_by_id",
    ),
]

# What is one of a kind has others beside it that are of another kind, or over.
BESIDE = [
    Row("account_code_once_per_currency", "ledger_account", "'code', row.code, 'currency', 'EUR'", IN_SEK),
    Row("message_kept_once", "inbox_message", "'event_id', row.event_id, 'endpoint', 'connect'"),
    Row(
        "one_letter_an_event_and_person",
        "notifications_letter",
        f"'person_id', row.person_id, 'event_id', {UNTOLD}",
    ),
    Row(
        "one_preference_a_topic", "notifications_preference", "'person_id', row.person_id, 'topic', 'payouts'"
    ),
    Row("recovery_code_of_a_person", "people_recoverycode", f"'digest', row.digest, 'user_id', {OTTO}"),
    Row(
        "auction_has_one_winner",
        BID,
        "'auction_id', row.auction_id, 'status', 'expired'",
        "row.status = 'won'",
    ),
    Row("auction_has_one_highest_bid", BID, "'auction_id', row.auction_id, 'status', 'outbid'", HIGHEST),
    Row(
        "one_living_payment_a_bid",
        PAYMENT,
        "'bid_id', row.bid_id, 'status', 'canceled'",
        "row.outcome IS NULL",
    ),
    Row(
        "one_living_payment_a_bid",
        PAYMENT,
        "'bid_id', row.bid_id, 'auction_id', row.auction_id, 'outcome', 'returned'",
        "row.outcome = 'sale'",
    ),
    Row(
        "one_commission_and_one_payout",
        LINE,
        "'payment_intent_id', row.payment_intent_id",
        "row.type = 'refund'",
    ),
    Row("one_tally_a_currency", "payments_tally", "'currency', 'NOK'"),
    Row("one_rule_a_case", RULE, "'category', row.category, 'currency', 'EUR'"),
    Row("one_rule_a_case", RULE, f"'category', row.category, 'seller_id', {OTTO}"),
    Row("one_open_schedule_a_day", SCHEDULE, "", OPEN),
    Row(
        "one_open_schedule_a_day", SCHEDULE, f"'scheduled_date', row.scheduled_date, 'seller_id', {BO}", OPEN
    ),
    Row("one_open_schedule_a_day", SCHEDULE, "'scheduled_date', row.scheduled_date, 'is_closed', true", OPEN),
    Row("one_open_schedule_a_day", SCHEDULE, "'scheduled_date', row.scheduled_date, 'currency', 'EUR'", OPEN),
    Row("one_live_item", ITEM, "'earning_id', row.earning_id, 'state', 'dropped'", "row.state = 'reserved'"),
    Row("one_live_item", ITEM, "'earning_id', row.earning_id", "row.state = 'dropped'"),
    Row(
        "one_live_item",
        ITEM,
        "'earning_id', row.earning_id, 'part', 'reserve_release'",
        "row.part = 'sale' AND row.state = 'waiting'",
    ),
    Row("one_open_hold_of_a_kind", "payouts_hold", f"'seller_id', row.seller_id, {RELEASED}"),
    Row("one_open_hold_of_a_kind", "payouts_hold", "'seller_id', row.seller_id, 'kind', 'approval'", BY_HAND),
    Row(
        "one_open_hold_of_a_kind",
        "payouts_hold",
        f"'seller_id', row.seller_id, 'schedule_id', {PAID}",
        BY_HAND,
    ),
    Row(
        "one_approval_a_run",
        "payouts_payoutapproval",
        f"'schedule_id', row.schedule_id, 'run_id', {ANOTHER_RUN}",
    ),
    Row("one_open_breaker_a_cause", "payouts_breaker", f"'cause', row.cause, {RELEASED}"),
    Row("call_attempt_once", CALL, "'object_id', row.object_id, 'attempt', 2", "row.state = 'intent'"),
    *[
        Row(rule, CALL, f"'object_id', row.object_id, '{column}', 'x'", f"row.state = '{state}'")
        for rule, state in (("call_attempt_once", "intent"), ("call_done_once", "done"))
        for column in ("purpose", "object_type")
    ],
    Row("call_done_once", CALL, "'object_id', row.object_id, 'attempt', 2", "row.state = 'refused'"),
    Row("one_open_platform_payout", "treasury_platformpayout", "'currency', row.currency", ON_ITS_WAY),
    *[
        Row("journal_stands_for_one_movement", MOVEMENT, "", f"row.{which}")
        for which in ("journal_key IS NULL", "journal_key = 'suspense:txn_lost'")
    ],
    *[
        Row("one_open_break_a_kind", BREAK, f"'object_id', row.object_id, {changed}", STANDS)
        for changed in (
            "'kind', 'fee'",
            "'object_type', 'payout'",
            "'currency', 'EUR'",
            "'resolved_at', now()",
        )
    ],
    Row("key_once_a_user_and_path", REQUEST, "'key', row.key, 'path', '/api/another/'"),
    Row("key_once_a_user_and_path", REQUEST, f"'key', row.key, 'user_id', {OTTO}"),
]


def _taken(trigger: str, table: str, changed: str, which: str) -> Statement:
    return Statement(trigger, table, f"UPDATE {table} SET {changed} WHERE {which}", "")


# What was canceled and is paid after all is returned; what is not reserved yet may move.
STATEMENTS = [
    _taken(
        "payment_guarded",
        PAYMENT,
        """status = 'succeeded', outcome = 'returned', succeeded_at = now(), charged_at = now(),
           stripe_charge_id = 'ch_late'""",
        "status = 'canceled'",
    ),
    _taken("payment_guarded", PAYMENT, "last_error = '{}'", "status = 'canceled'"),
    _taken("payment_guarded", PAYMENT, "status = 'processing'", "status = 'requires_payment_method'"),
    *[
        _taken(
            "item_guarded",
            ITEM,
            f"""schedule_id = (SELECT id FROM {SCHEDULE} WHERE state = 'held'), refunded_minor = 1,
                contested_minor = 1, netted_minor = 1, net_minor = gross_minor - 3""",
            f"state = '{state}'",
        )
        for state in ("waiting", "dropped")
    ],
    _taken("schedule_guarded", SCHEDULE, "total_minor = total_minor + 1", "state = 'scheduled'"),
    _taken("bid_paid_stays", "auctions_bid", "status = 'expired'", "status = 'won'"),
    *[
        _taken("movement_guarded", MOVEMENT, "journal_key = 'found'", f"stripe_id = '{stripe_id}'")
        for stripe_id in ("txn_unnamed", "txn_lost")
    ],
    _taken("movement_guarded", MOVEMENT, "kept_at = now()", "type = 'transfer'"),
    _taken("break_guarded", "treasury_break", "resolved_at = now()", "object_id = 'tr_stands'"),
]
