"""The gauges at an address, for who has the token; for anybody else there is no such address."""

from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from config.gauges import metrics_text


@csrf_exempt  # Else a form's refusal would tell that there is something.
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text, with `Authorization: Bearer <METRICS_TOKEN>`.

    Raises:
        Http404: another token, or none is set here.
    """
    if not _may_look(request.headers.get("Authorization", "")):
        raise Http404
    return _metrics(request)


def _may_look(authorization: str) -> bool:
    token = settings.ENVIRONMENT.metrics_token
    return token is not None and compare_digest(authorization.encode(), f"Bearer {token}".encode())


@require_safe
def _metrics(request: HttpRequest) -> HttpResponse:
    try:
        return HttpResponse(metrics_text(at=timezone.now()), content_type=CONTENT_TYPE_LATEST)
    except (DatabaseError, InterfaceError):
        return HttpResponse(status=503, headers={"Retry-After": "5"})
