"""What must be true of the differences between Stripe and us that were found: none stands for long.

A charge, a transfer or a payout that nobody here knows, or of another amount, is wrong money.
"""

from audit.looking import Look

MAY_STAND = "1 hour"
STANDING = """
    SELECT object_id
    FROM treasury_break
    WHERE resolved_at IS NULL AND first_seen_at < %(at)s - %(stand)s::interval
        AND kind IN ('amount', 'unknown') AND object_type = %(about)s"""


def charge_is_of_a_payment(look: Look) -> list[str]:
    """A charge at Stripe is of a payment of ours and of its amount, or is explained within an hour."""
    return look.ids(STANDING, about="charge", stand=MAY_STAND)


def transfer_is_of_an_item(look: Look) -> list[str]:
    """A transfer at Stripe is of an item of ours and as it is booked, or is explained within an hour."""
    return look.ids(STANDING, about="transfer", stand=MAY_STAND)


def payout_is_of_an_attempt(look: Look) -> list[str]:
    """A payout at Stripe is of an attempt of ours and of its amount, or is explained within an hour."""
    return look.ids(STANDING, about="payout", stand=MAY_STAND)


def connected_account_has_what_is_booked(look: Look) -> list[str]:
    """What a seller has at Stripe stands on `stripe:connected`, or is explained within an hour."""
    return look.ids(
        """
        SELECT object_id
        FROM treasury_break
        WHERE resolved_at IS NULL AND first_seen_at < %(at)s - %(stand)s::interval
            AND kind IN ('amount', 'unknown')
            AND account_id <> '' AND object_type IN ('movement', 'account')""",
        stand=MAY_STAND,
    )


def difference_is_mended_soon(look: Look) -> list[str]:
    """No event is missing, and no fee or rest of a movement unexplained, for more than an hour."""
    return look.ids(
        """
        SELECT object_id
        FROM treasury_break
        WHERE resolved_at IS NULL AND first_seen_at < %(at)s - %(stand)s::interval
            AND (kind IN ('missing_event', 'fee')
                OR kind = 'amount' AND account_id = '' AND object_type = 'movement')""",
        stand=MAY_STAND,
    )
