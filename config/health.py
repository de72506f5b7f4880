"""Whether the process lives, and whether it can do its work: a bare word each."""

from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config.readiness.migrations import unapplied_migrations


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """`ready`, or 503."""
    return answer_of(is_ready())


def is_ready() -> bool:
    """Traffic may come while the database answers, takes writes, and has all migrations of this code.

    Nothing else takes the site out of service. An open payout breaker does not: it stops money on its way to
    sellers, and buyers pay, sellers look and operators release it meanwhile. Nor does Stripe being away: what
    needs it answers 503 by itself.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only') = 'off'")
            takes_writes = cursor.fetchone() == (True,)
        return takes_writes and not unapplied_migrations()
    except (DatabaseError, InterfaceError):
        return False


def is_ready_now() -> bool:
    """The same from a thread of one's own, which no request has: a connection that broke is left behind."""
    close_old_connections()
    return is_ready()


def answer_of(ready: bool) -> HttpResponse:
    if ready:
        return HttpResponse("ready", content_type="text/plain")
    return HttpResponse("not ready", status=503, content_type="text/plain", headers={"Retry-After": "5"})
