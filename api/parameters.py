"""What may be asked in an address: the parameters an operation knows, and one that holds one value once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja.operation import Operation

from api.problems import Refused


def refuse_unknown_parameters(operation: Operation) -> Callable[..., Any]:
    """The operation's view, which is reached only by requests that ask nothing it does not know.

    Raises (when called):
        Refused: a parameter nobody knows, or one with a single value said twice.
    """
    view = operation.view_func
    known, repeatable = _known(operation)

    @wraps(view)
    def asked(request: HttpRequest, **values: Any) -> Any:
        errors = {name[:100]: ["There is no such parameter."] for name in request.GET if name not in known}
        for name, told in request.GET.lists():
            if name in known and name not in repeatable and len(told) > 1:
                errors[name] = ["Say this once."]
        if errors:
            raise Refused("invalid", "Change what `errors` names.", errors=errors)
        return view(request, **values)

    return asked


def _known(operation: Operation) -> tuple[set[str], set[str]]:
    """The names of the operation's query parameters, and those of them that may be repeated."""
    queries = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    known = {name for model in queries for name in getattr(model, "__ninja_flatten_map__", ())}
    repeatable = {name for model in queries for name in getattr(model, "__ninja_collection_fields__", ())}
    return known, repeatable
