"""What happens at the sandbox, and what our books should say of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from gateway.accounts import account_params, onboarding_link, retrieve_account
from gateway.balance_transactions import Movement
from gateway.client import stripe_client
from ledger.balances import balance_minor
from ledger.models import Posting
from payments.completion_services.payment_completion import PaymentCompletionService
from payments.initiation import start_payment
from payments.models import PaymentIntent
from people.models import User
from tests import local
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast, a_won_bid
from tests.payouts.moving import an_account
from treasury.models import BalanceTransaction

CLEARING = "stripe:clearing"
BACK, IBAN = "https://klubba.example/back", "SE3550000000054910000003"
AT_ONCE, IN_TWO_DAYS = "pm_card_bypassPending", "pm_card_visa"


@dataclass(frozen=True)
class Market:
    sandbox: Sandbox

    def charge(self, cast: Cast, *, card: str = IN_TWO_DAYS, amount_minor: int = 1_100_000) -> PaymentIntent:
        """Bo has paid at Stripe, and we know the charge but have not completed the payment."""
        at = timezone.now()
        bid = a_won_bid(cast.bo, cast.saga, amount_minor=amount_minor, reserve_minor=None, at=at)
        payment = start_payment(bid, buyer=cast.bo, at=at).payment
        paid = self.sandbox.confirm_intent(payment.stripe_payment_intent_id or "", payment_method=card)
        charge = stripe_client().v1.charges.retrieve(paid["latest_charge"])
        payment.stripe_charge_id = charge.id
        payment.charged_at = datetime.fromtimestamp(charge.created, UTC)
        payment.save(update_fields=["stripe_charge_id", "charged_at"])
        return payment

    def sell(self, cast: Cast, *, card: str = IN_TWO_DAYS, amount_minor: int = 1_100_000) -> PaymentIntent:
        """A sale, paid and completed."""
        payment = self.charge(cast, card=card, amount_minor=amount_minor)
        return PaymentCompletionService.process_payment_completion(payment, at=timezone.now()).intent

    def onboard(self, seller: User) -> None:
        """The seller has told Stripe who they are and where their bank is, and we have heard of it."""
        account = stripe_client().v1.accounts.create(
            account_params(seller_id=seller.pk, email=seller.email, country="SE")  # type: ignore[arg-type]
        )
        link = onboarding_link(account.id, return_url=BACK, refresh_url=BACK)
        given = {"name": "Saga Sand", "iban": IBAN}
        assert local.post(f"{link}/complete", data=given).status_code in (200, 303)
        facts = retrieve_account(account.id)
        an_account(seller, stripe_account_id=facts.id, bank_account_id=facts.bank_account_id)

    def balance_minor(self) -> int:
        """What the platform has there, pending and available."""
        told = stripe_client().v1.balance.retrieve()
        return sum(part.amount for part in (*told.available, *told.pending))

    def fault(self, kind: str, *, method: str, path: str, nth: int = 1) -> None:
        """Let one coming call go wrong, and only that."""
        rule = {"method": method, "path": path, "nth": nth, "times": 1, "kind": kind}
        self._control("PUT", "faults", {"seed": 1, "rules": [rule]})

    def pass_days(self, days: int) -> None:
        self._control("POST", "clock", {"advance_seconds": days * 24 * 3600})

    def _control(self, method: str, name: str, body: object) -> None:
        address = f"{self.sandbox.origin}/sandbox/{name}"
        local.request(method, address, json=body).raise_for_status()


def a_movement(name: str = "1", **changed: object) -> Movement:
    """A charge's movement: the reference sale's, unless told otherwise."""
    told = {
        "id": f"txn_{name}",
        "type": "charge",
        "source": f"ch_{name}",
        "currency": "SEK",
        "amount_minor": 1_100_000,
        "fee_minor": 16_680,
        "available_at": NOON + timedelta(days=2),
        "created_at": NOON,
    } | changed
    return Movement(**(told | {"net_minor": told["amount_minor"] - told["fee_minor"]}))  # type: ignore[operator, arg-type]


def differences() -> dict[tuple[str, str], int]:
    """By source and currency, what our books moved on `stripe:clearing` beyond Stripe's net. Empty: none."""
    beyond: Counter[tuple[str, str]] = Counter()
    for movement in BalanceTransaction.objects.all():
        source, stripe_id = movement.source or movement.stripe_id, movement.stripe_id
        beyond[source, movement.currency] -= movement.net_minor
        own = Q(journal__key__in=[f"fee:{stripe_id}", f"suspense:{stripe_id}", f"fx:{stripe_id}"])
        own |= Q(journal__key__startswith=f"suspense:{stripe_id}:")
        own |= Q(journal__key__startswith=f"fx:{stripe_id}:") | Q(journal__key=movement.journal_key)
        for posting in Posting.objects.filter(own).select_related("debit", "credit"):
            sign = (posting.debit.code == CLEARING) - (posting.credit.code == CLEARING)
            beyond[source, posting.currency] += sign * posting.amount_minor
    return {place: minor for place, minor in beyond.items() if minor}


def is_all_named() -> bool:
    """Every movement has its journal, and our balance is the sum of them."""
    nets: Counter[str] = Counter()
    for movement in BalanceTransaction.objects.all():
        nets[movement.currency] += movement.net_minor
    named = not BalanceTransaction.objects.filter(journal_key=None).exists()
    return named and all(balance_minor(CLEARING, currency) == net for currency, net in nets.items())


def journals() -> dict[str, str | None]:
    """The journal of each movement."""
    return dict(BalanceTransaction.objects.values_list("stripe_id", "journal_key"))
