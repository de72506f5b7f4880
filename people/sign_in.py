"""Signing in by password, with bounds on guessing. Used by the pages and by the API alike."""

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db.models import F
from django.http import HttpRequest

from people.budgets import BudgetSpent, digest_of, spend
from people.models import Budget, User

WINDOW = timedelta(minutes=5)
FAILURES_PER_ACCOUNT = 5
FAILURES_PER_ADDRESS = 50


class SignInRefused(Exception):
    """The same sentence for an unknown e-mail, a wrong password and a closed account."""


class TooManyTries(BudgetSpent):
    """Five failures in five minutes. The right password does not shorten the wait."""


def sign_in(request: HttpRequest, *, email: str, password: str, at: datetime) -> User:
    """The person with this e-mail and password.

    Raises:
        SignInRefused: they do not match; it takes as long for an unknown e-mail as for a wrong password.
        TooManyTries: 5 failures for the account, or 50 from the address, within 5 minutes.
    """
    keys = _budget_keys(email=email, address=request.META.get("REMOTE_ADDR", ""))
    try:
        spend(
            dict(zip(keys, (FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS), strict=True)), window=WINDOW, at=at
        )
    except BudgetSpent as spent:
        raise TooManyTries(until=spent.until) from spent
    person = authenticate(request, username=email, password=password) if "\x00" not in email else None
    if not isinstance(person, User):
        raise SignInRefused("That e-mail and password don't match.")
    _give_back(keys)
    return person


def _budget_keys(*, email: str, address: str) -> list[str]:
    """The account's key is a digest, so that what was typed into the wrong field is kept nowhere."""
    return [f"account:{digest_of(email)}", f"address:{address}"]


def _give_back(keys: list[str]) -> None:
    """The try was none; an account that was entered begins with a whole budget."""
    account, address = keys
    Budget.objects.filter(key=account).update(spent=0)
    Budget.objects.filter(key=address, spent__gt=0).update(spent=F("spent") - 1)
