"""Whether the process lives, and whether it can do its work: a bare word each."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready when the database answers and has the schema; 503 otherwise."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM payments_paymentintent LIMIT 1")
    except DatabaseError:
        return HttpResponse("not ready", status=503, content_type="text/plain", headers={"Retry-After": "5"})
    return HttpResponse("ready", content_type="text/plain")
