"""What Stripe's deliveries are told when they are refused: the same problems as any client."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from api.problems import Problem
from payments.webhooks import DeliveryRefused

Webhook = Callable[..., Awaitable[HttpResponse]]


def with_problems(webhook: Webhook) -> Callable[..., HttpResponseBase]:
    """The webhook; a delivery it refuses is answered with a problem."""

    @wraps(webhook)
    async def answer(request: HttpRequest) -> HttpResponse:
        try:
            return await webhook(request)
        except DeliveryRefused as refused:
            return Problem(refused.code, str(refused), headers=refused.headers).response()

    return cast(Callable[..., HttpResponseBase], answer)
