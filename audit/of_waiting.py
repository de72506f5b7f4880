"""What may not wait for long."""

from audit.looking import Look

MESSAGE_MAY_WAIT = "10 minutes"
CALL_MAY_DOUBT = "23 hours"
MOVEMENT_MAY_WAIT = "1 hour"


def message_does_not_wait_long(look: Look) -> list[str]:
    """No message waits longer than ten minutes for its effect."""
    return look.ids(
        """
        SELECT event_id
        FROM inbox_message
        WHERE state = 'received' AND received_at < %(at)s - %(wait)s::interval""",
        wait=MESSAGE_MAY_WAIT,
    )


def letter_does_not_wait_long(look: Look) -> list[str]:
    """No letter waits longer than ten minutes to be sent."""
    return look.ids(
        """
        SELECT id
        FROM notifications_letter
        WHERE state = 'waiting' AND written_at < %(at)s - %(wait)s::interval""",
        wait=MESSAGE_MAY_WAIT,
    )


def call_is_not_in_doubt_long(look: Look) -> list[str]:
    """No call to Stripe is in doubt for as long as its key may have been forgotten."""
    return look.ids(
        """
        SELECT id
        FROM gateway_stripecall
        WHERE state IN ('sent', 'unknown') AND first_sent_at < %(at)s - %(doubt)s::interval""",
        doubt=CALL_MAY_DOUBT,
    )


def movement_is_named_soon(look: Look) -> list[str]:
    """No movement of our balance at Stripe is without a name, or in suspense and unexplained, for an hour."""
    return look.ids(
        """
        SELECT stripe_id
        FROM treasury_balancetransaction AS movement
        WHERE (journal_key IS NULL OR journal_key LIKE 'suspense:%%')
            AND kept_at < %(at)s - %(wait)s::interval
            AND NOT EXISTS (
                SELECT FROM treasury_break AS told
                WHERE told.explained_by_id IS NOT NULL
                    AND (told.object_type = 'movement' AND told.object_id = movement.stripe_id
                        OR told.object_id = movement.source AND movement.source <> ''))""",
        wait=MOVEMENT_MAY_WAIT,
    )
