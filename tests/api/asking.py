"""A client of the API as the tests use it: Django's own, with a token in the header."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.test import Client
from django.utils import timezone

from payments.completion_services.payment_completion import PaymentCompletionService
from payments.models import PaymentIntent
from people.models import User
from people.tokens import issue_tokens
from tests.cast import a_charged_payment, a_won_bid

INTENTS = "/api/payments/payment-intent/"
LINES = "/api/payments/transactions/"
PAYOUTS = "/api/payments/payouts/"


class Asking:
    """Somebody who asks; without a person, nobody in particular."""

    def __init__(self, person: User | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {access_of(person)}"} if person else {}

    def get(self, path: str, **query: object) -> Any:
        return self.client.get(path, query, headers=self.headers)

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        if body is None:
            return self.client.post(path, headers=headers)
        return self.client.post(path, body, content_type="application/json", headers=headers)


def access_of(person: User, *, at: datetime | None = None) -> str:
    return issue_tokens(person, at=at or timezone.now()).access


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem; it must be one, of this status and code."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert sorted(problem) == ["code", "detail", "errors", "status", "title", "type"]
    assert (problem["code"], problem["status"]) == (code, status), problem
    return problem


def a_sale(buyer: User, seller: User, *, at: datetime | None = None, **bid: Any) -> PaymentIntent:
    """A completed payment: 11,000.00 SEK unless told otherwise."""
    at = at or timezone.now()
    payment = a_charged_payment(a_won_bid(buyer, seller, at=at, **bid), at=at)
    PaymentCompletionService.process_payment_completion(payment, at=at)
    return PaymentIntent.objects.get(pk=payment.pk)
