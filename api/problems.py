"""What is wrong, as RFC 9457 tells it: the one place where refusals become HTTP."""

import json
import logging
import math
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja.errors import AuthenticationError, HttpError, ValidationError

from api.codes import CODES
from auctions.bidding import BidRefused
from auctions.listing import ListingRefused
from gateway.client import StripeAway, StripeRefused
from money.amounts import AmountRefused
from payments.initiation import NotYourBid, PaymentRefused
from payouts.approving import RunRefused
from payouts.holding import HoldRefused
from payouts.reversing import ReversalRefused
from people.budgets import BudgetSpent
from people.second_factor import CodeOwed, CodeRefused
from people.sign_in import SignInRefused
from people.tokens import TokenRefused

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """A refusal on its way out. `errors` are sentences for each field that must change."""

    code: str
    detail: str
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return CODES[self.code][0]

    @property
    def body(self) -> dict[str, object]:
        status, title = CODES[self.code]
        kind = f"/api/docs#{self.code}"
        told = {"type": kind, "title": title, "status": status, "detail": self.detail, "code": self.code}
        return told | {"errors": dict(self.errors)}

    def response(self) -> HttpResponse:
        """The answer; its text is ASCII, since a name that a client sent may hold what has no bytes."""
        return HttpResponse(
            json.dumps(self.body), status=self.status, content_type=MEDIA_TYPE, headers=dict(self.headers)
        )


class Refused(Exception):
    """A refusal of the API itself, with its problem."""

    def __init__(self, code: str, detail: str, *, errors: Mapping[str, list[str]] | None = None) -> None:
        super().__init__(detail)
        self.problem = Problem(code, detail, errors=errors or {})


def invalid(field_name: str, sentence: str) -> Refused:
    """422 for one field."""
    return Refused("invalid", sentence, errors={field_name: [sentence]})


def refuse_fields(request: HttpRequest) -> None:
    """Where nothing is to be said, a body is none or an empty object.

    Raises:
        Refused: it is something else.
    """
    if request.content_type != "application/json":
        return
    try:
        told = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Refused("not_json", "Send a JSON object.") from None
    if not isinstance(told, dict):
        raise invalid("body", "Send a JSON object.")
    if told:
        errors = {str(name)[:100]: ["There is no such field."] for name in told}
        raise Refused("invalid", "Change what `errors` names.", errors=errors)


# What a verb may answer instead of doing it. It has not been done.
CODED = (BidRefused, PaymentRefused, HoldRefused, ReversalRefused, RunRefused)
REFUSALS = (Refused, Http404, *CODED, ListingRefused, AmountRefused)


def problem_of_refusal(refusal: Exception) -> Problem:
    """The problem that tells a refusal of `REFUSALS`."""
    if isinstance(refusal, Refused):
        return refusal.problem
    if isinstance(refusal, Http404 | NotYourBid):
        return Problem("not_found", "There is no such thing, or it is not yours.")
    if isinstance(refusal, CODED):
        return Problem(refusal.code, str(refusal))
    field_name = refusal.field if isinstance(refusal, ListingRefused) else "amount"
    return Problem("invalid", str(refusal), errors={field_name: [str(refusal)]})


def answer_refusal(request: HttpRequest, refusal: Exception) -> HttpResponse:
    return problem_of_refusal(refusal).response()


# Why somebody is not let in, each told in its own sentence.
STRANGERS: dict[type[Exception], str] = {
    SignInRefused: "sign_in_refused",
    TokenRefused: "token_refused",
    CodeOwed: "code_owed",
    CodeRefused: "code_refused",
}


def answer_stranger(request: HttpRequest, refused: Exception) -> HttpResponse:
    """401, with the header that says how to sign in."""
    code, detail = "not_authenticated", "Send an access token: Authorization: Bearer <token>."
    if type(refused) in STRANGERS:
        code, detail = STRANGERS[type(refused)], str(refused)
    return Problem(code, detail, headers={"WWW-Authenticate": "Bearer"}).response()


def answer_too_many_tries(request: HttpRequest, refused: BudgetSpent) -> HttpResponse:
    seconds = max(1, math.ceil((refused.until - timezone.now()).total_seconds()))
    return Problem("too_many_tries", str(refused), headers={"Retry-After": str(seconds)}).response()


def answer_away(request: HttpRequest, away: Exception) -> HttpResponse:
    """503: nothing of ours is known to have failed for good; the same request may be sent again."""
    code, detail = {
        StripeAway: ("stripe_away", "Stripe gave no answer. Send the same request again."),
        StripeRefused: ("stripe_refused", "Stripe would not tell how this payment stands."),
    }.get(type(away), ("database_away", "The database gave no answer. Send the same request again."))
    return Problem(code, detail, headers={"Retry-After": str(RETRY_SECONDS)}).response()


def answer_invalid(request: HttpRequest, refused: ValidationError) -> HttpResponse:
    """422 with a sentence for each field; what was sent is not repeated."""
    errors: dict[str, list[str]] = {}
    for error in refused.errors:
        named = (part for part in error["loc"][1:] if part not in ("body", "filters", "paging"))
        place = [part for part in named if isinstance(part, str)]
        errors.setdefault(".".join(place)[:100] or "body", []).append(_sentence(error))
    return Problem("invalid", "Change what `errors` names.", errors=errors).response()


def _sentence(error: Mapping[str, object]) -> str:
    if error["type"] == "missing":
        return "This is required."
    if error["type"] == "extra_forbidden":
        return "There is no such field."
    if error["type"] == "model_attributes_type":
        return "Send a JSON object."
    return str(error["msg"]).removeprefix("Value error, ")


def answer_unreadable(request: HttpRequest, refused: Exception) -> HttpResponse:
    """A body that is no JSON or too large, or a request that Django itself finds suspicious."""
    if isinstance(refused, RequestDataTooBig):
        return Problem("body_too_large", "Send less.").response()
    if isinstance(refused, HttpError):
        return Problem("not_json", "Send a JSON object.").response()
    return Problem("bad_request", "The request cannot be read.").response()


def answer_failure(request: HttpRequest, failure: Exception) -> HttpResponse:
    """500. The log has where it broke, and neither the values nor the message, which may quote them."""
    request_id = request.META.get("klubba.request_id", "")
    where = "".join(traceback.format_tb(failure.__traceback__))
    logger.error("%s in request %s\n%s", type(failure).__name__, request_id, where)
    return Problem("internal_error", f"The request {request_id} failed on our side.").response()


def no_such_address(request: HttpRequest, **parts: str) -> HttpResponse:
    return Problem("not_found", "There is no such address.").response()


def not_with_this_method(allowed: str) -> HttpResponse:
    return Problem("method_not_allowed", f"Use {allowed}.", headers={"Allow": allowed}).response()


# The exception's class decides; of several that fit, the nearest.
ANSWERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    **dict.fromkeys(REFUSALS, answer_refusal),
    **dict.fromkeys((AuthenticationError, *STRANGERS), answer_stranger),
    BudgetSpent: answer_too_many_tries,
    **dict.fromkeys((StripeAway, StripeRefused, OperationalError, InterfaceError), answer_away),
    ValidationError: answer_invalid,
    **dict.fromkeys((HttpError, SuspiciousOperation), answer_unreadable),
    Exception: answer_failure,
}
