"""How a payment is split between the platform and the seller, to the last öre."""

from money.currencies import payout_unit_minor

FULL_RATE_BP = 10_000


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two non-negative integers, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def split_commission(
    total_minor: int,
    rate_bp: int,
    *,
    currency: str,
    minimum_minor: int | None = None,
    maximum_minor: int | None = None,
) -> tuple[int, int]:
    """(commission, seller's part) of a payment; their sum is the total, always.

    The commission is total × rate rounded half up, held within minimum and maximum, rounded to the
    currency's payout unit (HUF, TWD, ISK, UGX: 100; three-decimal: 10; else 1) and never above the
    total. What a total that is no multiple of the unit leaves over goes to the platform, so that the
    seller's part can always be paid out.
    """
    commission_minor = half_up(total_minor * rate_bp, FULL_RATE_BP)
    if maximum_minor is not None:
        commission_minor = min(commission_minor, maximum_minor)
    if minimum_minor is not None:
        commission_minor = max(commission_minor, minimum_minor)

    unit = payout_unit_minor(currency)
    commission_minor = min(total_minor, half_up(commission_minor, unit) * unit)
    seller_minor = (total_minor - commission_minor) // unit * unit
    return total_minor - seller_minor, seller_minor


def split_vat(commission_minor: int, vat_bp: int) -> tuple[int, int]:
    """(net, VAT) of a commission that includes VAT at `vat_bp` basis points: 77000, 2500 -> 61600, 15400."""
    vat_minor = half_up(commission_minor * vat_bp, FULL_RATE_BP + vat_bp)
    return commission_minor - vat_minor, vat_minor
