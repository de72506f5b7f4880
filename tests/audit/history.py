"""A history in which each kind of thing has happened, as the product itself writes it. No Stripe is asked."""

from __future__ import annotations

from datetime import timedelta

from auctions.models import Bid
from gateway.models import StripeCall
from inbox.handling import handle_waiting
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from payments.webhooks import HANDLERS
from payouts.models import PayoutItem, PayoutSchedule
from payouts.reserving import reserve
from tests.cast import NOON, Cast, a_charged_payment, a_payment, a_won_bid, deliver, intent_event
from tests.payouts.moving import an_account, arrived, in_the_bank, refuse, sales_of, transfer, under
from tests.treasury.market import a_movement
from treasury.balance_transactions import POLLER, keep_movements
from treasury.differences import About, Difference, Kind, explain_break, keep_differences
from treasury.models import Break, Watermark
from treasury.naming import name_movements

LATER = NOON + timedelta(days=20)


def live_through(cast: Cast) -> None:
    """Sales on five days: paid, in transit, half refused, being sent, waiting with a part kept back.

    And a payment that came too late, one that has not come, Stripe's record of all of it, and what of that
    was told otherwise for a while.
    """
    an_account(cast.saga)
    for day in range(4):
        sales_of(cast, 2, at=NOON + timedelta(days=day))
    under(cast, reserve_bp=1_000, reserve_days=30)
    sales_of(cast, 1, at=NOON + timedelta(days=4))
    paid, on_its_way, half, being_sent, _ = PayoutSchedule.objects.order_by("scheduled_date")
    arrived(in_the_bank(paid, at=LATER), at=LATER)
    in_the_bank(on_its_way, at=LATER)
    assert reserve(half.pk, at=LATER)
    first, second = PayoutItem.objects.filter(schedule=half).select_related("schedule").order_by("pk")
    transfer(first)
    refuse(second, "charge_already_refunded")
    assert reserve(being_sent.pk, at=LATER)
    a_payment(a_won_bid(cast.bo, cast.saga))
    _pay_too_late(cast)
    _be_told_of_a_sale(cast)
    _keep_movements()
    _differ_from_stripe(cast)


def _pay_too_late(cast: Cast) -> None:
    bid = a_won_bid(cast.bo, cast.saga)
    payment = a_charged_payment(bid)
    Bid.objects.filter(pk=bid.pk).update(status="expired")
    PaymentCompletionService.process_payment_completion(payment, at=NOON)


def _be_told_of_a_sale(cast: Cast) -> None:
    payment = a_payment(a_won_bid(cast.bo, cast.saga))
    deliver(intent_event(payment))
    handle_waiting(HANDLERS, limit=10, at=NOON)


def _keep_movements() -> None:
    charged = PaymentIntent.objects.filter(status="succeeded").values_list("stripe_charge_id", "total_minor")
    moved = [a_movement(charge, source=charge, amount_minor=total) for charge, total in charged]
    transfers = StripeCall.objects.filter(purpose="transfer", state="done")
    nets = dict(PayoutItem.objects.values_list("stripe_transfer_id", "net_minor"))
    moved += [
        a_movement(
            call.result_id,
            type="transfer",
            source=call.result_id,
            amount_minor=-nets[call.result_id],
            fee_minor=0,
        )
        for call in transfers
    ]
    keep_movements(moved, at=NOON)
    name_movements(at=NOON)
    Watermark.objects.create(name=POLLER, at=LATER)


def _differ_from_stripe(cast: Cast) -> None:
    """In each type of thing: in one that is gone by itself, and in one that Olga has explained."""
    for about in About:
        gone, explained = (
            Difference(
                kind=Kind.UNKNOWN,
                object_type=about,
                object_id=f"{about}_{name}",
                account_id="acct_1",
                currency="SEK",
                expected_minor=0,
                found_minor=1,
                made_at=NOON - timedelta(days=1),
            )
            for name in ("gone", "explained")
        )
        looked = [(about, gone.object_id)]
        keep_differences(looked, [gone, explained], at=NOON)
        keep_differences(looked, [], at=NOON)
        explain_break(Break.objects.get(resolved_at=None), reason="Known.", by=cast.olga, at=NOON)
