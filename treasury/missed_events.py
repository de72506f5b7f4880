"""What no webhook brought: Stripe's own list of events is read again and again, into the same inbox."""

import json
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from events.models import Event
from events.recording import record_event
from faults.crashpoints import crashpoint
from gateway.client import StripeAway
from gateway.events import list_events
from gateway.facts import moment
from inbox.receiving import MessageDraft, draft_message, receive_messages
from payments.webhooks import CONNECT, HANDLERS, PLATFORM
from payouts.models import PayoutAttempt, PayoutSchedule
from treasury.looking_back import BACK, look_back
from treasury.models import Watermark

POLLER = "events"
# An event may become visible later than one that is younger.
LAG = timedelta(minutes=2)
FIRST_LOOK_BACK = timedelta(days=1)
ACCOUNT_IS_ASKED_EVERY = timedelta(seconds=5) if settings.SANDBOX_WORLD else timedelta(hours=1)
SILENCE_IS_TOLD_EVERY = timedelta(days=1)
SILENT = "webhook.silent"
State = PayoutSchedule.State
Told = tuple[datetime, MessageDraft]


def poll_events(*, at: datetime) -> int:
    """Read what happened since the last time; the inbox keeps what it does not know. Answers how many.

    The platform's own events, and those of each account that a payout is on its way from, or waits on. One
    that cannot be asked has had its turn, so that it keeps none of the others waiting.

    Raises:
        StripeAway, StripeRefused: what was read before is kept; the watermark stays.
    """
    kept = _read_on(PLATFORM, None, first=at - FIRST_LOOK_BACK, at=at)
    for account_id, sent_at in _accounts_to_ask(at=at):
        Watermark.objects.update_or_create(name=_asked(account_id), defaults={"at": at})
        kept += _read_on(CONNECT, account_id, first=sent_at, at=at)
    return kept


def ask_accounts_anew(*, at: datetime) -> int:
    """Let the next look ask each account that is to be asked, however lately that was done."""
    lately = Watermark.objects.filter(name__startswith=_asked(""), at__gt=at - ACCOUNT_IS_ASKED_EVERY)
    return lately.update(at=at - ACCOUNT_IS_ASKED_EVERY)


def _accounts_to_ask(*, at: datetime) -> list[tuple[str, datetime]]:
    """Each with the time since which a payout may have been made there.

    One that waits for its money may have left already, if our books were restored from before that.
    """
    on_their_way = PayoutAttempt.objects.filter(state=PayoutAttempt.State.IN_TRANSIT)
    waiting = PayoutSchedule.objects.filter(state__in=[State.TRANSFERRED, State.RETURNED])
    since: dict[str, datetime] = {}
    for rows in (on_their_way, waiting):
        for account_id, first in rows.values_list("destination_account").annotate(Min("created_at")):
            since[account_id] = min(first, since.get(account_id, first))
    asked = Watermark.objects.filter(name__startswith=_asked(""), at__gt=at - ACCOUNT_IS_ASKED_EVERY)
    lately = set(asked.values_list("name", flat=True))
    return [(account_id, at) for account_id, at in sorted(since.items()) if _asked(account_id) not in lately]


def _read_on(endpoint: str, account_id: str | None, *, first: datetime, at: datetime) -> int:
    """The mark moves when all that lies before it is committed, stays behind now, and never goes back."""
    name = f"{POLLER}:{account_id}" if account_id else POLLER
    mark, _ = Watermark.objects.get_or_create(name=name, defaults={"at": first})
    pages = list_events(HANDLERS, since=mark.at - BACK, account_id=account_id)

    def keep(told: list[Told], newest: datetime) -> int:
        crashpoint("L1.events_read")
        return _keep(endpoint, told, now_there=max(at, newest), at=at)

    kept, newest = look_back(
        name,
        (_read(endpoint, page, at=at) for page in pages),
        keep,
        made_at=itemgetter(0),
        mark=mark.at,
        seen_upto=mark.at + LAG,
        at=at,
    )
    crashpoint("L2.events_kept")
    upto = min(newest, max(at, newest) - LAG)
    Watermark.objects.filter(name=name, at__lt=upto).update(at=upto)
    return kept


def _read(endpoint: str, page: list[dict[str, Any]], *, at: datetime) -> list[Told]:
    try:
        return [
            (
                moment(int(event["created"])),
                draft_message(endpoint=endpoint, event=event, body=json.dumps(event).encode(), at=at),
            )
            for event in page
        ]
    except (LookupError, TypeError, ValueError) as amiss:
        raise StripeAway(f"Stripe's list of events could not be read: {amiss}") from amiss


def _keep(endpoint: str, told: list[Told], *, now_there: datetime, at: datetime) -> int:
    """What is older than a webhook takes, and new to us, no webhook has brought: that is told."""
    old_before = now_there - LAG
    missed = receive_messages([draft for created_at, draft in told if created_at < old_before])
    if missed:
        _tell_of_silence(endpoint, missed, at=at)
    return missed + receive_messages([draft for created_at, draft in told if created_at >= old_before])


@transaction.atomic
def _tell_of_silence(endpoint: str, missed: int, *, at: datetime) -> None:
    """Once a day, while it goes on."""
    if _silence_told(endpoint, at=at) is None:
        record_event(SILENT, subject_type="endpoint", subject_id=endpoint, at=at, details={"missed": missed})


def silence_since(at: datetime) -> datetime | None:
    """When it was last told, within the last day, that an address of ours heard nothing."""
    return _silence_told(PLATFORM, CONNECT, at=at)


def _silence_told(*endpoints: str, at: datetime) -> datetime | None:
    told = Event.objects.filter(subject_type="endpoint", subject_id__in=endpoints, kind=SILENT)
    newest = told.order_by("-id").values_list("at", flat=True).first()
    return newest if newest and newest > at - SILENCE_IS_TOLD_EVERY else None


def _asked(account_id: str) -> str:
    return f"asked:{account_id}"
