"""What the lines of the diary are about, read for a whole set at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from auctions.models import Auction, Bid
from events.models import Event
from payments.models import PaymentIntent
from payouts.models import ConnectedAccount, PayoutSchedule
from payouts.scheduling import schedules_of_payments
from people.models import User

WINNING = (Bid.Status.WON, Bid.Status.PAID, Bid.Status.EXPIRED)


@dataclass(frozen=True)
class Sale:
    """A payment, when its seller's part leaves for the bank, and whether it may."""

    payment: PaymentIntent
    payout_on: date | None
    bank_is_known: bool

    @property
    def buyer_id(self) -> int:
        return self.payment.buyer_id

    @property
    def seller_id(self) -> int:
        return self.payment.seller_id

    @property
    def title(self) -> str:
        return self.payment.auction.title

    @property
    def pay_by(self) -> datetime | None:
        """Until when it can be paid; None if it cannot any more, or is."""
        bid = self.payment.bid
        return bid.pay_by if bid.status == Bid.Status.WON else None


@dataclass(frozen=True)
class Lot:
    """An auction that has ended, and the bid that won it, whatever became of that since."""

    auction: Auction
    won: Bid | None

    @property
    def title(self) -> str:
        return self.auction.title

    @property
    def winner_id(self) -> int | None:
        return self.won.buyer_id if self.won else None

    @property
    def seller_id(self) -> int:
        return self.auction.seller_id


@dataclass(frozen=True)
class Member:
    """Somebody, about whose own account it is."""

    person: User

    @property
    def member_id(self) -> int:
        return self.person.pk


Subject = Sale | PayoutSchedule | ConnectedAccount | Lot | Member


def subjects_of(events: Sequence[Event]) -> dict[int, Subject]:
    """The subject of each line, by the line's id."""
    found: dict[tuple[str, str], Subject] = {}
    for kind, read in READERS.items():
        ids = {event.subject_id for event in events if event.subject_type == kind}
        if ids:
            found |= {(kind, subject_id): subject for subject_id, subject in read(ids).items()}
    return {event.pk: found[event.subject_type, event.subject_id] for event in events}


def _sales(ids: Iterable[str]) -> Mapping[str, Sale]:
    payments = list(PaymentIntent.objects.filter(pk__in=ids).select_related("auction", "bid"))
    schedules = schedules_of_payments([payment.pk for payment in payments])
    sellers = {payment.seller_id for payment in payments}
    accounts = ConnectedAccount.objects.filter(seller__in=sellers).exclude(bank_account_id="")
    banked = set(accounts.values_list("seller", flat=True))
    return {
        str(payment.pk): Sale(
            payment=payment,
            payout_on=schedules[payment.pk].scheduled_date if payment.pk in schedules else None,
            bank_is_known=payment.seller_id in banked,
        )
        for payment in payments
    }


def _payouts(ids: Iterable[str]) -> Mapping[str, PayoutSchedule]:
    found = PayoutSchedule.objects.filter(pk__in=ids).select_related("payout")
    return {str(schedule.pk): schedule for schedule in found}


def _accounts(ids: Iterable[str]) -> Mapping[str, ConnectedAccount]:
    found = ConnectedAccount.objects.filter(stripe_account_id__in=ids)
    return {str(account.stripe_account_id): account for account in found}


def _lots(ids: Iterable[str]) -> Mapping[str, Lot]:
    numbers = [int(auction_id) for auction_id in ids]
    won = {bid.auction_id: bid for bid in Bid.objects.filter(auction__in=numbers, status__in=WINNING)}
    auctions = Auction.objects.filter(pk__in=numbers)
    return {str(auction.pk): Lot(auction, won.get(auction.pk)) for auction in auctions}


def _members(ids: Iterable[str]) -> Mapping[str, Member]:
    return {str(person.pk): Member(person) for person in User.objects.filter(pk__in=ids)}


READERS: dict[str, Callable[[Iterable[str]], Mapping[str, Subject]]] = {
    "payment": _sales,
    "payout": _payouts,
    "account": _accounts,
    "auction": _lots,
    "person": _members,
}
