"""Reading the books."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from ledger.models import Account, Posting


def balance_minor(code: str, currency: str = "SEK") -> int:
    """What stands on the account, on its own side, in the currency's smallest unit; 0 if never used.

    An account with an owner answers from its row, the others from the sum of their postings.
    """
    account = Account.objects.filter(code=code, currency=currency).first()
    if account is None:
        return 0
    if account.balance_minor is not None:
        return account.balance_minor
    return posted_minor(account)


def balances_minor(places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The balances of accounts with an owner, by (code, currency); one statement for all. 0 if never used."""
    wanted = set(places)
    rows = Account.objects.filter(code__in={c for c, _ in wanted}, currency__in={c for _, c in wanted})
    found = {(row.code, row.currency): row.balance_minor or 0 for row in rows}
    return {place: found.get(place, 0) for place in wanted}


def owned_minor(*suffixes: str) -> dict[str, int]:
    """By currency, what stands on all owners' accounts whose code ends so (`payable`)."""
    named = Q(code__in=[])
    for suffix in suffixes:
        named |= Q(code__endswith=f":{suffix}")
    sums = Account.objects.filter(named, owner_id__isnull=False).values("currency")
    return {row["currency"]: int(row["sum"]) for row in sums.annotate(sum=Sum("balance_minor"))}


def moved_minor(code: str, keys: Iterable[str]) -> dict[str, dict[str, int]]:
    """By journal and currency, what each journal put on an account (below 0: took from it), debit side up."""
    there = Posting.objects.filter(Q(debit__code=code) | Q(credit__code=code), journal__key__in=list(keys))
    sums = there.values("journal__key", "currency").annotate(
        debit=Coalesce(Sum("amount_minor", filter=Q(debit__code=code)), 0),
        credit=Coalesce(Sum("amount_minor", filter=Q(credit__code=code)), 0),
    )
    moved: dict[str, dict[str, int]] = defaultdict(dict)
    for row in sums:
        moved[row["journal__key"]][row["currency"]] = int(row["debit"]) - int(row["credit"])
    return moved


def platform_balances_minor() -> dict[tuple[str, str], int]:
    """What stands on every account without an owner, by (code, currency), on its own side; one statement."""
    rows = Account.objects.filter(owner_id=None).annotate(
        debit=Coalesce(Subquery(_posted("debit")), 0), credit=Coalesce(Subquery(_posted("credit")), 0)
    )
    return {
        (row.code, row.currency): int(
            row.debit - row.credit if row.side == Account.Side.DEBIT else row.credit - row.debit
        )
        for row in rows
    }


def balances_of_owner(owner_id: int) -> dict[tuple[str, str], int]:
    """What stands on each account of one owner, by (code, currency); one statement."""
    rows = Account.objects.filter(owner_id=owner_id).order_by("currency", "code")
    return {(row.code, row.currency): row.balance_minor or 0 for row in rows}


def _posted(end: str) -> QuerySet[Posting]:
    """The sum of the postings with this end on the account."""
    touching = Posting.objects.filter(**{end: OuterRef("pk")}).order_by().values(end)
    return touching.annotate(sum=Sum(F("amount_minor"))).values("sum")


def posted_minor(account: Account) -> int:
    """The balance as the postings tell it, whatever the row says."""
    touching = Posting.objects.filter(Q(debit=account) | Q(credit=account))
    sums = touching.aggregate(
        debit=Coalesce(Sum("amount_minor", filter=Q(debit=account)), 0),
        credit=Coalesce(Sum("amount_minor", filter=Q(credit=account)), 0),
    )
    difference = int(sums["debit"]) - int(sums["credit"])
    return difference if account.side == Account.Side.DEBIT else -difference
