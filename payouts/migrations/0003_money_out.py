"""The seller's half, whole: policies, holds, approvals, attempts."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A payout that was made stood on its schedule; now it is an attempt of its own.
ATTEMPTS = """
INSERT INTO payouts_payoutattempt (id, seller_id, currency, amount_minor, destination_account,
    destination_bank, state, stripe_payout_id, arrives_on, failure_code, created_at, updated_at)
SELECT id, seller_id, currency, total_minor, destination_account, destination_bank, state, stripe_payout_id,
    arrives_on, '', updated_at, updated_at
FROM payouts_payoutschedule WHERE stripe_payout_id IS NOT NULL;
UPDATE payouts_payoutschedule SET payout_id = id WHERE stripe_payout_id IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payouts", "0002_money_stays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cause", models.CharField(max_length=40)),
                ("reason", models.TextField()),
                ("tripped_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("release_reason", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("operator", "Operator"), ("approval", "Approval"), ("pause", "Pause")],
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField()),
                ("placed_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("release_reason", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="PayoutApproval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="PayoutAttempt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                ("destination_account", models.CharField(max_length=255)),
                ("destination_bank", models.CharField(max_length=255)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("refused", "Refused"),
                            ("in_transit", "In Transit"),
                            ("paid", "Paid"),
                            ("returned", "Returned"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("stripe_payout_id", models.CharField(max_length=255, null=True, unique=True)),
                ("arrives_on", models.DateField(null=True)),
                ("failure_code", models.CharField(blank=True, default="", max_length=80)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PayoutPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "interval",
                    models.CharField(
                        choices=[
                            ("daily", "Daily"),
                            ("weekly", "Weekly"),
                            ("monthly", "Monthly"),
                            ("manual", "Manual"),
                        ],
                        default="daily",
                        max_length=7,
                    ),
                ),
                ("weekday", models.PositiveSmallIntegerField(null=True)),
                ("month_day", models.PositiveSmallIntegerField(null=True)),
                ("delay_days", models.PositiveSmallIntegerField(default=7)),
                ("minimums_minor", models.JSONField(default=dict)),
                ("reserve_bp", models.PositiveSmallIntegerField(default=0)),
                ("reserve_days", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.TextField(blank=True, default="")),
                ("made_at", models.DateTimeField()),
                ("redated_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PayoutRun",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("run_date", models.DateField()),
                ("digest", models.CharField(max_length=64)),
                ("preview", models.JSONField()),
                ("second_needed", models.BooleanField()),
                ("made_at", models.DateTimeField()),
                ("approved_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="payoutschedule",
            name="one_open_schedule_a_day",
        ),
        migrations.RemoveConstraint(
            model_name="payoutschedule",
            name="schedule_pays_something",
        ),
        migrations.RemoveConstraint(
            model_name="payoutschedule",
            name="schedule_on_its_way_has_its_payout",
        ),
        migrations.RemoveConstraint(
            model_name="payoutschedule",
            name="schedule_has_items",
        ),
        migrations.AddField(
            model_name="connectedaccount",
            name="deauthorized_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="earning",
            name="kept_minor",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="earning",
            name="kept_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="chosen_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chosen_schedules",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="is_being_reversed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="is_closed",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="is_forced_early",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="notes",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="retry_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="returns",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="breaker",
            name="released_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="released_breakers",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="placed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="placed_holds",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="released_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="released_holds",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="schedule",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="payouts.payoutschedule",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_holds",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payoutapproval",
            name="schedule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approvals",
                to="payouts.payoutschedule",
            ),
        ),
        migrations.AddField(
            model_name="payoutattempt",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_attempts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payoutschedule",
            name="payout",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="schedules",
                to="payouts.payoutattempt",
            ),
        ),
        migrations.RunSQL(ATTEMPTS, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="payoutschedule",
            name="arrives_on",
        ),
        migrations.RemoveField(
            model_name="payoutschedule",
            name="stripe_payout_id",
        ),
        migrations.AddIndex(
            model_name="payoutschedule",
            index=models.Index(
                condition=models.Q(("state__in", ["sending", "transferred", "returned", "held"])),
                fields=["scheduled_date", "number"],
                name="schedule_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutschedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_closed", False), ("state", "scheduled")),
                fields=("seller", "currency", "scheduled_date"),
                name="one_open_schedule_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gt", 0), ("state", "canceled"), _connector="OR"),
                name="schedule_pays_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["in_transit", "paid"]), _negated=True),
                    ("payout__isnull", False),
                    _connector="OR",
                ),
                name="schedule_on_its_way_has_its_payout",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("item_count__gt", 0), ("state", "canceled"), _connector="OR"),
                name="schedule_has_items",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_forced_early", False), ("chosen_by__isnull", False), _connector="OR"),
                name="schedule_forced_by_somebody",
            ),
        ),
        migrations.AddField(
            model_name="payoutpolicy",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="made_payout_policies",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payoutpolicy",
            name="seller",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payout_policies",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="earning",
            name="policy",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="earnings",
                to="payouts.payoutpolicy",
            ),
        ),
        migrations.AddIndex(
            model_name="earning",
            index=models.Index(
                condition=models.Q(("status", "pending")), fields=["paid_on"], name="earning_pending"
            ),
        ),
        migrations.AddIndex(
            model_name="earning",
            index=models.Index(
                condition=models.Q(("kept_minor__gt", 0)), fields=["kept_until"], name="earning_kept"
            ),
        ),
        migrations.AddConstraint(
            model_name="earning",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kept_minor", 0), ("kept_until__isnull", True)),
                    models.Q(
                        ("kept_minor__gt", 0),
                        ("kept_minor__lte", models.F("amount_minor")),
                        ("kept_until__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="earning_kept_is_a_part_of_it",
            ),
        ),
        migrations.AddField(
            model_name="payoutrun",
            name="approved_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="approved_payout_runs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payoutrun",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="made_payout_runs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="payoutapproval",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="approvals", to="payouts.payoutrun"
            ),
        ),
        migrations.AddConstraint(
            model_name="breaker",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("cause",),
                name="one_open_breaker_a_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="breaker",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at__isnull", True), ("released_by__isnull", True)),
                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                    _connector="OR",
                ),
                name="breaker_is_released_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("released_at__isnull", True)),
                fields=["schedule"],
                name="hold_by_schedule",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at__isnull", True)),
                fields=("seller", "schedule", "kind"),
                name="one_open_hold_of_a_kind",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at__isnull", True), ("released_by__isnull", True)),
                    models.Q(("released_at__isnull", False), ("released_by__isnull", False)),
                    _connector="OR",
                ),
                name="hold_is_released_by_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="hold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "pause"), ("schedule__isnull", True)),
                    models.Q(("kind", "pause"), _negated=True),
                    _connector="OR",
                ),
                name="hold_pause_is_the_sellers",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="attempt_pays_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutattempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["open", "refused"]), ("stripe_payout_id__isnull", True)),
                    models.Q(
                        ("state__in", ["in_transit", "paid", "returned"]), ("stripe_payout_id__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="attempt_made_has_its_payout",
            ),
        ),
        migrations.AddIndex(
            model_name="payoutpolicy",
            index=models.Index(fields=["seller", "-id"], name="policy_newest"),
        ),
        migrations.AddIndex(
            model_name="payoutpolicy",
            index=models.Index(
                condition=models.Q(("redated_at__isnull", True)), fields=["id"], name="policy_not_redated"
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("interval", "weekly"), ("weekday__isnull", False), ("weekday__lte", 4)),
                    models.Q(models.Q(("interval", "weekly"), _negated=True), ("weekday__isnull", True)),
                    _connector="OR",
                ),
                name="policy_weekly_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("interval", "monthly"), ("month_day__isnull", False), ("month_day__range", (1, 31))
                    ),
                    models.Q(models.Q(("interval", "monthly"), _negated=True), ("month_day__isnull", True)),
                    _connector="OR",
                ),
                name="policy_monthly_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("delay_days__lte", 75)), name="policy_delay_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reserve_bp", 0), ("reserve_days", 0)),
                    models.Q(("reserve_bp__range", (1, 5000)), ("reserve_days__range", (1, 75))),
                    _connector="OR",
                ),
                name="policy_reserve_in_bounds",
            ),
        ),
        migrations.AddIndex(
            model_name="payoutrun",
            index=models.Index(fields=["-made_at"], name="run_newest"),
        ),
        migrations.AddConstraint(
            model_name="payoutrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", True), ("approved_by__isnull", True)),
                    models.Q(("approved_at__isnull", False), ("approved_by__isnull", False)),
                    _connector="OR",
                ),
                name="run_is_approved_by_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_needed", False),
                    ("approved_by__isnull", True),
                    models.Q(("approved_by", models.F("made_by")), _negated=True),
                    _connector="OR",
                ),
                name="run_second_person_is_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutapproval",
            constraint=models.UniqueConstraint(fields=("run", "schedule"), name="one_approval_a_run"),
        ),
    ]
