"""Rows that one rule refuses: what comes in, what goes out, and what looks at both."""

from tests.security.rules.asking import Row
from tests.security.rules.fresh import OTTO

MESSAGE, LETTER, CALL = "inbox_message", "notifications_letter", "gateway_stripecall"
MOVEMENT, OUR_PAYOUT = "treasury_balancetransaction", "treasury_platformpayout"
REQUEST, BREAK = "api_keyedrequest", "treasury_break"

RECEIVED, HANDLED = "row.state = 'received'", "row.state = 'handled'"
INTENT, DONE = "row.state = 'intent'", "row.state = 'done'"
OPEN, IN_TRANSIT = "row.state = 'open'", "row.state = 'in_transit'"
STANDS, GONE = "row.object_id = 'tr_stands'", "row.object_id = 'tr_gone'"
EXPLAINED = "row.object_id = 'tr_explained'"

OF_MESSAGES = [
    Row("message_kept_once", MESSAGE, "'event_id', row.event_id"),
    Row("message_handled_has_its_time", MESSAGE, "'handled_at', now()", RECEIVED),
    Row("message_handled_has_its_time", MESSAGE, "'handled_at', null", HANDLED),
    Row("one_letter_an_event_and_person", LETTER, "'person_id', row.person_id"),
    Row("notifications_letter_key_key", LETTER, "'key', row.key"),
    Row("one_preference_a_topic", "notifications_preference", "'person_id', row.person_id"),
    Row("letter_sent_has_its_time", LETTER, "'sent_at', now()"),
    Row("letter_sent_has_its_time", LETTER, "'state', 'sent'"),
    Row("letter_says_something", LETTER, "'subject', ''"),
    Row("letter_says_something", LETTER, "'text', ''"),
    Row("one_bookmark", "notifications_bookmark", "'id', 2"),
]

OF_CALLS = [
    Row("call_attempt_once", CALL, "'object_id', row.object_id", INTENT),
    Row("call_done_once", CALL, "'object_id', row.object_id, 'attempt', 2", DONE),
    Row("gateway_stripecall_idempotency_key_key", CALL, "'idempotency_key', row.idempotency_key"),
    Row("call_sent_has_its_time", CALL, "'first_sent_at', now()", INTENT),
    Row("call_sent_has_its_time", CALL, "'first_sent_at', null", DONE),
    Row("call_done_has_its_result", CALL, "'result_id', 'x'", INTENT),
    Row("call_done_has_its_result", CALL, "'result_id', ''", DONE),
]

OF_MOVEMENTS = [
    Row("treasury_balancetransaction_stripe_id_key", MOVEMENT, "'stripe_id', row.stripe_id"),
    Row("movement_adds_up", MOVEMENT, "'net_minor', row.net_minor + 1"),
    Row("movement_adds_up", MOVEMENT, "'fee_minor', row.fee_minor + 1"),
    Row("journal_stands_for_one_movement", MOVEMENT, "'journal_key', row.journal_key"),
    Row("treasury_watermark_name_key", "treasury_watermark", "'name', row.name"),
    Row("treasury_platformpayout_stripe_payout_id_key", OUR_PAYOUT, "'stripe_payout_id', 'po_1'", IN_TRANSIT),
    *[Row("platform_payout_pays", OUR_PAYOUT, f"'amount_minor', {minor}", OPEN) for minor in (0, -1)],
    Row("one_open_platform_payout", OUR_PAYOUT, "'currency', row.currency", OPEN),
    *[
        Row("platform_payout_made_has_its_id", OUR_PAYOUT, f"'state', '{state}'", IN_TRANSIT)
        for state in ("open", "refused")
    ],
    *[
        Row("platform_payout_made_has_its_id", OUR_PAYOUT, f"'state', '{state}'", OPEN)
        for state in ("in_transit", "paid", "failed")
    ],
    Row("audit_audit_kind_key", "audit_audit", "'kind', row.kind"),
    Row("row_sealed_once", "audit_seal", "'row_id', row.row_id"),
    Row("seal_counts_from_one", "audit_seal", "'id', 0"),
    Row("key_once_a_user_and_path", REQUEST, "'key', row.key"),
    Row("running_is_not_answered", REQUEST, "'running', true"),
]

OF_BREAKS = [
    Row("one_open_break_a_kind", BREAK, "'object_id', row.object_id", STANDS),
    Row("break_kind_has_a_name", BREAK, "'kind', 'x'"),
    Row("break_is_about_something", BREAK, "'object_type', 'x'"),
    Row("break_is_about_something", BREAK, "'object_id', ''"),
    Row("break_is_a_difference", BREAK, "'found_minor', row.expected_minor"),
    Row("break_ends_after_it_began", BREAK, "'last_seen_at', row.first_seen_at - interval '1 second'"),
    Row("break_ends_after_it_began", BREAK, "'resolved_at', row.first_seen_at - interval '1 second'", GONE),
    Row("break_is_explained_by_name", BREAK, "'reason', 'Known.'", GONE),
    Row("break_is_explained_by_name", BREAK, "'reason', ''", EXPLAINED),
    Row("break_is_explained_by_name", BREAK, f"'explained_by_id', {OTTO}", GONE),
    Row("break_is_explained_by_name", BREAK, "'explained_by_id', null", EXPLAINED),
    Row("break_is_explained_by_name", BREAK, "'resolved_at', null", EXPLAINED),
]

ROWS = [*OF_MESSAGES, *OF_CALLS, *OF_MOVEMENTS, *OF_BREAKS]
