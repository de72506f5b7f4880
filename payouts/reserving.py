"""Taking a due schedule's money aside, so that what is sent is what was earned, once."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from events.recording import record_event
from gateway.transfers import transfer_params, write_transfer
from ledger.chart import payable, reserved
from ledger.posting import Line, post_journal
from payouts.models import ConnectedAccount, PayoutItem, PayoutSchedule

COOLING_OFF = timedelta(hours=72)
State = PayoutSchedule.State


@transaction.atomic(durable=True)
def reserve(schedule_id: UUID, *, at: datetime) -> bool:
    """SCHEDULED -> SENDING, with the money in `reserved` and a call written for each sale.

    Destination and amounts are frozen. False if something stands in the way, which the schedule then says.
    Of two callers one reserves; the other finds it done.
    """
    schedule = PayoutSchedule.objects.select_for_update().get(pk=schedule_id)
    if schedule.state != State.SCHEDULED:
        return False
    account = ConnectedAccount.objects.select_for_update().filter(seller=schedule.seller_id).first()
    reason = why_not(account, at=at)
    if account is None or reason:
        _wait_with(schedule, reason, at=at)
        return False
    _freeze(schedule, account, at=at)
    items = list(
        schedule.items.filter(state=PayoutItem.State.WAITING).select_related("earning").order_by("pk")
    )
    for item in items:
        write_transfer(item.pk, _params(item, schedule), at=at)
    schedule.items.filter(state=PayoutItem.State.WAITING).update(state=PayoutItem.State.RESERVED)
    post_journal(
        key=f"payout:{schedule.pk}:reserve:{schedule.attempt}",
        currency=schedule.currency,
        lines=[Line(payable(schedule.seller_id), reserved(schedule.seller_id), schedule.total_minor)],
        at=at,
    )
    return True


def why_not(account: ConnectedAccount | None, *, at: datetime) -> str:
    """What keeps a seller's payouts from leaving, in words for the seller; empty if nothing does."""
    if not settings.STRIPE_CONNECT_WEBHOOK_SECRETS:
        return gettext_noop("Payouts are not switched on yet.")
    if account is None or account.stripe_account_id is None:
        return gettext_noop("Tell Stripe where your bank is, and the money leaves on the next bank day.")
    if not (account.transfers_active and account.payouts_enabled and account.bank_account_id):
        return gettext_noop("Stripe needs more from you before it can pay you out.")
    if not account.manual_payouts:
        return gettext_noop("Your Stripe account pays out by itself. We are putting that right.")
    if account.bank_changed_at and at < account.bank_changed_at + COOLING_OFF:
        return gettext_noop("Your bank account was changed less than 72 hours ago.")
    return ""


def _wait_with(schedule: PayoutSchedule, reason: str, *, at: datetime) -> None:
    if schedule.reason != reason:
        PayoutSchedule.objects.filter(pk=schedule.pk).update(reason=reason, updated_at=at)


def _freeze(schedule: PayoutSchedule, account: ConnectedAccount, *, at: datetime) -> None:
    schedule.state, schedule.reason = State.SENDING, ""
    schedule.attempt += 1
    schedule.destination_account = account.stripe_account_id or ""
    schedule.destination_bank = account.bank_account_id
    schedule.updated_at = at
    fields = ["state", "reason", "attempt", "destination_account", "destination_bank", "updated_at"]
    schedule.save(update_fields=fields)
    record_event(
        "payout.sending",
        subject_type="payout",
        subject_id=schedule.pk,
        at=at,
        audience=[schedule.seller_id],
        details={"total_minor": schedule.total_minor, "currency": schedule.currency},
    )


def _params(item: PayoutItem, schedule: PayoutSchedule) -> dict[str, object]:
    return transfer_params(
        item_id=item.pk,
        schedule_id=schedule.pk,
        payment_id=item.earning.payment_id,
        amount_minor=item.net_minor,
        currency=schedule.currency,
        destination=schedule.destination_account,
        charge_id=item.earning.stripe_charge_id,
    )
