"""What Stripe says of each currency: its scale, its smallest payout step, its smallest charge."""

ZERO_DECIMAL = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
THREE_DECIMAL = frozenset("BHD IQD JOD KWD OMR TND".split())

# Amounts in these are two-decimal at Stripe, and whole units all the same.
WHOLE_UNITS_ONLY = frozenset({"ISK", "UGX"})
# These may be charged with decimals, and are paid out in whole units.
PAID_OUT_IN_WHOLE_UNITS = frozenset({"HUF", "TWD"}) | WHOLE_UNITS_ONLY

MINIMUM_CHARGE_MINOR = {
    "SEK": 300,
    "NOK": 300,
    "DKK": 250,
    "EUR": 50,
    "USD": 50,
    "CHF": 50,
    "GBP": 30,
    "PLN": 200,
    "JPY": 50,
}

# Stripe's smallest payouts; SEK's is unconfirmed.
MINIMUM_PAYOUT_MINOR = {
    "SEK": 2_000,
    "NOK": 2_000,
    "DKK": 2_000,
    "EUR": 100,
    "GBP": 100,
    "USD": 100,
    "CHF": 500,
}

LARGEST_CHARGE_MINOR = 99_999_999


def decimals_of(currency: str) -> int:
    """How many decimals a person writes: 2 for SEK, 0 for JPY, 3 for KWD. Source: Stripe, not CLDR."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def charge_step_minor(currency: str) -> int:
    """The step a charge must be a multiple of, in the smallest unit."""
    if currency in WHOLE_UNITS_ONLY:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def payout_unit_minor(currency: str) -> int:
    """The step a payout must be a multiple of, in the smallest unit: 100 for HUF, 10 for KWD, else 1."""
    if currency in PAID_OUT_IN_WHOLE_UNITS:
        return 100
    return 10 if currency in THREE_DECIMAL else 1


def minimum_charge_minor(currency: str) -> int:
    """The smallest charge, in the smallest unit; 1 where Stripe's refusal decides."""
    return MINIMUM_CHARGE_MINOR.get(currency, 1)


def minimum_payout_minor(currency: str) -> int:
    """The smallest payout, in the smallest unit; 1 where Stripe's refusal decides."""
    return MINIMUM_PAYOUT_MINOR.get(currency, 1)
