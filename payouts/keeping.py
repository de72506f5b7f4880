"""The rolling reserve: what a policy keeps back of each sale, and gives on its day."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from ledger.chart import payable, rolling_reserve
from ledger.posting import JournalDraft, Line, post_journals
from payouts.bank_days import PLATFORM_ZONE
from payouts.locking import lock_seller
from payouts.models import Earning, PayoutItem
from payouts.policies import part_kept_back, terms_of
from payouts.scheduling import place_parts


def apply_policies(earnings: list[Earning]) -> list[JournalDraft]:
    """Give each earning, not yet written, the policy it comes under; answers the journals of what is kept.

    They are to be written with the sales' own.
    """
    terms = terms_of({earning.seller_id for earning in earnings})
    kept = []
    for earning in earnings:
        policy = terms[earning.seller_id].policy
        earning.policy_id = policy.pk
        earning.kept_minor = part_kept_back(earning, policy)
        if earning.kept_minor:
            earning.kept_until = earning.paid_on + timedelta(days=policy.reserve_days)
            kept.append(_journal(earning, "kept", at=earning.created_at))
    return kept


def release_kept(*, limit: int, at: datetime) -> int:
    """Give back what was kept until today or before: a part of its own on a schedule of its own day.

    Answers how many. Twice is once.
    """
    today = at.astimezone(PLATFORM_ZONE).date()
    due = _unreleased().filter(kept_until__lte=today).order_by("kept_until", "pk")
    return sum(_release(earning, at=at) for earning in due[:limit])


def _unreleased() -> QuerySet[Earning]:
    released = PayoutItem.objects.filter(earning=OuterRef("pk"), part=PayoutItem.Part.RESERVE_RELEASE)
    kept = Earning.objects.filter(status=Earning.Status.PENDING, kept_minor__gt=0)
    return kept.exclude(Exists(released))


@transaction.atomic
def _release(earning: Earning, *, at: datetime) -> bool:
    lock_seller(earning.seller_id)
    if not _unreleased().filter(pk=earning.pk).exists():
        return False
    place_parts([(earning, PayoutItem.Part.RESERVE_RELEASE)], at=at)
    post_journals([_journal(earning, "released", at=at)])
    return True


def _journal(earning: Earning, what: str, *, at: datetime) -> JournalDraft:
    open_part, kept_part = payable(earning.seller_id), rolling_reserve(earning.seller_id)
    line = Line(open_part, kept_part, earning.kept_minor)
    if what == "released":
        line = Line(kept_part, open_part, earning.kept_minor)
    key = f"reserve:{earning.payment_id}:{what}"
    return JournalDraft(key=key, currency=earning.currency, lines=(line,), at=at)
