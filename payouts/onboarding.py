"""Connected accounts: opened once for a seller, and kept as Stripe tells them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from events.recording import record_event
from gateway.accounts import AccountFacts, account_params, create_account, onboarding_link
from gateway.calls import newest_call, write_call
from gateway.models import StripeCall
from payouts.bank_days import PLATFORM_ZONE
from payouts.models import ConnectedAccount, PayoutSchedule
from payouts.situations import COOLING_OFF
from people.models import User

COUNTRY = "SE"


def begin_onboarding(seller: User, *, return_url: str, refresh_url: str, at: datetime) -> str:
    """The address at Stripe where the seller says who they are and where their bank is; a new one each time.

    Raises:
        StripeAway, StripeRefused: Stripe gave no account or no link; the same call goes on later.
    """
    account_id = open_account(seller, at=at)
    return onboarding_link(account_id, return_url=return_url, refresh_url=refresh_url)


def open_account(seller: User, *, at: datetime) -> str:
    """The id of the seller's account at Stripe; made now, or met again.

    Raises:
        StripeAway, StripeRefused: Stripe gave no account; the same call goes on later.
    """
    account, call = _write_account(seller, at=at)
    if call is not None:
        facts = create_account(call, at=at)
        nameless = ConnectedAccount.objects.filter(pk=account.pk, stripe_account_id=None)
        nameless.update(stripe_account_id=facts.id)
        keep_account(facts, told_at=None, at=at, told_before=account.told_at)
        account.refresh_from_db()
    assert account.stripe_account_id is not None
    return account.stripe_account_id


@transaction.atomic(durable=True)
def _write_account(seller: User, *, at: datetime) -> tuple[ConnectedAccount, StripeCall | None]:
    """Our row and the call that makes Stripe's account, committed before Stripe is asked; None if it is made.

    A call that is under way goes on as it was written, whatever the seller's address is now.
    """
    ConnectedAccount.objects.get_or_create(seller=seller, defaults={"created_at": at})
    account = ConnectedAccount.objects.select_for_update().get(seller=seller)
    if account.stripe_account_id is not None:
        return account, None
    call = newest_call(purpose="account", object_type="seller", object_id=seller.pk)
    if call is None or call.state == StripeCall.State.REFUSED:
        params = account_params(seller_id=seller.pk, email=seller.email, country=COUNTRY)
        call = write_call(
            purpose="account",
            object_type="seller",
            object_id=seller.pk,
            params=params,
            at=at,
            anew_after_refusal=True,
        )
    return account, call


@transaction.atomic
def keep_account(
    facts: AccountFacts, *, told_at: datetime | None, at: datetime, told_before: datetime | None = None
) -> bool:
    """Bring our row to what Stripe said at `told_at`; an older word changes nothing. False if it is not ours.

    None: it was asked for when the newest word was of `told_before`; if another came meanwhile, nothing is
    changed, for the asker may have slept. A bank account that was replaced starts the cooling-off, after
    which what the old one sent back is tried again; so does one that comes after another was removed.
    """
    found = ConnectedAccount.objects.select_for_update().filter(stripe_account_id=facts.id).first()
    if found is None:
        return False
    if told_at is not None and found.told_at is not None and told_at < found.told_at:
        return True
    if told_at is None and found.told_at != told_before:
        return True
    before = (found.bank_account_id, found.bank_last4)
    for name, value in asdict(facts).items():
        if name != "id":
            setattr(found, name, list(value) if name == "requirements" else value)
    found.told_at = told_at or max(at.replace(microsecond=0), found.told_at or at.replace(microsecond=0))
    if told_at is None:
        found.deauthorized_at = None
    had_another = bool(before[0]) or found.bank_changed_at is not None
    replaced = had_another and before[0] != facts.bank_account_id
    if replaced:
        found.bank_changed_at = at
    found.save()
    if replaced:
        _bank_was_changed(found, last4_before=before[1], at=at)
    return True


def _bank_was_changed(account: ConnectedAccount, *, last4_before: str, at: datetime) -> None:
    record_event(
        "account.bank_changed",
        subject_type="account",
        subject_id=account.stripe_account_id,
        at=at,
        audience=[account.seller_id],
        details={"last4": account.bank_last4, "before": last4_before},
    )
    after_cooling = (at + COOLING_OFF).astimezone(PLATFORM_ZONE).date()
    back = PayoutSchedule.objects.filter(
        seller=account.seller_id, state=PayoutSchedule.State.RETURNED, retry_on=None
    )
    back.update(retry_on=after_cooling, updated_at=at)


@transaction.atomic
def lose_account(account_id: str, *, at: datetime) -> bool:
    """The seller took our access away: nothing leaves until they connect again. False if it is not ours."""
    found = ConnectedAccount.objects.select_for_update().filter(stripe_account_id=account_id).first()
    if found is None:
        return False
    if found.deauthorized_at is None:
        ConnectedAccount.objects.filter(pk=found.pk).update(deauthorized_at=at)
        record_event(
            "account.deauthorized",
            subject_type="account",
            subject_id=account_id,
            at=at,
            audience=[found.seller_id],
        )
    return True


# What Stripe asks for, by the beginning of its name; the first that fits.
REQUIREMENT_WORDS = {
    "external_account": gettext_noop("Your bank account"),
    "tos_acceptance": gettext_noop("Your consent to Stripe's terms"),
    "individual.verification": gettext_noop("A proof of your identity"),
    "individual.dob": gettext_noop("Your date of birth"),
    "individual.address": gettext_noop("Your address"),
    "individual.id_number": gettext_noop("Your personal identity number"),
    "individual.email": gettext_noop("Your e-mail address"),
    "individual.phone": gettext_noop("Your phone number"),
    "individual": gettext_noop("Who you are"),
    "company.verification": gettext_noop("A proof of your company's registration"),
    "company.tax_id": gettext_noop("Your company's registration number"),
    "company": gettext_noop("Your company's details"),
    "business_profile": gettext_noop("What you sell"),
    "business_type": gettext_noop("Whether you sell as a person or a company"),
    "representative": gettext_noop("Who represents the company"),
    "owners": gettext_noop("Who owns the company"),
    "directors": gettext_noop("Who directs the company"),
}


def requirements_in_words(names: Iterable[str]) -> list[str]:
    """What Stripe still asks for, each thing once, in words; a name that is not known stands as it is."""
    words = (
        next((said for start, said in REQUIREMENT_WORDS.items() if name.startswith(start)), name)
        for name in names
    )
    return list(dict.fromkeys(words))
