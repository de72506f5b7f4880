"""Signing in by password, with bounds on guessing. Used by the pages and by the API alike."""

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.db import connection
from django.db.models import F
from django.http import HttpRequest

from people.models import SignInBudget, User

WINDOW = timedelta(minutes=5)
FAILURES_PER_ACCOUNT = 5
FAILURES_PER_ADDRESS = 50


class SignInRefused(Exception):
    """The same sentence for an unknown e-mail, a wrong password and a closed account."""


class TooManyTries(Exception):
    """Wait until `until`. The right password does not shorten it, and nothing is locked for good."""

    def __init__(self, *, until: datetime) -> None:
        super().__init__("Too many tries. Wait 5 minutes or reset your password.")
        self.until = until


def sign_in(request: HttpRequest, *, email: str, password: str, at: datetime) -> User:
    """The person with this e-mail and password.

    Raises:
        SignInRefused: they do not match; it takes as long for an unknown e-mail as for a wrong password.
        TooManyTries: 5 failures for the account, or 50 from the address, within 5 minutes.
    """
    keys = _budget_keys(email=email, address=request.META.get("REMOTE_ADDR", ""))
    _spend(keys, at=at)
    person = authenticate(request, username=email, password=password) if "\x00" not in email else None
    if not isinstance(person, User):
        raise SignInRefused("That e-mail and password don't match.")
    _give_back(keys)
    return person


def _budget_keys(*, email: str, address: str) -> list[str]:
    """The account's key is a digest, so that what was typed into the wrong field is kept nowhere."""
    digest = hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()
    return [f"account:{digest}", f"address:{address}"]


def _spend(keys: list[str], *, at: datetime) -> None:
    """Count the try as failed before it is made, so that a crowd of guesses at once is counted too.

    A window that has ended starts anew.
    """
    allowed = dict(zip(keys, (FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO people_signinbudget AS budget (key, failures, window_ends_at)
            SELECT key, 1, %(ends_at)s FROM unnest(%(keys)s::text[]) AS key ORDER BY key
            ON CONFLICT (key) DO UPDATE SET
                failures = CASE WHEN budget.window_ends_at > %(at)s THEN budget.failures + 1 ELSE 1 END,
                window_ends_at = CASE
                    WHEN budget.window_ends_at > %(at)s THEN budget.window_ends_at
                    ELSE excluded.window_ends_at
                END
            RETURNING key, failures, window_ends_at
            """,
            {"ends_at": at + WINDOW, "keys": keys, "at": at},
        )
        spent = cursor.fetchall()
    for key, failures, window_ends_at in spent:
        if failures > allowed[key]:
            raise TooManyTries(until=window_ends_at)


def _give_back(keys: list[str]) -> None:
    """The try was none; an account that was entered begins with a whole budget."""
    account, address = keys
    SignInBudget.objects.filter(key=account).update(failures=0)
    SignInBudget.objects.filter(key=address, failures__gt=0).update(failures=F("failures") - 1)
