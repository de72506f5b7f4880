"""The way to Stripe: one client, no retries of its own, and never while a transaction is open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import stripe
from django.conf import settings

from faults.crossing import is_in_transaction
from gateway.clock import stripes_clock

API_VERSION = "2026-10-28.endive"
CONNECT_SECONDS = 2
READ_SECONDS = 10
T = TypeVar("T")


class StripeAway(Exception):
    """No definite answer: not reached, timed out, out of order, or busy. What was asked may have happened."""


class StripeRefused(Exception):
    """A definite no, by error code. What was asked has not happened. Stripe's own text stays with Stripe."""

    def __init__(self, *, code: str, http_status: int) -> None:
        super().__init__(f"Stripe refused ({code}).")
        self.code = code
        self.http_status = http_status


class CallInTransaction(Exception):
    """Stripe was about to be asked while a database transaction was open."""


class OnlyAsking(Exception):
    """Something was about to be sent to Stripe by a process that may only ask."""


def refuse_in_transaction() -> None:
    """What is written now must stand before Stripe is asked, whatever becomes of us.

    Raises:
        CallInTransaction: a transaction is open.
    """
    if is_in_transaction():
        raise CallInTransaction("Commit first, then ask Stripe.")


class _OutsideTransactions(stripe.RequestsClient):
    """Holding row locks while Stripe thinks would stop everybody else, so it is refused outright."""

    may_send = True

    def request(self, method: str, *args: Any, **kwargs: Any) -> Any:
        if not self.may_send and method.upper() != "GET":
            raise OnlyAsking("Nothing but questions leaves for Stripe here.")
        refuse_in_transaction()
        body, status, headers = super().request(method, *args, **kwargs)
        stripes_clock.hear(headers)
        return body, status, headers


@contextmanager
def only_asking() -> Iterator[None]:
    """Until this ends, whatever this process would send to Stripe is refused before it leaves, by whomever.

    A question changes nothing there, and is a GET.
    """
    _OutsideTransactions.may_send = False
    try:
        yield
    finally:
        _OutsideTransactions.may_send = True


@lru_cache(maxsize=1)
def stripe_client() -> stripe.StripeClient:
    """The client for the account and the address of the settings."""
    elsewhere: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else None
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=API_VERSION,
        base_addresses=elsewhere,
        max_network_retries=0,
        http_client=_OutsideTransactions(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


def acting_as(account_id: str | None) -> stripe.RequestOptions:
    """Options of a call that is made as a connected account; without one, as ourselves."""
    return {"stripe_account": account_id} if account_id else {}


def verdict_on(error: stripe.StripeError) -> StripeAway | StripeRefused:
    """What an error of the SDK means for the act: not done, or not known. Decided by status and code.

    401 and 403 speak of our key and not of the act; 409 and 429 ask us to wait; an idempotency error says
    that the key did something else before. None of them is an answer.
    """
    status, code = error.http_status or 0, code_of(error)
    if status in (400, 402, 404) and not isinstance(error, stripe.IdempotencyError):
        return StripeRefused(code=code, http_status=status)
    return StripeAway(
        f"Stripe gave no definite answer ({status or 'no connection'} {code}).".replace(" )", ")")
    )


def ask(question: Callable[[], T]) -> T:
    """Ask what changes nothing that must not happen twice.

    Raises:
        StripeAway, StripeRefused: see there.
    """
    try:
        return question()
    except stripe.StripeError as error:
        raise verdict_on(error) from error


def code_of(error: stripe.StripeError) -> str:
    """The error's code; the SDK sets it on some classes only, so the body is read."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    told = body.get("error")
    return str(told.get("code") or told.get("type") or "") if isinstance(told, dict) else ""
