"""What Stripe tells of a seller's account."""

from __future__ import annotations

from gateway.accounts import AccountFacts
from payouts.models import ConnectedAccount


def told_of(account: ConnectedAccount, **changed: object) -> AccountFacts:
    """The account as it is, but for what changed."""
    told = {
        "id": account.stripe_account_id,
        "details_submitted": True,
        "payouts_enabled": True,
        "transfers_active": True,
        "manual_payouts": True,
        "requirements": (),
        "disabled_reason": "",
        "bank_account_id": account.bank_account_id,
        "bank_last4": account.bank_last4,
        "bank_country": account.bank_country,
    }
    return AccountFacts(**(told | changed))  # type: ignore[arg-type]
