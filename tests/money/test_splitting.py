"""The split of a payment: exact, bounded, and rounded once."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.currencies import payout_unit_minor
from money.splitting import half_up, split_commission, split_vat

CURRENCIES = ["SEK", "EUR", "JPY", "KWD", "HUF", "TWD", "ISK", "UGX"]
totals = st.integers(1, 99_999_999)
rates = st.integers(0, 10_000)
bounds = st.none() | st.integers(0, 10_000_000)


def test_the_reference_sale() -> None:
    assert split_commission(1_100_000, 700, currency="SEK") == (77_000, 1_023_000)


@given(
    total_minor=totals, rate_bp=rates, currency=st.sampled_from(CURRENCIES), minimum=bounds, maximum=bounds
)
def test_the_parts_make_the_total_and_the_sellers_can_be_paid_out(
    total_minor: int, rate_bp: int, currency: str, minimum: int | None, maximum: int | None
) -> None:
    commission_minor, seller_minor = split_commission(
        total_minor, rate_bp, currency=currency, minimum_minor=minimum, maximum_minor=maximum
    )

    assert commission_minor + seller_minor == total_minor
    assert commission_minor >= 0 and seller_minor >= 0
    assert seller_minor % payout_unit_minor(currency) == 0


@given(total_minor=totals, rate_bp=rates)
def test_the_commission_is_the_nearest_ore_and_half_goes_up(total_minor: int, rate_bp: int) -> None:
    commission_minor, _ = split_commission(total_minor, rate_bp, currency="SEK")

    exact = Fraction(total_minor * rate_bp, 10_000)
    assert commission_minor - exact <= Fraction(1, 2)
    assert exact - commission_minor < Fraction(1, 2)


@pytest.mark.parametrize(
    ("total_minor", "rate_bp", "commission_minor"),
    [(50, 700, 4), (150, 700, 11), (21, 700, 1), (7, 5_000, 4)],
)
def test_examples_of_half_and_less(total_minor: int, rate_bp: int, commission_minor: int) -> None:
    assert split_commission(total_minor, rate_bp, currency="SEK")[0] == commission_minor


@pytest.mark.parametrize(
    ("minimum", "maximum", "commission_minor"),
    [
        (None, None, 7_000),
        (10_000, None, 10_000),
        (None, 5_000, 5_000),
        (200_000, None, 100_000),
        (10, 20, 20),
    ],
)
def test_minimum_and_maximum_hold_within_the_total(
    minimum: int | None, maximum: int | None, commission_minor: int
) -> None:
    split = split_commission(100_000, 700, currency="SEK", minimum_minor=minimum, maximum_minor=maximum)

    assert split[0] == commission_minor


def test_where_payouts_are_in_whole_units_the_commission_is_rounded_to_them() -> None:
    assert split_commission(1_230_000, 705, currency="HUF") == (86_700, 1_143_300)
    assert split_commission(1_230_050, 700, currency="HUF") == (86_150, 1_143_900)


def test_vat_is_within_the_commission() -> None:
    assert split_vat(77_000, 2_500) == (61_600, 15_400)


@given(commission_minor=st.integers(0, 10**9), vat_bp=st.integers(0, 10_000))
def test_net_and_vat_make_the_commission(commission_minor: int, vat_bp: int) -> None:
    assert sum(split_vat(commission_minor, vat_bp)) == commission_minor


def test_half_up() -> None:
    assert [half_up(n, 2) for n in range(5)] == [0, 1, 1, 2, 2]
