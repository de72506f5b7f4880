"""Every letter that was sent, as its reader got it. It exists in the sandbox world alone."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.access import signed_in
from dashboards.paging import row_page
from notifications.models import Letter


@require_safe
def outbox(request: HttpRequest) -> HttpResponseBase:
    """Everybody's letters, newest first, to whoever signed in: nobody of the sandbox is real."""
    if not settings.SANDBOX_WORLD:
        raise Http404
    return _letters(request)


@signed_in()
def _letters(request: HttpRequest) -> HttpResponse:
    sent = Letter.objects.filter(state=Letter.State.SENT).select_related("event")
    page = row_page(sent, request, key="id")
    return render(request, "dashboards/outbox.html", {"letters": page.rows, "page": page})
