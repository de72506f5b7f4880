"""Amounts: to text and back without loss, and nothing accepted that a person would not write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.amounts import AmountRefused, format_minor, parse_amount, refuse_too_small
from money.currencies import (
    THREE_DECIMAL,
    WHOLE_UNITS_ONLY,
    ZERO_DECIMAL,
    charge_step_minor,
    decimals_of,
    payout_unit_minor,
)

CURRENCIES = sorted(ZERO_DECIMAL | THREE_DECIMAL | WHOLE_UNITS_ONLY | {"SEK", "EUR", "USD", "HUF", "TWD"})


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [
        (1_023_000, "SEK", "10230.00"),
        (1_500, "JPY", "1500"),
        (5, "SEK", "0.05"),
        (0, "SEK", "0.00"),
        (-77_000, "SEK", "-770.00"),
        (-5, "SEK", "-0.05"),
        (12_340, "KWD", "12.340"),
        (500_000, "ISK", "5000.00"),
        (5_000, "UGX", "50.00"),
    ],
)
def test_an_amount_is_shown_with_its_currencys_decimals(amount_minor: int, currency: str, text: str) -> None:
    assert format_minor(amount_minor, currency) == text


@pytest.mark.parametrize(
    ("decimals", "currencies"),
    [
        (0, "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"),
        (2, "SEK NOK DKK EUR USD CHF GBP PLN ISK UGX HUF TWD"),
        (3, "BHD IQD JOD KWD OMR TND"),
    ],
)
def test_the_scale_of_a_currency_is_stripes(decimals: int, currencies: str) -> None:
    assert {decimals_of(currency) for currency in currencies.split()} == {decimals}


@pytest.mark.parametrize(
    ("unit", "currencies"), [(100, "HUF TWD ISK UGX"), (10, "BHD IQD JOD KWD OMR TND"), (1, "SEK EUR JPY")]
)
def test_a_payout_is_a_multiple_of_the_currencys_unit(unit: int, currencies: str) -> None:
    assert {payout_unit_minor(currency) for currency in currencies.split()} == {unit}


@given(currency=st.sampled_from(CURRENCIES), steps=st.integers(0, 10**12))
def test_every_amount_of_every_currency_reads_back_as_it_was_written(currency: str, steps: int) -> None:
    amount_minor = steps * charge_step_minor(currency)

    assert parse_amount(format_minor(amount_minor, currency), currency) == amount_minor


@given(currency=st.sampled_from(CURRENCIES), amount_minor=st.integers(0, 10**15))
def test_the_text_has_exactly_the_currencys_decimals(currency: str, amount_minor: int) -> None:
    _, point, decimals = format_minor(amount_minor, currency).partition(".")

    assert len(decimals) == decimals_of(currency)
    assert bool(point) == bool(decimals)


def test_fewer_decimals_are_filled_up() -> None:
    assert parse_amount("11000", "SEK") == 1_100_000
    assert parse_amount("0.5", "SEK") == 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1,00",
        "1 000",
        "+1",
        "-1",
        "-0",
        "1e3",
        "1E309",
        "NaN",
        "inf",
        "0x10",
        "١٢",
        "１２",
        ".5",
        "5.",
        "01",
        "1.001",
        "1.2.3",
        "1\n",
        "99999999999999999999",
        "1_000",
        1,
        1.5,
        None,
        True,
        [],
        {"a": 1},
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(text: object) -> None:
    with pytest.raises(AmountRefused, match=r"\.$"):
        parse_amount(text, "SEK")


@pytest.mark.parametrize(
    ("text", "currency"), [("1.5", "JPY"), ("1.001", "KWD"), ("10.50", "ISK"), ("1.01", "UGX")]
)
def test_what_the_currency_cannot_be_charged_is_refused(text: str, currency: str) -> None:
    with pytest.raises(AmountRefused):
        parse_amount(text, currency)


@pytest.mark.parametrize(
    ("smallest", "currencies"),
    [(300, "SEK NOK"), (250, "DKK"), (200, "PLN"), (50, "EUR USD CHF JPY"), (30, "GBP"), (1, "KWD HUF")],
)
def test_the_smallest_charge_is_stripes(smallest: int, currencies: str) -> None:
    for currency in currencies.split():
        refuse_too_small(smallest, currency)
        with pytest.raises(AmountRefused):
            refuse_too_small(smallest - 1, currency)
