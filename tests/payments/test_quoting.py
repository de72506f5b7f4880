"""The commission rule that holds: the most specific, for the currency alone if there is one."""

from __future__ import annotations

import pytest

from payments.models import CommissionRule
from payments.quoting import quote_payment
from tests.cast import Cast, a_won_bid


def rate_of(cast: Cast, *, category: str = "clocks", currency: str = "SEK") -> int:
    return quote_payment(a_won_bid(cast.bo, cast.saga, category=category, currency=currency)).rate_bp


def test_without_a_rule_it_is_seven_percent(cast: Cast) -> None:
    quote = quote_payment(a_won_bid(cast.bo, cast.saga))

    assert (quote.commission_minor, quote.seller_minor, quote.rate_bp) == (77_000, 1_023_000, 700)
    assert quote.rule_id is None


def test_the_most_specific_rule_wins(cast: Cast) -> None:
    CommissionRule.objects.create(category="clocks", rate_bp=100)
    assert rate_of(cast) == 100
    CommissionRule.objects.create(seller=cast.saga, rate_bp=200)
    assert rate_of(cast) == 200
    CommissionRule.objects.create(seller=cast.saga, category="clocks", rate_bp=300)
    assert rate_of(cast) == 300


def test_of_two_for_one_case_the_one_for_the_currency_wins(cast: Cast) -> None:
    CommissionRule.objects.create(category="clocks", currency="SEK", rate_bp=100)
    CommissionRule.objects.create(category="clocks", rate_bp=200)
    CommissionRule.objects.create(category="clocks", currency="EUR", rate_bp=300)

    assert (rate_of(cast), rate_of(cast, currency="EUR"), rate_of(cast, currency="NOK")) == (100, 300, 200)


@pytest.mark.parametrize("category", ["", "stamps"])
def test_a_rule_for_somebody_or_something_else_does_not_hold(cast: Cast, category: str) -> None:
    CommissionRule.objects.create(category="clocks", rate_bp=100)
    CommissionRule.objects.create(seller=cast.saga, category="clocks", rate_bp=200)
    CommissionRule.objects.create(seller=cast.mallory, rate_bp=300)
    CommissionRule.objects.create(seller=cast.mallory, category=category or "clocks", rate_bp=400)

    assert rate_of(cast, category=category) == 700


@pytest.mark.parametrize(
    ("minimum", "maximum", "commission_minor"), [(90_000, None, 90_000), (None, 50_000, 50_000)]
)
def test_its_bounds_and_the_vat_are_copied_with_it(
    cast: Cast, settings, minimum: int | None, maximum: int | None, commission_minor: int
) -> None:
    settings.COMMISSION_VAT_BP = 2_500
    rule = CommissionRule.objects.create(
        seller=cast.saga, rate_bp=700, minimum_minor=minimum, maximum_minor=maximum, currency="SEK"
    )

    quote = quote_payment(a_won_bid(cast.bo, cast.saga))

    assert (quote.commission_minor, quote.minimum_minor, quote.maximum_minor) == (
        commission_minor,
        minimum,
        maximum,
    )
    assert (quote.rule_id, quote.vat_bp) == (rule.pk, 2_500)
