"""A small world in which every address has something to show, and the actors who knock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from auctions.models import Auction, Bid
from inbox.models import Message
from payments.models import PaymentIntent
from payouts.approving import preview_run
from payouts.models import Breaker, PayoutRun, PayoutSchedule
from people.models import User
from tests.api.asking import a_sale, access_of
from tests.cast import Cast, a_won_bid, an_auction, deliver, event_of
from tests.dashboards.platform import a_difference
from treasury.models import Break

ACTORS = (
    "anonymous",
    "buyer",
    "other buyer",
    "seller",
    "other seller",
    "operator",
    "inactive",
    "expired",
)


@dataclass(frozen=True)
class World:
    """Bo's and Saga's things. `people` are the actors who are somebody."""

    people: dict[str, User]
    sale: PaymentIntent
    payout: PayoutSchedule
    open_auction: Auction
    won_bid: Bid
    stopped: Message
    run: PayoutRun
    breaker: Breaker
    difference: Break

    def fill(self, address: str) -> str:
        """The address with the ids of Bo's and Saga's things."""
        ids: dict[str, Any] = {
            "<int:auction_id>": self.open_auction.pk,
            **dict.fromkeys(("<uuid:payment_id>", "<uuidstr:payment_id>"), self.sale.pk),
            **dict.fromkeys(("<uuid:payout_id>", "<uuidstr:payout_id>"), self.payout.pk),
            "<int:message_id>": self.stopped.pk,
            "<uuidstr:run_id>": self.run.pk,
            "<int:breaker_id>": self.breaker.pk,
            "<int:break_id>": self.difference.pk,
            "<int:bid_id>": self.won_bid.pk,
            "<uuid:run_id>": self.run.pk,
            "<int:seller_id>": self.sale.seller_id,
            "<str:token>": "made:up:altogether",
            "<path:rest>": "nothing/here",
        }
        for name, value in ids.items():
            address = address.replace(name, str(value))
        return address


def make_world(cast: Cast) -> World:
    at = timezone.now()
    sven = User.objects.create(email="sven@klubba.example", name="Sven Stål", is_seller=True)
    gone = User.objects.create(email="gone@klubba.example", name="Gone", is_buyer=True, is_active=False)
    sale = a_sale(cast.bo, cast.saga)
    deliver(event_of("price.updated", {"id": "price_1"}))
    Message.objects.update(state="dead", attempts=8, handled_at=at)
    people = {"buyer": cast.bo, "other buyer": cast.mallory, "seller": cast.saga, "other seller": sven}
    return World(
        people=people | {"operator": cast.olga, "inactive": gone, "expired": cast.bo},
        sale=sale,
        payout=PayoutSchedule.objects.get(),
        open_auction=an_auction(cast.saga, at=at),
        won_bid=a_won_bid(cast.bo, cast.saga, at=at),
        stopped=Message.objects.get(),
        run=preview_run(timezone.localdate(), by=cast.otto, at=at),
        breaker=Breaker.objects.create(cause="test", reason="Looked at.", tripped_at=at),
        difference=a_difference(),
    )


def knocking(world: World, actor: str, *, at_the_api: bool) -> tuple[Client, dict[str, str]]:
    """A client with this actor's credentials: a token in the header for the API, a session for the pages."""
    client, person = Client(raise_request_exception=False), world.people.get(actor)
    if person is None:
        return client, {}
    if at_the_api:
        then = timezone.now() - timedelta(hours=1) if actor == "expired" else timezone.now()
        return client, {"Authorization": f"Bearer {access_of(person, at=then)}"}
    client.force_login(person)
    if actor == "expired":
        client.session.flush()
    return client, {}
