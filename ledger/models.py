"""The books: accounts, journals, postings. Append-only; a correction is a new journal."""

from django.db import models
from django.db.models import F, Q


class Account(models.Model):
    """A place money can be, in one currency; its code is its address: `seller:12:payable`.

    Only accounts with an owner keep their balance on the row. The others would make every payment in
    the system queue for one row, so their balance is the sum of their postings.
    """

    class Side(models.TextChoices):
        DEBIT = "debit"
        CREDIT = "credit"

    code = models.TextField()
    currency = models.CharField(max_length=3)
    side = models.CharField(max_length=6, choices=Side.choices)
    owner_id = models.BigIntegerField(null=True)
    balance_minor = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="account_code_once_per_currency", fields=["code", "currency"]),
            models.CheckConstraint(
                name="account_with_owner_keeps_its_balance",
                condition=Q(owner_id__isnull=True, balance_minor__isnull=True)
                | Q(owner_id__isnull=False, balance_minor__isnull=False),
            ),
            models.CheckConstraint(name="account_never_below_zero", condition=Q(balance_minor__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class Journal(models.Model):
    """One business event in the books, once: `key` names it (`payment:<id>`)."""

    key = models.TextField(unique=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """An amount leaving one account for another. It cannot be written unbalanced.

    The database ties `currency` to both accounts, so that no posting crosses currencies.
    """

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="postings")
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", db_constraint=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits", db_constraint=False)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="posting_amount_positive", condition=Q(amount_minor__gt=0)),
            models.CheckConstraint(name="posting_accounts_differ", condition=~Q(debit=F("credit"))),
        ]

    def __str__(self) -> str:
        return f"{self.debit_id} -> {self.credit_id}: {self.amount_minor} {self.currency}"
