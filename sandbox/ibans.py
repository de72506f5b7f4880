"""Bank account numbers: which are right, and which stand for a payout that fails."""

import re

from sandbox.errors import StripeError

IBAN = re.compile(r"\A[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z")
PLAIN = re.compile(r"\A[0-9]{4,17}\Z")
PAYS = "SE3550000000054910000003"

# The last digits of an account number, and what becomes of a payout to it.
FAILS = {
    "000111111116": "no_account",
    "000111111113": "account_closed",
    "000222222227": "insufficient_funds",
    "000333333335": "debit_not_authorized",
    "000444444440": "invalid_currency",
    "000666666668": "could_not_process",
    "532013001": "no_account",
}
FAILS_LATE = {"000555555559": "account_closed", "000777777771": "could_not_process"}

MESSAGES = {
    "no_account": "The bank account could not be located.",
    "account_closed": "The bank account has been closed.",
    "insufficient_funds": "The Stripe account has insufficient funds to cover the payout.",
    "debit_not_authorized": "Debit transactions are not approved on the bank account.",
    "invalid_currency": "The bank was unable to process this payout because of its currency.",
    "could_not_process": "The bank could not process this payout.",
}


def check_account_number(number: str, *, country: str, param: str) -> str:
    """The number without spaces: an IBAN whose check digits hold, or plain digits in a country without.

    Raises:
        StripeError: account_number_invalid.
    """
    bare = re.sub(r"[\s-]", "", number).upper()
    right = (
        bare.startswith(country) and is_iban(bare) if country not in PLAIN_COUNTRIES else PLAIN.match(bare)
    )
    if not right:
        raise StripeError(
            f"The account number is not one of {country}.", code="account_number_invalid", param=param
        )
    return bare


PLAIN_COUNTRIES = ("US", "CA", "AU", "NZ", "SG", "HK", "JP", "GB")


def is_iban(bare: str) -> bool:
    """The check of ISO 13616: letters as numbers, the first four at the end, modulo 97."""
    if not IBAN.match(bare):
        return False
    turned = bare[4:] + bare[:4]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1


def fate_of(number: str) -> tuple[str | None, bool]:
    """(failure code, whether it comes after the payout was paid); no code for a payout that arrives."""
    for fates, late in ((FAILS, False), (FAILS_LATE, True)):
        for ending, code in fates.items():
            if number.endswith(ending):
                return code, late
    return None, False
