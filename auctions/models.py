"""Auctions and bids: as much of them as payments need."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Auction(models.Model):
    """A thing for sale. Its row is the lock under which bids are placed and the auction is closed.

    `closed_by` is its seller, or nobody where the time was up.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    seller = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="auctions")
    title = models.CharField(max_length=200)
    category = models.CharField(max_length=60, blank=True, default="")
    currency = models.CharField(max_length=3)
    reserve_minor = models.BigIntegerField(null=True)
    closes_at = models.DateTimeField()
    created_at = models.DateTimeField()
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.OPEN)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    current_bid_minor = models.BigIntegerField(null=True)
    bid_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="auction_closed_has_its_time",
                condition=Q(status="open", closed_at__isnull=True)
                | Q(status="closed", closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="auction_is_closed_by_its_seller_or_by_time",
                condition=Q(closed_by__isnull=True) | Q(status="closed", closed_by=F("seller")),
            ),
            models.CheckConstraint(name="auction_reserve_positive", condition=Q(reserve_minor__gt=0)),
        ]
        indexes = [
            models.Index(name="auction_open_by_end", fields=["closes_at"], condition=Q(status="open")),
            models.Index(name="auction_by_seller", fields=["seller", "-id"]),
        ]

    def __str__(self) -> str:
        return self.title


class Bid(models.Model):
    """An offer. At most one of an auction has won; a won one is paid, or expires after `pay_by`."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        OUTBID = "outbid"
        WON = "won"
        LOST = "lost"
        PAID = "paid"
        EXPIRED = "expired"

    auction = models.ForeignKey(Auction, models.PROTECT, related_name="bids", db_index=False)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="bids", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField()
    pay_by = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="bid_amount_positive", condition=Q(amount_minor__gt=0)),
            models.UniqueConstraint(
                name="auction_has_one_winner", fields=["auction"], condition=Q(status__in=["won", "paid"])
            ),
            models.UniqueConstraint(
                name="auction_has_one_highest_bid", fields=["auction"], condition=Q(status="active")
            ),
            models.CheckConstraint(
                name="bid_paid_has_its_time",
                condition=Q(status="paid", paid_at__isnull=False)
                | (~Q(status="paid") & Q(paid_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="bid_won_has_its_deadline",
                condition=~Q(status__in=["won", "paid", "expired"]) | Q(pay_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="bid_by_buyer", fields=["buyer", "-id"]),
            models.Index(name="bid_by_amount", fields=["auction", "-amount_minor", "id"]),
            models.Index(name="bid_to_be_paid", fields=["pay_by"], condition=Q(status="won")),
            models.Index(name="bid_won", fields=["id"], condition=Q(status__in=["won", "paid", "expired"])),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} on {self.auction_id}"
