"""What a won bid costs, and how it will be split."""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from auctions.models import Bid
from money.splitting import split_commission
from payments.models import CommissionRule

DEFAULT_RATE_BP = 700


@dataclass(frozen=True)
class Quote:
    """Amounts in the smallest unit of `currency`; commission + seller's part = total."""

    currency: str
    total_minor: int
    commission_minor: int
    seller_minor: int
    rate_bp: int
    minimum_minor: int | None
    maximum_minor: int | None
    rule_id: int | None
    vat_bp: int | None


def quote_payment(bid: Bid) -> Quote:
    """The split of the bid under the commission rule that holds now."""
    rule = resolve_commission_rule(
        seller_id=bid.auction.seller_id, category=bid.auction.category, currency=bid.currency
    )
    commission_minor, seller_minor = split_commission(
        bid.amount_minor,
        rule.rate_bp,
        currency=bid.currency,
        minimum_minor=rule.minimum_minor,
        maximum_minor=rule.maximum_minor,
    )
    return Quote(
        currency=bid.currency,
        total_minor=bid.amount_minor,
        commission_minor=commission_minor,
        seller_minor=seller_minor,
        rate_bp=rule.rate_bp,
        minimum_minor=rule.minimum_minor,
        maximum_minor=rule.maximum_minor,
        rule_id=rule.pk,
        vat_bp=settings.COMMISSION_VAT_BP,
    )


def resolve_commission_rule(*, seller_id: int, category: str, currency: str) -> CommissionRule:
    """The most specific rule: seller and category, seller, category, and last the platform's 7 %.

    Of two for one case, the one for the currency alone. The default is a rule without an id.
    """
    for_seller, for_category = Q(seller=seller_id), Q(category=category)
    anyone, anything = Q(seller=None), Q(category="")
    matching = CommissionRule.objects.filter(
        (for_seller & for_category) | (for_seller & anything) | (anyone & for_category),
        currency__in=["", currency],
    )
    by_weight = sorted(
        matching, key=lambda rule: (rule.seller_id is None, rule.category == "", rule.currency == "")
    )
    return by_weight[0] if by_weight else CommissionRule(rate_bp=DEFAULT_RATE_BP)
