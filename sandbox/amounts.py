"""Which amounts and currencies a charge may have."""

from sandbox.errors import StripeError, invalid

LARGEST_MINOR = 99_999_999
SMALLEST_MINOR = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "nzd": 50,
    "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
ZERO_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMALS = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
CURRENCIES = frozenset(
    (
        "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd "
        "cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq "
        "gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr "
        "lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen "
        "pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd "
        "top try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw"
    ).split()
)


def check_currency(currency: str) -> str:
    """The currency in lower case.

    Raises:
        StripeError: not one that can be charged.
    """
    lowered = currency.lower()
    if lowered not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", param="currency")
    return lowered


def shown(amount_minor: int, currency: str) -> str:
    """The amount as a person reads it: 1100000 sek is "11000.00 SEK"."""
    decimals = 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2
    sign = "-" if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**decimals)
    fraction = f".{part:0{decimals}d}" if decimals else ""
    return f"{sign}{whole}{fraction} {currency.upper()}"


def check_amount(amount_minor: int, currency: str, *, param: str = "amount") -> int:
    """The amount, in the currency's smallest unit, if it can be charged."""
    if amount_minor <= 0:
        raise invalid("Invalid positive integer", param=param, code="parameter_invalid_integer")
    smallest_minor = SMALLEST_MINOR.get(currency, 50)
    if amount_minor < smallest_minor:
        raise _outside("amount_too_small", f"Amount must be at least {smallest_minor}", param)
    if amount_minor > LARGEST_MINOR:
        raise _outside("amount_too_large", f"Amount must be no more than {LARGEST_MINOR}", param)
    if currency in THREE_DECIMALS and amount_minor % 10:
        message = f"The last digit of an amount in {currency.upper()} must be 0."
        raise invalid(message, param=param, code="parameter_invalid_integer")
    return amount_minor


def _outside(code: str, words: str, param: str) -> StripeError:
    return invalid(f"{words} in the currency's smallest unit.", param=param, code=code)
