"""Where a seller's money goes."""

from django.conf import settings
from django.db import models


class ConnectedAccount(models.Model):
    """A seller's account at Stripe, as Stripe last told it. Bank and identity never pass through us.

    `told_at` is when Stripe said so: an older word never overwrites a newer one. `deauthorized_at` is
    when the seller took our access away.
    """

    seller = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="connected_account")
    stripe_account_id = models.CharField(max_length=255, unique=True, null=True)
    details_submitted = models.BooleanField(default=False)
    payouts_enabled = models.BooleanField(default=False)
    transfers_active = models.BooleanField(default=False)
    manual_payouts = models.BooleanField(default=False)
    requirements = models.JSONField(default=list)
    disabled_reason = models.CharField(max_length=100, blank=True, default="")
    bank_account_id = models.CharField(max_length=255, blank=True, default="")
    bank_last4 = models.CharField(max_length=4, blank=True, default="")
    bank_country = models.CharField(max_length=2, blank=True, default="")
    bank_changed_at = models.DateTimeField(null=True)
    deauthorized_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.stripe_account_id or f"account of {self.seller_id}"
