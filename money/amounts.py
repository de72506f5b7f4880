"""Amounts as people write them, and as integers. No float on the way, in either direction."""

import re

from money.currencies import charge_step_minor, decimals_of, minimum_charge_minor

PLAIN_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.([0-9]{1,3}))?")


class AmountRefused(ValueError):
    """The text is no amount in this currency. The message is a sentence for the person who typed it."""


def format_minor(amount_minor: int, currency: str) -> str:
    """1023000, "SEK" -> "10230.00"; 1500, "JPY" -> "1500"; a negative keeps its minus."""
    decimals = decimals_of(currency)
    if decimals == 0:
        return str(amount_minor)
    whole, part = divmod(abs(amount_minor), 10**decimals)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}"


def parse_amount(text: object, currency: str) -> int:
    """ "10230.00", "SEK" -> 1023000. Fewer decimals are filled up, more are refused.

    Raises:
        AmountRefused: a number instead of text, a sign, an exponent, a comma, spaces, too many decimals,
            or decimals where the currency has whole units only.
    """
    found = PLAIN_DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise AmountRefused('Write the amount as digits with a decimal point, such as "1500.00".')
    whole, part = found.group(1), found.group(2) or ""
    decimals = decimals_of(currency)
    if len(part) > decimals:
        raise AmountRefused(f"{currency} has {decimals} decimals.")
    amount_minor = int(whole + part.ljust(decimals, "0"))
    step = charge_step_minor(currency)
    if amount_minor % step:
        raise AmountRefused(f"{currency} is charged in steps of {format_minor(step, currency)}.")
    return amount_minor


def refuse_too_small(amount_minor: int, currency: str) -> None:
    """Raises AmountRefused below the smallest charge Stripe lists for the currency."""
    smallest = minimum_charge_minor(currency)
    if amount_minor < smallest:
        raise AmountRefused(f"The smallest amount is {format_minor(smallest, currency)} {currency}.")
