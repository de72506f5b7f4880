"""Rows to copy, in nearly every table: a history as the product writes it, and what it leaves out."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from api.models import KeyedRequest
from auctions.bidding import place_bid
from audit.models import Audit, Seal
from ledger.posting import Line, post_journal
from notifications.preferences import prefer
from notifications.writing import write_letters
from payments.models import CommissionRule
from payouts.holding import hold_schedule, pause_payouts, trip_breaker
from payouts.models import PayoutApproval, PayoutRun, PayoutSchedule
from people.models import Authenticator, RecoveryCode
from tests.audit.history import live_through
from tests.cast import NOON, Cast, an_auction, deliver, event_of
from tests.security.rules.asking import Row, run
from treasury.differences import Difference, explain_break, keep_differences
from treasury.models import Break, PlatformPayout

UNNAMED = "'id', row.id + 2000, 'stripe_id', 'txn_unnamed', 'journal_key', null"
IN_SUSPENSE = "'id', row.id + 4000, 'stripe_id', 'txn_lost', 'journal_key', 'suspense:txn_lost'"
CANCELED = "'status', 'canceled', 'number', row.number + 2000, 'stripe_payment_intent_id', 'pi_canceled'"
REFUND = "'type', 'refund', 'number', row.number + 2000, 'payment_intent_id', row.payment_intent_id"
BEFORE = "INSERT INTO ledger_journal (key, at, written_in) VALUES ('of another day', now(), 1)"


def make_ground(cast: Cast) -> None:
    """As the owner from here on, and every key is looked at when it is written, not at the end."""
    live_through(cast)
    _sell_on(cast)
    _stop_payouts(cast)
    _move_our_own(cast)
    _differ(cast)
    _guard(cast)
    write_letters(at=timezone.now())
    run("RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE")
    for kept in (
        Row("", "ledger_account", "'id', row.id + 2000, 'code', 'leant on by nothing'"),
        Row("", "payouts_earning", "'kept_minor', 0, 'kept_until', null"),
        Row("", "treasury_balancetransaction", UNNAMED),
        Row("", "treasury_balancetransaction", IN_SUSPENSE),
        Row("", "payments_paymentintent", CANCELED, "row.outcome IS NULL"),
        Row("", "payments_transaction", REFUND, "row.type = 'commission'"),
        Row("", "payments_commissionrule", "'id', row.id + 2000, 'seller_id', null, 'category', 'clocks'"),
        Row("", "payouts_payoutrun", ""),
    ):
        run(kept.sql)
    run(BEFORE)


def _sell_on(cast: Cast) -> None:
    """A bid, an auction without one, a commission of Saga's, a message, money in another currency."""
    place_bid(an_auction(cast.saga), buyer=cast.bo, amount_minor=600_000, currency="SEK", at=NOON)
    an_auction(cast.saga)
    CommissionRule.objects.create(
        seller=cast.saga, rate_bp=700, minimum_minor=100, maximum_minor=200, currency="SEK"
    )
    deliver(event_of("price.updated", {"id": "price_1"}))
    post_journal(key="eur", currency="EUR", lines=[Line("stripe:clearing", "suspense", 1)], at=NOON)


def _guard(cast: Cast) -> None:
    """Bo has a second factor, and does without reminders."""
    prefer(cast.bo.pk, wanted=(), unwanted=["reminders"])
    Authenticator.objects.create(user=cast.bo, secret="x")
    RecoveryCode.objects.create(user=cast.bo, digest="x")


def _stop_payouts(cast: Cast) -> None:
    """One payout held and approved, the others paused by Saga, and all of them stopped."""
    held = PayoutSchedule.objects.filter(state="scheduled").latest("scheduled_date")
    hold_schedule(held, reason="a question", by=cast.olga, at=NOON)
    pause_payouts(cast.saga, at=NOON)
    trip_breaker("audit", reason="I08", at=NOON)
    approved = PayoutRun.objects.create(
        run_date=NOON.date(), digest="x", preview={}, second_needed=True, made_by=cast.olga, made_at=NOON
    )
    PayoutApproval.objects.create(run=approved, schedule=held, digest="x")


def _differ(cast: Cast) -> None:
    """From Stripe: in one thing that stands, in one that is gone, in one that Olga has explained."""
    looked = [("transfer", f"tr_{name}") for name in ("stands", "gone", "explained")]
    told = {"kind": "amount", "currency": "SEK", "expected_minor": 7, "found_minor": 5, "made_at": NOON}
    seen_at = NOON + timedelta(hours=2)
    found = [Difference(object_type=type, object_id=stripe_id, **told) for type, stripe_id in looked]
    keep_differences(looked, found, at=seen_at)
    keep_differences(looked[1:2], [], at=seen_at)
    explained = Break.objects.get(object_id="tr_explained")
    explain_break(explained, reason="Known.", by=cast.olga, at=seen_at)


def _move_our_own(cast: Cast) -> None:
    """Our own money asked for and sent, a look of the audit, a seal, a request that was answered."""
    day = {"asked_by": cast.olga, "created_at": NOON, "updated_at": NOON + timedelta(days=1)}
    for state, stripe_id in (("open", None), ("in_transit", "po_1")):
        PlatformPayout.objects.create(
            currency="SEK", amount_minor=1_00, state=state, stripe_payout_id=stripe_id, **day
        )
    Audit.objects.create(kind="full", looked_at=NOON, took_ms=1, journal_id=1, earlier_journal_id=1)
    Seal.objects.create(id=1, source="journal", row_id=1, written_in=1, hash=b"x")
    KeyedRequest.objects.create(
        user=cast.bo, path="/api/", key="1", body_hash="x", started_at=NOON, running=False, status=200
    )
