"""What Stripe tells otherwise than we: a difference is never removed, and what is closed stays closed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STAYS = """
CREATE FUNCTION guard_break() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.resolved_at IS NOT NULL THEN
        RAISE EXCEPTION 'difference % is closed and stays so', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER break_guarded BEFORE UPDATE ON treasury_break FOR EACH ROW EXECUTE FUNCTION guard_break();
CREATE TRIGGER break_stays BEFORE DELETE OR TRUNCATE ON treasury_break
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, DELETE, TRUNCATE ON treasury_break FROM klubba_app;
GRANT UPDATE (expected_minor, found_minor, last_seen_at, resolved_at, explained_by_id, reason)
    ON treasury_break TO klubba_app;
"""

UNGUARD = "DROP TRIGGER break_guarded ON treasury_break; DROP FUNCTION guard_break();"


class Migration(migrations.Migration):
    dependencies = [
        ("treasury", "0003_out_of_suspense"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Break",
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
                        choices=[
                            ("missing_event", "Missing Event"),
                            ("fee", "Fee"),
                            ("timing", "Timing"),
                            ("amount", "Amount"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "object_type",
                    models.CharField(
                        choices=[
                            ("charge", "Charge"),
                            ("transfer", "Transfer"),
                            ("payout", "Payout"),
                            ("movement", "Movement"),
                            ("account", "Account"),
                        ],
                        max_length=8,
                    ),
                ),
                ("object_id", models.CharField(max_length=255)),
                ("account_id", models.CharField(blank=True, default="", max_length=255)),
                ("subject_id", models.CharField(blank=True, default="", max_length=64)),
                ("currency", models.CharField(max_length=3)),
                ("expected_minor", models.BigIntegerField()),
                ("found_minor", models.BigIntegerField()),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "explained_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="explained_breaks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=["kind", "id"],
                        name="break_open",
                    ),
                    models.Index(fields=["object_id"], name="break_by_object"),
                    models.Index(
                        condition=models.Q(
                            ("explained_by__isnull", False), models.Q(("account_id", ""), _negated=True)
                        ),
                        fields=["account_id"],
                        name="break_explained",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=("object_type", "object_id", "kind", "currency"),
                        name="one_open_break_a_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["missing_event", "fee", "timing", "amount", "unknown"])
                        ),
                        name="break_kind_has_a_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("object_type__in", ["charge", "transfer", "payout", "movement", "account"]),
                            models.Q(("object_id", ""), _negated=True),
                        ),
                        name="break_is_about_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expected_minor", models.F("found_minor")), _negated=True),
                        name="break_is_a_difference",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("last_seen_at__gte", models.F("first_seen_at")),
                            models.Q(
                                ("resolved_at__isnull", True),
                                ("resolved_at__gte", models.F("first_seen_at")),
                                _connector="OR",
                            ),
                        ),
                        name="break_ends_after_it_began",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("explained_by__isnull", True), ("reason", "")),
                            models.Q(
                                ("explained_by__isnull", False),
                                ("resolved_at__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="break_is_explained_by_name",
                    ),
                ],
            },
        ),
        migrations.RunSQL(STAYS, UNGUARD),
    ]
