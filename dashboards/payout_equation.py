"""What a payout adds up to: each term the sum of a column of its lines."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import F, JSONField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject

from payouts.models import PayoutItem, PayoutSchedule
from payouts.situations import Situation

Part = PayoutItem.Part


@dataclass(frozen=True)
class Equation:
    """sales − commission − kept + given − refunded − contested − netted = net, in the smallest unit.

    `kept` stays in the rolling reserve from `kept_from` on until `kept_until`; `given` comes back from it.
    """

    sales: int
    sales_minor: int
    commission_minor: int
    kept_minor: int
    kept_from: date | None
    kept_until: date | None
    given_minor: int
    refunded_minor: int
    contested_minor: int
    netted_minor: int
    net_minor: int

    @property
    def adds_up(self) -> bool:
        left = self.sales_minor - self.commission_minor - self.kept_minor + self.given_minor
        return left - self.refunded_minor - self.contested_minor - self.netted_minor == self.net_minor

    def holds_for(self, schedule: PayoutSchedule) -> bool:
        """Whether the lines add up to the payout itself."""
        return self.adds_up and self.net_minor == schedule.total_minor


def with_sums(schedules: QuerySet[PayoutSchedule]) -> QuerySet[PayoutSchedule]:
    """Each schedule with the sums of its live lines, in the same statement, however many they are."""
    live = PayoutItem.objects.filter(schedule=OuterRef("pk")).exclude(state=PayoutItem.State.DROPPED)
    total, is_sale = F("earning__line__payment_intent__total_minor"), Q(part=Part.SALE)
    kept = F("earning__amount_minor") - F("gross_minor")
    sums = JSONObject(
        sales_minor=Sum(total, filter=is_sale),
        commission_minor=Sum(total - F("earning__amount_minor"), filter=is_sale),
        kept_minor=Sum(kept, filter=is_sale),
        kept_from=Min("earning__kept_until", filter=is_sale),
        kept_until=Max("earning__kept_until", filter=is_sale),
        given_minor=Sum("gross_minor", filter=~is_sale),
        refunded_minor=Sum("refunded_minor"),
        contested_minor=Sum("contested_minor"),
        netted_minor=Sum("netted_minor"),
        net_minor=Sum("net_minor"),
    )
    added = live.order_by().values("schedule").annotate(sums=sums).values("sums")
    return schedules.annotate(sums=Subquery(added, output_field=JSONField()))


def equation_of(schedule: PayoutSchedule) -> Equation:
    """The equation as the lines stand; the schedule comes from `with_sums`."""
    sums: dict[str, Any] = schedule.sums or {}  # type: ignore[attr-defined]
    amounts: dict[str, Any] = {name: int(sums.get(name) or 0) for name in AMOUNTS}
    return Equation(
        **amounts,
        kept_from=_day(sums.get("kept_from")),
        kept_until=_day(sums.get("kept_until")),
        sales=schedule.item_count,
    )


def as_it_would_leave(equation: Equation, situation: Situation) -> Equation:
    """The same before it leaves: what a debt will take is taken off already."""
    netted_minor = sum(item.netted_minor for item in situation.items)
    return replace(equation, netted_minor=netted_minor, net_minor=situation.total_minor)


AMOUNTS = [name for name in Equation.__dataclass_fields__ if name.endswith("_minor")]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
