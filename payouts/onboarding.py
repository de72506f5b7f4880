"""Connected accounts: opened once for a seller, and kept as Stripe tells them."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events.recording import record_event
from gateway.accounts import AccountFacts, account_params, create_account, onboarding_link
from gateway.calls import write_call
from gateway.models import StripeCall
from payouts.models import ConnectedAccount
from people.models import User

COUNTRY = "SE"


def begin_onboarding(seller: User, *, return_url: str, refresh_url: str, at: datetime) -> str:
    """The address at Stripe where the seller says who they are and where their bank is; a new one each time.

    Raises:
        StripeAway, StripeRefused: Stripe gave no account or no link; the same call goes on later.
    """
    account, call = _open_account(seller, at=at)
    if account.stripe_account_id is None:
        facts = create_account(call, at=at)
        nameless = ConnectedAccount.objects.filter(pk=account.pk, stripe_account_id=None)
        nameless.update(stripe_account_id=facts.id)
        keep_account(facts, told_at=at.replace(microsecond=0), at=at)
        account.refresh_from_db()
    link_of = account.stripe_account_id
    assert link_of is not None
    return onboarding_link(link_of, return_url=return_url, refresh_url=refresh_url)


@transaction.atomic(durable=True)
def _open_account(seller: User, *, at: datetime) -> tuple[ConnectedAccount, StripeCall]:
    """Our row and the call that makes Stripe's account, committed before Stripe is asked."""
    account, _ = ConnectedAccount.objects.get_or_create(seller=seller, defaults={"created_at": at})
    params = account_params(seller_id=seller.pk, email=seller.email, country=COUNTRY)
    call = write_call(purpose="account", object_type="seller", object_id=seller.pk, params=params, at=at)
    return account, call


@transaction.atomic
def keep_account(facts: AccountFacts, *, told_at: datetime, at: datetime) -> bool:
    """Bring our row to what Stripe said at `told_at`; an older word changes nothing. False if it is not ours.

    A bank account that was replaced starts the cooling-off.
    """
    found = ConnectedAccount.objects.select_for_update().filter(stripe_account_id=facts.id).first()
    if found is None:
        return False
    newer = ConnectedAccount.objects.filter(Q(told_at=None) | Q(told_at__lte=told_at), pk=found.pk)
    known = asdict(facts) | {"requirements": list(facts.requirements), "told_at": told_at}
    del known["id"]
    replaced = bool(found.bank_account_id) and facts.bank_account_id != found.bank_account_id
    if replaced:
        known["bank_changed_at"] = at
    if newer.update(**known) and replaced:
        record_event(
            "account.bank_changed",
            subject_type="account",
            subject_id=facts.id,
            at=at,
            audience=[found.seller_id],
            details={"last4": facts.bank_last4, "before": found.bank_last4},
        )
    return True
