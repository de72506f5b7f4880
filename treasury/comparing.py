"""What was made at Stripe in the last three days beside what we know of it: charges, transfers, our payouts.

Whether all that we booked is there at Stripe the movements of our balance say, and the audit (O05).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from gateway.client import StripeAway, StripeRefused
from gateway.made import CHARGE, PAYOUT, TRANSFER, Made, list_made
from treasury.charges_beside_payments import differing_charges
from treasury.differences import Difference, keep_differences
from treasury.models import Watermark
from treasury.payouts_beside_attempts import differing_payouts
from treasury.transfers_beside_items import differing_transfers

PLACE = "objects"
LAST = timedelta(days=3)
# So much of them at a turn: after 24 turns all three days were looked at, and it begins anew.
PART = timedelta(hours=3)
MOST_AT_ONCE = 1_000

DIFFERING: dict[str, Callable[[list[Made]], list[Difference]]] = {
    CHARGE: differing_charges,
    TRANSFER: differing_transfers,
    PAYOUT: differing_payouts,
}


def compare_objects(*, at: datetime) -> int:
    """The next part of the last three days. Answers how many differences are new.

    Raises:
        StripeAway, StripeRefused: what was read is compared; the next turn begins with the same part.
    """
    place, _ = Watermark.objects.get_or_create(name=PLACE, defaults={"at": at - LAST})
    begin = max(place.at, at - LAST)
    end = begin + PART
    is_last = end >= at
    opened = compare_between(begin, None if is_last else end, at=at)
    as_it_was = Watermark.objects.filter(name=PLACE, at=place.at)
    as_it_was.update(at=at - LAST if is_last else end)
    return opened


def compare_between(since: datetime, until: datetime | None = None, *, at: datetime) -> int:
    """All that was made from then on and before `until`; a thousand things take as many statements as one.

    Raises:
        StripeAway, StripeRefused: what was read before is compared.
    """
    return sum(
        keep_made(together, at=at)
        for type in DIFFERING
        for together in in_sets(list_made(type, since=since, until=until))
    )


def keep_made(together: list[Made], *, at: datetime) -> int:
    """Compare things of one type and keep what differs. Answers how many differences are new."""
    if not together:
        return 0
    differences = DIFFERING[together[0].type](together)
    return keep_differences([(one.type, one.id) for one in together], differences, at=at)


def in_sets(pages: Iterable[list[Made]]) -> Iterator[list[Made]]:
    """The pages' things in larger sets; what was read before Stripe went away comes before the failure."""
    together: list[Made] = []
    try:
        for page in pages:
            together += page
            if len(together) >= MOST_AT_ONCE:
                yield together
                together = []
    except (StripeAway, StripeRefused):
        yield together
        raise
    yield together
