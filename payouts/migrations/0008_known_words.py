from django.db import migrations

from money.words import knows_only


class Migration(migrations.Migration):
    dependencies = [("payouts", "0007_moved_lately")]

    operations = [
        knows_only("payouts_hold", "kind", "operator", "approval", "pause"),
        knows_only("payouts_payoutpolicy", "interval", "daily", "weekly", "monthly", "manual"),
        knows_only("payouts_earning", "status", "pending", "completed", "canceled"),
        knows_only(
            "payouts_payoutschedule",
            "state",
            "scheduled",
            "held",
            "sending",
            "transferred",
            "in_transit",
            "paid",
            "returned",
            "canceled",
        ),
        knows_only("payouts_payoutitem", "part", "sale", "reserve_release"),
        knows_only(
            "payouts_payoutitem", "state", "waiting", "reserved", "transferred", "paid", "dropped", "settled"
        ),
    ]
