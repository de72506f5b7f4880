"""Test cards: which number or token stands for which behaviour."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.errors import CardDeclined

SUCCEEDS = "succeeds"
BYPASSES_PENDING = "bypasses_pending"
SLOW_WEBHOOKS = "slow_webhooks"
NEEDS_APPROVAL_UNLESS_SET_UP = "needs_approval_unless_set_up"
NEEDS_APPROVAL = "needs_approval"
REFUND_FAILS = "refund_fails"
DISPUTED_AS_FRAUDULENT = "disputed_as_fraudulent"
DISPUTED_AS_NOT_RECEIVED = "disputed_as_not_received"
ASKED_ABOUT = "asked_about"
SLOW_WEBHOOKS_DELAY_MS = 5000


@dataclass(frozen=True)
class TestCard:
    """A number, the behaviour it stands for, and the token names without `pm_card_`."""

    number: str
    behaviour: str
    tokens: tuple[str, ...] = ()


def _declined(number: str, behaviour: str, name: str) -> TestCard:
    return TestCard(number, behaviour, (f"visa_chargeDeclined{name}", f"chargeDeclined{name}"))


CARDS = (
    TestCard("4242424242424242", SUCCEEDS, ("visa",)),
    TestCard("4000056655665556", SUCCEEDS, ("visa_debit",)),
    TestCard("5555555555554444", SUCCEEDS, ("mastercard",)),
    TestCard("5200828282828210", SUCCEEDS, ("mastercard_debit",)),
    TestCard("5105105105105100", SUCCEEDS, ("mastercard_prepaid",)),
    TestCard("378282246310005", SUCCEEDS, ("amex",)),
    TestCard("6011111111111117", SUCCEEDS, ("discover",)),
    TestCard("3056930009020004", SUCCEEDS, ("diners",)),
    TestCard("3566002020360505", SUCCEEDS, ("jcb",)),
    TestCard("6200000000000005", SUCCEEDS, ("unionpay",)),
    TestCard("4000007520000008", SUCCEEDS, ("se",)),
    TestCard("4000000000000077", BYPASSES_PENDING, ("bypassPending",)),
    TestCard("4000000000990001", SLOW_WEBHOOKS, ("slowWebhooks",)),
    _declined("4000000000000002", "generic_decline", ""),
    _declined("4000000000009995", "insufficient_funds", "InsufficientFunds"),
    _declined("4000000000009987", "lost_card", "LostCard"),
    _declined("4000000000009979", "stolen_card", "StolenCard"),
    _declined("4000000000000069", "expired_card", "ExpiredCard"),
    _declined("4000000000000127", "incorrect_cvc", "IncorrectCvc"),
    _declined("4000000000000119", "processing_error", "ProcessingError"),
    TestCard("4000000000000341", "generic_decline", ("chargeCustomerFail", "visa_chargeCustomerFail")),
    TestCard("4000002500003155", NEEDS_APPROVAL_UNLESS_SET_UP, ("authenticationRequiredOnSetup",)),
    TestCard("4000002760003184", NEEDS_APPROVAL, ("authenticationRequired",)),
    TestCard("4000000000003220", NEEDS_APPROVAL, ("threeDSecure2Required",)),
    TestCard("4000000000000259", DISPUTED_AS_FRAUDULENT, ("createDispute",)),
    TestCard("4000000000002685", DISPUTED_AS_NOT_RECEIVED, ("createDisputeProductNotReceived",)),
    TestCard("4000000000001976", ASKED_ABOUT, ("createDisputeInquiry",)),
    TestCard("4000000000005126", REFUND_FAILS, ("refundFail",)),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {token: card for card in CARDS for token in card.tokens}

BRANDS = (
    ("34", "amex"), ("37", "amex"), ("30", "diners"), ("36", "diners"), ("38", "diners"), ("35", "jcb"),
    ("62", "unionpay"), ("60", "discover"), ("65", "discover"), ("5", "mastercard"), ("2", "mastercard"),
    ("4", "visa"),
)  # fmt: skip

# code, decline code, message, what the issuer advises
DECLINES = {
    "generic_decline": ("card_declined", "generic_decline", "Your card was declined.", "try_again_later"),
    "insufficient_funds": (
        "card_declined", "insufficient_funds", "Your card has insufficient funds.", "try_again_later"
    ),
    "lost_card": ("card_declined", "lost_card", "Your card was declined.", "do_not_try_again"),
    "stolen_card": ("card_declined", "stolen_card", "Your card was declined.", "do_not_try_again"),
    "expired_card": ("expired_card", "expired_card", "Your card has expired.", "do_not_try_again"),
    "incorrect_cvc": (
        "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "try_again_later"
    ),
    "processing_error": (
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "try_again_later",
    ),
    "authentication_required": (
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
        "try_again_later",
    ),
}  # fmt: skip


def card_of_token(token: str) -> TestCard | None:
    """The card behind `pm_card_visa` or `tok_visa`, if it is one."""
    for prefix in ("pm_card_", "tok_"):
        if token.startswith(prefix):
            return BY_TOKEN.get(token.removeprefix(prefix))
    return None


def behaviour_of(number: str) -> str:
    """What a charge of this number does; numbers without a story succeed."""
    known = BY_NUMBER.get(number)
    return known.behaviour if known else SUCCEEDS


def describe_card(
    number: str, *, exp_month: int, exp_year: int, cvc: str | None, today: date
) -> dict[str, Any]:
    """The card as a payment method shows it; the number itself is not kept.

    Raises:
        CardDeclined: the number, the date or the security code cannot be right.
    """
    digits = number.replace(" ", "").replace("-", "")
    if digits not in BY_NUMBER and not _is_card_number(digits):
        raise _incorrect("incorrect_number", "number", "Your card number is incorrect.")
    check_expiry({"exp_month": exp_month, "exp_year": exp_year}, today=today)
    brand = next((name for prefix, name in BRANDS if digits.startswith(prefix)), "unknown")
    if cvc is not None and not re.fullmatch(r"[0-9]{4}" if brand == "amex" else r"[0-9]{3}", cvc):
        raise _incorrect("invalid_cvc", "cvc", "Your card's security code is invalid.")
    return _shown(digits, brand, exp_month, _full_year(exp_year), cvc)


def _shown(digits: str, brand: str, exp_month: int, exp_year: int, cvc: str | None) -> dict[str, Any]:
    fingerprint = hashlib.sha256(f"card:{digits}".encode()).hexdigest()[:16]
    return {
        "brand": brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": None if cvc is None else "unchecked",
        },
        "country": "SE" if digits == "4000007520000008" else "US",
        "display_brand": brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": fingerprint,
        "funding": "credit",
        "generated_from": None,
        "last4": digits[-4:],
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def check_expiry(card: dict[str, Any], *, today: date) -> None:
    """Refuse a card that is out of date.

    Raises:
        CardDeclined: no such month or year, or one that is past.
    """
    exp_month, exp_year = card["exp_month"], card["exp_year"]
    if not 1 <= exp_month <= 12:
        raise _incorrect("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
    year = _full_year(exp_year)
    if year < today.year or year > today.year + 50:
        raise _incorrect("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
    if (year, exp_month) < (today.year, today.month):
        raise _incorrect("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")


def _full_year(exp_year: int) -> int:
    return exp_year + 2000 if exp_year < 100 else exp_year


def _is_card_number(digits: str) -> bool:
    """The check digit of ISO/IEC 7812."""
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19):
        return False
    doubled = [int(one) * (2 if place % 2 else 1) for place, one in enumerate(reversed(digits))]
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _incorrect(code: str, param: str, message: str) -> CardDeclined:
    return CardDeclined(message, code=code, param=param)
