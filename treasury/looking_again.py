"""Open differences are looked at again: by themselves, or because an operator wants to know."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from events.recording import record_event
from gateway.balance_transactions import Movement, retrieve_movement
from gateway.client import StripeRefused
from gateway.made import Made, retrieve_made
from payments.replaying import replay
from payouts.models import ConnectedAccount
from people.models import User
from treasury.comparing import DIFFERING, keep_made
from treasury.connected_accounts import compare_account, differing_movements
from treasury.differences import About, Kind, keep_differences, open_breaks
from treasury.mending import messages_about, tell_missing
from treasury.models import Break
from treasury.own_movements import compare_movements

MOST_A_TURN = 25
# What may be gone any moment is looked at in each turn, all else each hour.
SOON = Q(kind__in=[Kind.TIMING, Kind.MISSING_EVENT])
AGAIN_AFTER = timedelta(hours=1)
CHECKED = "break.checked"
# Sellers' accounts and our own movements are compared whole, each in its time.
COMPARED_ONE_BY_ONE = Q(object_type__in=[*DIFFERING]) | (Q(object_type=About.MOVEMENT) & ~Q(account_id=""))


def look_again(*, at: datetime) -> int:
    """Look at up to 25 open differences, also of what is older than three days, and mend what can be.

    In no order, so that those that stay stand in nobody's way. Answers how many events were missing.

    Raises:
        StripeAway: what was not looked at is looked at the next time.
    """
    due = open_breaks().filter(COMPARED_ONE_BY_ONE).filter(SOON | Q(last_seen_at__lte=at - AGAIN_AFTER))
    look_at(due.order_by("?")[:MOST_A_TURN], at=at)
    return tell_missing(open_breaks().filter(kind=Kind.MISSING_EVENT), at=at)


def look_at(breaks: Iterable[Break], *, at: datetime) -> None:
    """Ask Stripe about each, then compare those of a type together. What Stripe does not know stays as it is.

    Raises:
        StripeAway: nothing is compared.
    """
    made: dict[str, list[Made]] = defaultdict(list)
    moved: list[tuple[str, Movement]] = []
    for one in breaks:
        try:
            if one.object_type == About.MOVEMENT:
                moved.append((one.account_id, retrieve_movement(one.object_id, account_id=one.account_id)))
            else:
                found = retrieve_made(one.object_type, one.object_id, account_id=one.account_id)
                made[one.object_type].append(found)
        except StripeRefused:
            continue
    for together in made.values():
        keep_made(together, at=at)
    differences = [found for account, movement in moved for found in differing_movements(account, [movement])]
    keep_differences([(About.MOVEMENT, movement.id) for _, movement in moved], differences, at=at)


def check_again(one: Break, *, by: User, at: datetime) -> bool:
    """An operator wants it looked at now; a message about it that was set aside is handled once more.

    Answers whether it is gone. What was missing is handled from the inbox, in a moment.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    _note(one, by=by, at=at)
    if one.object_type == About.ACCOUNT:
        compare_account(ConnectedAccount.objects.get(stripe_account_id=one.object_id), at=at)
    elif one.object_type == About.MOVEMENT and not one.account_id:
        compare_movements(at=at)
    else:
        look_at([one], at=at)
    standing = open_breaks().filter(object_type=one.object_type, object_id=one.object_id)
    _tell_again(standing.filter(kind=Kind.MISSING_EVENT), by=by, at=at)
    return not standing.exists()


def _tell_again(missing: Iterable[Break], *, by: User, at: datetime) -> None:
    for message in messages_about(missing).values():
        replay(message, by=by, reason="", at=at)
    tell_missing(missing, at=at)


@transaction.atomic
def _note(one: Break, *, by: User, at: datetime) -> None:
    record_event(
        CHECKED, subject_type="break", subject_id=one.pk, at=at, actor_id=by.pk, details={"kind": one.kind}
    )
