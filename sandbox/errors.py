"""Refusals as Stripe words them: a status, a type, and a body a client can branch on."""

from typing import Any


class EffectsKept(Exception):
    """An answer that is an error although what was done stays done, as with a declined card."""


class StripeError(Exception):
    """A refusal. `validation` tells that nothing began, so no idempotency key remembers it."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        validation: bool = False,
        **details: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.validation = validation
        known = {"code": code, "message": message, "param": param, "type": kind, **details}
        self.error = {name: value for name, value in known.items() if value is not None}

    def body(self) -> dict[str, Any]:
        """The JSON object Stripe puts around every error."""
        return {"error": self.error}


class CardDeclined(StripeError, EffectsKept):
    """A card error (402). The failed charge and the intent's new state remain."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message, status=402, kind="card_error", **details)


def resource_missing(noun: str, identity: str, *, param: str = "id", status: int = 404) -> StripeError:
    """Nothing of that kind under that id, for this account."""
    return StripeError(f"No such {noun}: '{identity}'", status=status, code="resource_missing", param=param)


def not_supported(param: str) -> StripeError:
    """The contract knows the parameter, this sandbox does not act on it."""
    return StripeError(
        f"The parameter {param} is not supported by this sandbox.", param=param, validation=True
    )


def invalid(message: str, *, param: str | None = None, code: str | None = None) -> StripeError:
    """A value that cannot be used; nothing was begun."""
    return StripeError(message, param=param, code=code, validation=True)


def unauthorized(message: str) -> StripeError:
    """401: no key, or none that is accepted here."""
    return StripeError(message, status=401, validation=True)


def forbidden(message: str, *, code: str | None = None) -> StripeError:
    """403: the key is good, but not for this."""
    return StripeError(message, status=403, code=code, validation=True)
