"""Our own account at Stripe: on manual payouts, or nothing leaves; and our own money, drawn by name."""

from datetime import datetime

from django.db import IntegrityError, transaction

from events.recording import record_event
from gateway.accounts import retrieve_payout_interval
from gateway.calls import withdraw_call
from gateway.client import StripeAway, StripeRefused
from gateway.models import StripeCall
from gateway.payouts import PayoutFacts, available_minor, make_payout, payout_of, write_call_of_platform
from ledger.balances import balance_minor
from ledger.posting import Line, post_journal
from payouts.arriving import PayoutNotYetOurs
from payouts.holding import trip_breaker
from payouts.solvency import drawable_of, owed_minor
from people.models import User
from treasury.models import PlatformPayout

State = PlatformPayout.State
TRANSIT, BANK, CLEARING = "bank:transit:platform", "bank:platform", "stripe:clearing"
NOT_FREE = "Only what is free can be drawn; the rest is sellers' and buyers' money."


class DrawRefused(Exception):
    """Our own money cannot be drawn like this; the message says why."""


def check_platform_is_manual(*, at: datetime) -> bool:
    """Stripe must not empty our account: sellers' money lies there. If it would, payouts stop.

    Raises:
        StripeAway, StripeRefused: it is not known; ask again.
    """
    interval = retrieve_payout_interval()
    if interval == "manual":
        return True
    trip_breaker(
        "platform_not_manual",
        reason=f"Stripe pays our own account out by itself ({interval or 'unknown'}), sellers' money with it."
        " Set its payouts to manual.",
        at=at,
    )
    return False


def drawable_minor(currency: str) -> int:
    """What we may draw now: what is free by our books and by what Stripe has available; smallest unit.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    return drawable_of(
        clearing_minor=balance_minor(CLEARING, currency),
        available_minor=available_minor(None, currency),
        owed_minor=owed_minor(currency),
    )


def draw(*, amount_minor: int, currency: str, reason: str, by: User, at: datetime) -> PlatformPayout:
    """Send our own money to our bank; at most what is free. One that Stripe refuses comes back `refused`.

    Raises:
        DrawRefused: more than is free, or another is on its way to Stripe; nothing was sent.
        StripeAway: no definite answer; `finish_draws` goes on with it.
    """
    if not 0 < amount_minor <= drawable_minor(currency):
        raise DrawRefused(NOT_FREE)
    payout = _write(amount_minor=amount_minor, currency=currency, reason=reason, by=by, at=at)
    _finish(payout, at=at)
    payout.refresh_from_db()
    return payout


def finish_draws(*, at: datetime) -> int:
    """Bring what has no definite answer yet to its end; answers how many came to one."""
    finished = 0
    for payout in PlatformPayout.objects.filter(state=State.OPEN).order_by("created_at"):
        try:
            finished += _finish(payout, at=at)
        except StripeAway:
            continue
    return finished


@transaction.atomic(durable=True)
def _write(*, amount_minor: int, currency: str, reason: str, by: User, at: datetime) -> PlatformPayout:
    payout = PlatformPayout(
        amount_minor=amount_minor,
        currency=currency,
        reason=reason,
        asked_by=by,
        created_at=at,
        updated_at=at,
    )
    try:
        with transaction.atomic():
            payout.save(force_insert=True)
    except IntegrityError as another:
        raise DrawRefused("Another payout of ours is not answered yet.") from another
    write_call_of_platform(payout.pk, amount_minor=amount_minor, currency=currency, at=at)
    record_event(
        "platform_payout.asked",
        subject_type="platform_payout",
        subject_id=payout.pk,
        at=at,
        actor_id=by.pk,
        details={"amount_minor": amount_minor, "currency": currency, "reason": reason},
    )
    return payout


def _finish(payout: PlatformPayout, *, at: datetime) -> bool:
    """What was never sent is weighed once more: another may have drawn the same money meanwhile."""
    call = payout_of(payout.pk)
    if call.state == StripeCall.State.INTENT and payout.amount_minor > drawable_minor(payout.currency):
        if withdraw_call(call, reason="not_free"):
            return _refuse(payout, NOT_FREE, at=at)
        call.refresh_from_db()
    try:
        facts = make_payout(call, account_id=None, at=at)
    except StripeRefused as refused:
        return _refuse(payout, f"Stripe refused ({refused.code}).", at=at)
    return _confirm(payout, facts, at=at)


def _refuse(payout: PlatformPayout, reason: str, *, at: datetime) -> bool:
    open_one = PlatformPayout.objects.filter(pk=payout.pk, state=State.OPEN)
    return open_one.update(state=State.REFUSED, reason=reason, updated_at=at) == 1


@transaction.atomic(durable=True)
def _confirm(payout: PlatformPayout, facts: PayoutFacts, *, at: datetime) -> bool:
    open_one = PlatformPayout.objects.filter(pk=payout.pk, state=State.OPEN)
    if not open_one.update(state=State.IN_TRANSIT, stripe_payout_id=facts.id, updated_at=at):
        return False
    _book(payout, "sent", TRANSIT, CLEARING, at=at)
    return True


@transaction.atomic
def record_platform_payout(facts: PayoutFacts, *, at: datetime) -> bool:
    """What the bank says of our own payout: paid, or back with us. False if it is none that we asked for.

    Raises:
        PayoutNotYetOurs: Stripe was faster than our own note of its answer.
    """
    payout = PlatformPayout.objects.select_for_update().filter(stripe_payout_id=facts.id).first()
    if payout is None:
        _wait_for_our_note(facts)
        return False
    if (payout.amount_minor, payout.currency) != (facts.amount_minor, facts.currency):
        return False
    if facts.status == "paid" and payout.state == State.IN_TRANSIT:
        _move(payout, State.PAID, at=at)
        _book(payout, "paid", BANK, TRANSIT, at=at)
    elif facts.status in ("failed", "canceled") and payout.state in (State.IN_TRANSIT, State.PAID):
        lay = BANK if payout.state == State.PAID else TRANSIT
        _move(payout, State.FAILED, at=at)
        _book(payout, "failed", CLEARING, lay, at=at)
    return True


def _wait_for_our_note(facts: PayoutFacts) -> None:
    asked = PlatformPayout.objects.filter(state=State.OPEN)
    if facts.attempt_id and asked.filter(pk=facts.attempt_id).exists():
        raise PayoutNotYetOurs(f"The answer that makes {facts.id} ours has not been written yet.")


def _move(payout: PlatformPayout, state: str, *, at: datetime) -> None:
    PlatformPayout.objects.filter(pk=payout.pk).update(state=state, updated_at=at)


def _book(payout: PlatformPayout, what: str, debit: str, credit: str, *, at: datetime) -> None:
    post_journal(
        key=f"platform_payout:{payout.pk}:{what}",
        currency=payout.currency,
        lines=[Line(debit, credit, payout.amount_minor)],
        at=at,
    )
