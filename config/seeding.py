"""Sales by the thousand, for the sandbox world: rows as people would have made them, completed as ever."""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from auctions.closing import TIME_TO_PAY
from auctions.models import Auction, Bid
from config.sentences import Refusal
from money.splitting import split_commission
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from payments.quoting import DEFAULT_RATE_BP
from people.models import User

SET_SIZE = 1000
CURRENCY = "SEK"
LEAST_MINOR, MOST_MINOR = 100_00, 50_000_00
TITLES = (
    "Kista, 1780",
    "Mora clock, about 1820",
    "Tile stove, green",
    "Silver spoons, six",
    "Map of Gotland",
)


@dataclass(frozen=True)
class Win:
    """Who won what of whom, for how much in `CURRENCY`'s smallest unit."""

    seller_id: int
    buyer_id: int
    title: str
    amount_minor: int


class NoSalesHere(Refusal):
    """This is the live world."""


def seed_sales(
    count: int,
    *,
    sellers: int,
    password: str,
    at: datetime,
    told: Callable[[int], object] = lambda done: None,
) -> int:
    """Add so many completed sales among so many sellers and as many buyers; answers how many were added.

    Saga is the first of the sellers and Bo of the buyers. Each thousand is whole in itself, so that what was
    interrupted is whole as well; `told` hears after each how many there are.

    Raises:
        NoSalesHere: outside the sandbox world.
    """
    if not settings.SANDBOX_WORLD:
        raise NoSalesHere("Sales are made up in the sandbox world only.")
    selling = cycle(_people("seller", "saga@klubba.example", sellers, password=password))
    buying = _people("buyer", "bo@klubba.example", sellers, password=password)
    dice, done = random.Random(count), 0  # noqa: S311  (nothing is secret here)
    while done < count:
        some = min(SET_SIZE, count - done)
        with transaction.atomic():
            opened = open_sales(some, selling=selling, buying=buying, dice=dice, at=at)
            for payment in opened:
                payment.stripe_charge_id, payment.charged_at = f"ch_{uuid.uuid4().hex}", at
            PaymentCompletionService.complete_all(opened, at=at)
        done += some
        told(done)
    return done


def open_sales(
    count: int, *, selling: Iterator[int], buying: Sequence[int], dice: random.Random, at: datetime
) -> list[PaymentIntent]:
    """So many auctions that ended, each with a winner whose payment Stripe knows and who has not paid yet."""
    wins = [
        Win(
            seller_id=next(selling),
            buyer_id=dice.choice(buying),
            title=dice.choice(TITLES),
            amount_minor=dice.randrange(LEAST_MINOR, MOST_MINOR),
        )
        for _ in range(count)
    ]
    return PaymentIntent.objects.bulk_create([_payment(bid, at=at) for bid in win_auctions(wins, at=at)])


def win_auctions(wins: Sequence[Win], *, at: datetime) -> list[Bid]:
    """For each an auction that ended, and the bid that won it and waits to be paid; in their order."""
    auctions = Auction.objects.bulk_create(
        Auction(
            seller_id=win.seller_id,
            title=win.title,
            currency=CURRENCY,
            status=Auction.Status.CLOSED,
            current_bid_minor=win.amount_minor,
            bid_count=1,
            closes_at=at,
            closed_at=at,
            created_at=at - timedelta(days=1),
        )
        for win in wins
    )
    return Bid.objects.bulk_create(
        Bid(
            auction=auction,
            buyer_id=win.buyer_id,
            amount_minor=win.amount_minor,
            currency=CURRENCY,
            status=Bid.Status.WON,
            pay_by=at + TIME_TO_PAY,
            created_at=at,
        )
        for auction, win in zip(auctions, wins, strict=True)
    )


def _payment(bid: Bid, *, at: datetime) -> PaymentIntent:
    commission_minor, seller_minor = split_commission(bid.amount_minor, DEFAULT_RATE_BP, currency=CURRENCY)
    return PaymentIntent(
        bid=bid,
        auction=bid.auction,
        buyer_id=bid.buyer_id,
        seller_id=bid.auction.seller_id,
        currency=CURRENCY,
        total_minor=bid.amount_minor,
        commission_minor=commission_minor,
        seller_minor=seller_minor,
        rate_bp=DEFAULT_RATE_BP,
        stripe_payment_intent_id=f"pi_{uuid.uuid4().hex}",
        created_at=at,
    )


def _people(role: str, first: str, count: int, *, password: str) -> list[int]:
    """The first of the demo's people and, after them, as many more as are missing."""
    emails = [first, *(f"{role}{number}@klubba.example" for number in range(2, count + 1))]
    known = set(User.objects.filter(email__in=emails).values_list("email", flat=True))
    hashed = make_password(password)
    User.objects.bulk_create(
        User(email=email, name=email.partition("@")[0].title(), password=hashed, **{f"is_{role}": True})
        for email in emails
        if email not in known
    )
    return list(User.objects.filter(email__in=emails).order_by("pk").values_list("pk", flat=True))
