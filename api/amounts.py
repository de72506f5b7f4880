"""Amounts in requests."""

from api.problems import invalid
from money.amounts import AmountRefused, format_minor, parse_amount
from money.currencies import LARGEST_CHARGE_MINOR


def read_amount(text: str, currency: str, *, field_name: str) -> int:
    """The amount in the currency's smallest unit.

    Raises:
        Refused: it is no amount, as a problem of that field.
    """
    try:
        return parse_amount(text, currency)
    except AmountRefused as refused:
        raise invalid(field_name, str(refused)) from refused


def read_reserve(text: str, currency: str) -> int:
    """A reserve price in the smallest unit: nothing that no card can pay.

    Raises:
        Refused: see there.
    """
    reserve_minor = read_amount(text, currency, field_name="reserve_price")
    if reserve_minor > LARGEST_CHARGE_MINOR:
        largest = format_minor(LARGEST_CHARGE_MINOR, currency)
        raise invalid("reserve_price", f"The largest amount that can be charged is {largest} {currency}.")
    return reserve_minor
