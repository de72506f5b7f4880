"""An act of the tests' own, and calls at it: how a call comes to its end, whatever is at the other one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import stripe
from django.utils import timezone

from gateway.calls import Act
from gateway.models import StripeCall

HOUR = timedelta(hours=1)
AT = timezone.now().replace(microsecond=0)


class There:
    """An act of the tests' own, as each room brings its own; what it has made is found again."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.sent: list[str] = []
        self.answer: Callable[[StripeCall], Mapping[str, Any]] = self.make
        self.find: Callable[[StripeCall], Mapping[str, Any] | None] = lambda _: next(iter(self.made), None)

    @property
    def act(self) -> Act:
        return Act(
            perform=self._perform,
            look_up=lambda call: self.find(call),
            fetch=lambda made_id: {"id": made_id},
            quiet=HOUR,
            doubt_refusals=True,
            look_first=True,
        )

    def make(self, call: StripeCall) -> Mapping[str, Any]:
        self.made.append({"id": f"tr_{call.attempt}"})
        return self.made[-1]

    def _perform(self, call: StripeCall) -> Mapping[str, Any]:
        self.sent.append(call.idempotency_key)
        return self.answer(call)


def fails(status: int | None, code: str = "") -> Callable[[StripeCall], Mapping[str, Any]]:
    def answer(_: StripeCall) -> Mapping[str, Any]:
        if status is None:
            raise stripe.APIConnectionError("reset")
        raise stripe.InvalidRequestError("no", None, http_status=status, json_body={"error": {"code": code}})

    return answer


def again(call: StripeCall) -> StripeCall:
    return StripeCall.objects.filter(object_id=call.object_id).order_by("-attempt")[0]
