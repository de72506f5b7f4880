"""Rows that one rule refuses: what sellers are owed, and its way to them."""

from tests.security.rules.asking import Row
from tests.security.rules.fresh import OTTO

ACCOUNT, EARNING, SCHEDULE = "payouts_connectedaccount", "payouts_earning", "payouts_payoutschedule"
ITEM, ATTEMPT, POLICY = "payouts_payoutitem", "payouts_payoutattempt", "payouts_payoutpolicy"
HOLD, BREAKER, RUN = "payouts_hold", "payouts_breaker", "payouts_payoutrun"

WHOLE, IN_PARTS = "row.kept_minor = 0", "row.kept_minor > 0"
OPEN, WAITING = "row.state = 'scheduled' AND NOT row.is_closed", "row.state = 'waiting'"
PAID, IN_TRANSIT = "row.state = 'paid'", "row.state = 'in_transit'"

OF_EARNINGS = [
    Row("payouts_connectedaccount_seller_id_key", ACCOUNT, "'seller_id', row.seller_id"),
    Row(
        "payouts_connectedaccount_stripe_account_id_key",
        ACCOUNT,
        "'stripe_account_id', row.stripe_account_id",
    ),
    Row("payouts_earning_payment_id_key", EARNING, "'payment_id', row.payment_id"),
    Row("earning_not_negative", EARNING, "'amount_minor', -1", f"row.status = 'completed' AND {WHOLE}"),
    Row(
        "earning_of_nothing_is_completed", EARNING, "'amount_minor', 0", f"row.status = 'pending' AND {WHOLE}"
    ),
    Row("earning_kept_is_a_part_of_it", EARNING, "'kept_minor', 1", WHOLE),
    Row("earning_kept_is_a_part_of_it", EARNING, "'kept_until', now()::date", WHOLE),
    Row("earning_kept_is_a_part_of_it", EARNING, "'kept_minor', row.amount_minor + 1", IN_PARTS),
    Row("earning_kept_is_a_part_of_it", EARNING, "'kept_minor', -1", IN_PARTS),
    Row("earning_kept_is_a_part_of_it", EARNING, "'kept_minor', 0", IN_PARTS),
    Row("earning_kept_is_a_part_of_it", EARNING, "'kept_until', null", IN_PARTS),
]

OF_SCHEDULES = [
    Row("payouts_payoutschedule_number_key", SCHEDULE, "'number', row.number"),
    Row("one_open_schedule_a_day", SCHEDULE, "'scheduled_date', row.scheduled_date", OPEN),
    *[Row("schedule_pays_something", SCHEDULE, f"'total_minor', {minor}", OPEN) for minor in (0, -1)],
    Row("schedule_has_items", SCHEDULE, "'item_count', 0", OPEN),
    Row("schedule_forced_by_somebody", SCHEDULE, "'is_forced_early', true", OPEN),
    Row("schedule_on_its_way_has_its_payout", SCHEDULE, "'payout_id', null", PAID),
    Row("schedule_on_its_way_has_its_payout", SCHEDULE, "'payout_id', null", IN_TRANSIT),
    *[
        Row(
            "schedule_reserved_has_its_destination",
            SCHEDULE,
            f"'state', '{state}', 'destination_{where}', ''",
            PAID,
        )
        for state in ("sending", "transferred", "in_transit", "paid", "returned")
        for where in ("account", "bank")
    ],
]

OF_ITEMS = [
    Row("one_live_item", ITEM, "'earning_id', row.earning_id", WAITING),
    Row(
        "payouts_payoutitem_stripe_transfer_id_key",
        ITEM,
        "'stripe_transfer_id', row.stripe_transfer_id",
        PAID,
    ),
    Row("item_adds_up", ITEM, "'net_minor', row.net_minor - 1", WAITING),
    *[
        Row("item_adds_up", ITEM, f"'{part}_minor', row.{part}_minor + 1", WAITING)
        for part in ("gross", "refunded", "contested", "netted")
    ],
    *[
        Row("item_not_negative", ITEM, f"'{part}_minor', -1, 'net_minor', row.net_minor + 1", WAITING)
        for part in ("refunded", "contested", "netted")
    ],
    Row("item_not_negative", ITEM, "'net_minor', -1, 'netted_minor', row.gross_minor + 1", WAITING),
    Row("item_not_negative", ITEM, "'gross_minor', -1, 'net_minor', -1", WAITING),
    Row("item_transferred_has_its_transfer", ITEM, "'stripe_transfer_id', 'tr_x'", WAITING),
    Row("item_transferred_has_its_transfer", ITEM, "'stripe_transfer_id', null", PAID),
    Row("item_transferred_has_its_transfer", ITEM, "'stripe_transfer_id', null", "row.state = 'transferred'"),
]

OF_ATTEMPTS = [
    Row("payouts_payoutattempt_stripe_payout_id_key", ATTEMPT, "'stripe_payout_id', row.stripe_payout_id"),
    *[Row("attempt_pays_something", ATTEMPT, f"'amount_minor', {minor}") for minor in (0, -1)],
    *[
        Row("attempt_made_has_its_payout", ATTEMPT, f"'state', '{state}', 'stripe_payout_id', null")
        for state in ("in_transit", "paid", "returned")
    ],
    *[
        Row("attempt_made_has_its_payout", ATTEMPT, f"'state', '{state}'", PAID)
        for state in ("open", "refused")
    ],
]

OF_POLICIES = [
    Row("policy_weekly_has_its_day", POLICY, "'interval', 'weekly'"),
    Row("policy_weekly_has_its_day", POLICY, "'interval', 'weekly', 'weekday', 5"),
    Row("policy_weekly_has_its_day", POLICY, "'weekday', 1"),
    Row("policy_monthly_has_its_day", POLICY, "'interval', 'monthly'"),
    Row("policy_monthly_has_its_day", POLICY, "'interval', 'monthly', 'month_day', 0"),
    Row("policy_monthly_has_its_day", POLICY, "'interval', 'monthly', 'month_day', 32"),
    Row("policy_monthly_has_its_day", POLICY, "'month_day', 1"),
    Row("policy_delay_in_bounds", POLICY, "'delay_days', 76"),
    *[
        Row("policy_reserve_in_bounds", POLICY, f"'reserve_bp', {rate_bp}, 'reserve_days', {days}")
        for rate_bp, days in ((5001, 30), (1000, 76), (1000, 0), (0, 30))
    ],
]

OF_HOLDS = [
    Row("one_open_hold_of_a_kind", HOLD, "'seller_id', row.seller_id", "row.kind = 'operator'"),
    Row("one_open_hold_of_a_kind", HOLD, "'seller_id', row.seller_id", "row.kind = 'pause'"),
    Row("hold_is_released_by_name", HOLD, "'released_at', now()"),
    Row("hold_is_released_by_name", HOLD, f"'released_by_id', {OTTO}"),
    Row("hold_pause_is_the_sellers", HOLD, "'kind', 'pause'", "row.kind = 'operator'"),
    Row("one_open_breaker_a_cause", BREAKER, "'cause', row.cause"),
    Row("breaker_is_released_by_name", BREAKER, "'released_at', now()"),
    Row("breaker_is_released_by_name", BREAKER, f"'released_by_id', {OTTO}"),
    Row("run_is_approved_by_name", RUN, "'approved_at', now()"),
    Row("run_is_approved_by_name", RUN, f"'approved_by_id', {OTTO}"),
    Row("run_second_person_is_another", RUN, "'approved_at', now(), 'approved_by_id', row.made_by_id"),
    Row("one_approval_a_run", "payouts_payoutapproval", "'schedule_id', row.schedule_id"),
]

ROWS = [*OF_EARNINGS, *OF_SCHEDULES, *OF_ITEMS, *OF_ATTEMPTS, *OF_POLICIES, *OF_HOLDS]
