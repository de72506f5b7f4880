"""What a decline means for the buyer, and what to do: by Stripe's code, never by words in its text."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext

SENTENCES: dict[str, Callable[[], str]] = {
    "insufficient_funds": lambda: gettext("There is not enough money on the card. Use another card."),
    "expired_card": lambda: gettext("The card has expired. Use another card."),
    "incorrect_cvc": lambda: gettext("The security code is wrong. Check the digits and try again."),
    "invalid_cvc": lambda: gettext("The security code is wrong. Check the digits and try again."),
    "incorrect_number": lambda: gettext("The card number is wrong. Check the digits and try again."),
    "invalid_number": lambda: gettext("The card number is wrong. Check the digits and try again."),
    "invalid_expiry_month": lambda: gettext("The expiry date is wrong. Check it and try again."),
    "invalid_expiry_year": lambda: gettext("The expiry date is wrong. Check it and try again."),
    "lost_card": lambda: gettext("The bank does not allow this card. Use another card."),
    "stolen_card": lambda: gettext("The bank does not allow this card. Use another card."),
    "fraudulent": lambda: gettext("The bank does not allow this card. Use another card."),
    "card_not_supported": lambda: gettext("The card cannot be used for this purchase. Use another card."),
    "currency_not_supported": lambda: gettext("The card cannot be used for this purchase. Use another card."),
    "card_velocity_exceeded": lambda: gettext(
        "The card's limit is reached. Use another card, or ask your bank."
    ),
    "withdrawal_count_limit_exceeded": lambda: gettext(
        "The card's limit is reached. Use another card, or ask your bank."
    ),
    "authentication_required": lambda: gettext(
        "Your bank wants you to confirm. Try again and approve it there."
    ),
    "payment_intent_authentication_failure": lambda: gettext(
        "The payment was not approved in your bank. Try again, or use another card."
    ),
    "processing_error": lambda: gettext("The bank could not take the payment now. Try again in a moment."),
    "try_again_later": lambda: gettext("The bank could not take the payment now. Try again in a moment."),
    "issuer_not_available": lambda: gettext(
        "The bank could not take the payment now. Try again in a moment."
    ),
}


def nothing_charged() -> str:
    return gettext("Nothing was charged.")


def any_other_decline() -> str:
    return gettext("Your bank declined the card. Try another card, or ask your bank why.")


def decline_sentence(last_error: Mapping[str, Any]) -> str:
    """The most exact code that we know decides."""
    for code in (last_error.get("decline_code"), last_error.get("code")):
        if code in SENTENCES:
            return SENTENCES[code]()
    return any_other_decline()


def decline_sentences() -> dict[str, str]:
    """Every sentence by its code, for the page's script; `*` is for the rest."""
    return {code: sentence() for code, sentence in SENTENCES.items()} | {"*": any_other_decline()}
