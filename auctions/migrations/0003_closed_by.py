"""Who closed an auction: its seller, or nobody where the time was up. The diary knew it already."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

REMEMBER = """
UPDATE auctions_auction AS auction SET closed_by_id = auction.seller_id FROM events_event AS event
    WHERE event.subject_type = 'auction' AND event.subject_id = auction.id::text
        AND event.kind = 'auction.closed' AND event.actor_id = auction.seller_id;
GRANT UPDATE (closed_by_id) ON auctions_auction TO klubba_app;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("auctions", "0002_bids_stay"),
        ("events", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddField(
            model_name="auction",
            name="closed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        # The keys are looked at before the constraint comes: PostgreSQL alters no table with checks waiting.
        migrations.RunSQL(f"{REMEMBER} SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED", ""),
        migrations.AddConstraint(
            model_name="auction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_by__isnull", True),
                    models.Q(("closed_by", models.F("seller")), ("status", "closed")),
                    _connector="OR",
                ),
                name="auction_is_closed_by_its_seller_or_by_time",
            ),
        ),
    ]
