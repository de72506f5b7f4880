"""What the bank says of payouts: of our own here, of sellers' downstairs."""

from datetime import datetime

from gateway.facts import NotReadable
from gateway.payouts import read_payout
from inbox.handling import Handler
from inbox.models import Message
from payments.payout_events import on_payouts_failed, on_payouts_made, on_payouts_paid
from payments.reading import object_of
from payments.webhooks import PLATFORM
from treasury.platform import record_platform_payout


def _divided(sellers: Handler) -> Handler:
    """A handler that keeps what came by the platform's address, and passes the rest on."""

    def handle(messages: list[Message], at: datetime) -> None:
        own = [message for message in messages if message.endpoint == PLATFORM]
        for message in own:
            try:
                is_ours = record_platform_payout(read_payout(object_of(message)), at=at)
            except NotReadable as refused:
                message.quarantine(str(refused))
                continue
            if not is_ours:
                message.quarantine("No payout of our own account that we asked for is this one.")
        if others := [message for message in messages if message.endpoint != PLATFORM]:
            sellers(others, at)

    return handle


PAYOUT_HANDLERS: dict[str, Handler] = {
    "payout.created": _divided(on_payouts_made),
    "payout.paid": _divided(on_payouts_paid),
    "payout.failed": _divided(on_payouts_failed),
    "payout.canceled": _divided(on_payouts_failed),
}
