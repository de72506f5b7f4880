"""Where each noun is found, and how refusals leave."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from api import (
    account,
    admin,
    auctions,
    auth,
    bids,
    money_out,
    payment_intents,
    payouts,
    policies,
    stats,
    summary,
    transactions,
)
from api.docs_page import DocsPage
from api.idempotency import kept_under_its_key
from api.parameters import refuse_unknown_parameters
from api.problems import ANSWERS, no_such_address, not_with_this_method
from api.schema import tell_what_shapes_do_not

HTTP_METHOD_NOT_ALLOWED = 405
View = Callable[..., HttpResponseBase]


class KlubbaAPI(NinjaAPI):
    """The API. Nothing under its address is answered otherwise than as JSON, addresses unknown included."""

    def _get_urls(self) -> list[URLPattern | URLResolver]:
        for router in self._get_bound_routers():
            for path_view in router.path_operations.values():
                for operation in path_view.operations:
                    operation.view_func = refuse_unknown_parameters(operation)
        known = [one for one in super()._get_urls() if str(one.pattern)]
        for one in known:
            if isinstance(one, URLPattern):
                one.callback = _with_problems(one.callback)
        unknown = csrf_exempt(no_such_address)
        return [*known, path("", unknown, name="api-root"), path("<path:rest>", unknown, name="unknown")]

    def get_openapi_schema(self, **options: Any) -> Any:
        """The schema, with what ninja does not know of it; `options` are for APIs at several addresses."""
        return self._schema

    @cached_property
    def _schema(self) -> Any:
        """Told once a process: it takes longer than any other answer."""
        schema = super().get_openapi_schema()
        tell_what_shapes_do_not(schema["paths"])
        return schema


def _with_problems(view: View) -> View:
    """The view, but for a refusal of the method, which the router words in its own way."""

    def answer(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        answered = view(request, *args, **values)
        if answered.status_code == HTTP_METHOD_NOT_ALLOWED:
            allowed = sorted(answered.headers["Allow"].replace(" ", "").split(","))
            return not_with_this_method(", ".join(allowed))
        return answered

    return csrf_exempt(answer)


api = KlubbaAPI(
    title="Klubba", version="1", urls_namespace="api", docs=DocsPage(), docs_decorator=require_safe, auth=None
)

api.add_router("auth/", auth.router)
api.add_router("auctions/", auctions.router)
api.add_router("bids/", bids.router)
api.add_router("payments/payment-intent/", payment_intents.router)
api.add_router("payments/transactions/", transactions.router)
api.add_router("payments/payouts/", payouts.router)
api.add_router("payments/summary/", summary.router)
api.add_router("payments/account/", account.router)
api.add_router("payments/admin/stats/", stats.router)
api.add_router("payments/admin/", admin.router)
api.add_router("payments/admin/", money_out.router)
api.add_router("payments/admin/", policies.router)

for refused, answer in ANSWERS.items():
    of_the_body = refused in (ValidationError, HttpError)
    api.add_exception_handler(refused, kept_under_its_key(answer) if of_the_body else answer)
