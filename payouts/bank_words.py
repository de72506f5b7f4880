"""Why a bank did not take a payout, in words: by Stripe's code for it."""

from collections.abc import Callable

from django.utils.translation import gettext, pgettext

CODES: dict[str, Callable[[], str]] = {
    "account_closed": lambda: pgettext("bank", "the account is closed"),
    "no_account": lambda: pgettext("bank", "there is no such account"),
    "invalid_account_number": lambda: pgettext("bank", "the account number is wrong"),
    "incorrect_account_holder_name": lambda: pgettext("bank", "the account has another holder"),
    "bank_account_restricted": lambda: pgettext("bank", "the account takes no payments"),
    "could_not_process": lambda: pgettext("bank", "the bank could not take it"),
    "declined": lambda: pgettext("bank", "the bank refused it"),
    "balance_insufficient": lambda: pgettext("bank", "the money is not available yet"),
    "failed": lambda: pgettext("bank", "the bank gave no reason"),
    "canceled": lambda: pgettext("bank", "it was cancelled"),
}


def bank_reason(code: str) -> str:
    """ "the account is closed", in the reader's language; nothing for a code we have no words for."""
    return CODES[code]() if code in CODES else ""


def bank_word(code: str) -> str:
    """The same; for a code we have no words for, the code."""
    return bank_reason(code) or gettext("code %s") % (code or "-")
