"""Amounts as a reader of a page or a letter meets them. Integers all the way."""

from money.amounts import format_minor

NO_BREAK = "\u00a0"
MINUS = "\u2212"


def written_amount(amount_minor: int, currency: str, *, language: str) -> str:
    """1100000, "SEK" -> "11,000.00 SEK" in English, "11 000,00 kr" in Swedish; the spaces never break."""
    whole, _, part = format_minor(abs(amount_minor), currency).partition(".")
    swedish = language == "sv"
    grouped = f"{int(whole):,}".replace(",", NO_BREAK) if swedish else f"{int(whole):,}"
    number = f"{grouped}{',' if swedish else '.'}{part}" if part else grouped
    unit = "kr" if swedish and currency == "SEK" else currency
    return f"{MINUS if amount_minor < 0 else ''}{number}{NO_BREAK}{unit}"


def written_rate(rate_bp: int, *, language: str) -> str:
    """700 -> "7 %", 725 -> "7.25 %" (in Swedish with a comma)."""
    whole, hundredths = divmod(rate_bp, 100)
    part = f"{hundredths:02d}".rstrip("0")
    mark = "," if language == "sv" else "."
    return f"{whole}{mark + part if part else ''}{NO_BREAK}%"
