"""Reading the books."""

from django.db.models import Q, Sum
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


def posted_minor(account: Account) -> int:
    """The balance as the postings tell it, whatever the row says."""
    touching = Posting.objects.filter(Q(debit=account) | Q(credit=account))
    sums = touching.aggregate(
        debit=Coalesce(Sum("amount_minor", filter=Q(debit=account)), 0),
        credit=Coalesce(Sum("amount_minor", filter=Q(credit=account)), 0),
    )
    difference = int(sums["debit"]) - int(sums["credit"])
    return difference if account.side == Account.Side.DEBIT else -difference
