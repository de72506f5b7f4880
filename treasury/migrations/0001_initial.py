import uuid

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Watermark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="BalanceTransaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stripe_id", models.CharField(max_length=255, unique=True)),
                ("type", models.CharField(max_length=80)),
                ("source", models.CharField(blank=True, max_length=255)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("net_minor", models.BigIntegerField()),
                ("available_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("kept_at", models.DateTimeField()),
                ("journal_key", models.TextField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["source"], name="movement_by_source"),
                    models.Index(
                        condition=models.Q(("journal_key__isnull", True)),
                        fields=["created_at"],
                        name="movement_unnamed",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_minor",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("amount_minor"), "-", models.F("fee_minor")
                                ),
                            )
                        ),
                        name="movement_adds_up",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("journal_key__isnull", False)),
                        fields=("journal_key",),
                        name="journal_stands_for_one_movement",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlatformPayout",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("refused", "Refused"),
                            ("in_transit", "In Transit"),
                            ("paid", "Paid"),
                            ("failed", "Failed"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("stripe_payout_id", models.CharField(max_length=255, null=True, unique=True)),
                ("reason", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asked_platform_payouts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="platform_payout_pays"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("currency",),
                        name="one_open_platform_payout",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["open", "refused"]), ("stripe_payout_id__isnull", True)),
                            models.Q(
                                ("state__in", ["in_transit", "paid", "failed"]),
                                ("stripe_payout_id__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="platform_payout_made_has_its_id",
                    ),
                ],
            },
        ),
    ]
