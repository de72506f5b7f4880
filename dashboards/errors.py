"""Pages for what went wrong. A page that is not there and one that is not yours look the same."""

import sys

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from dashboards.languages import speak_to

RETRY_SECONDS = "5"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that makes no sense. Without the frame: its host or cookies may be what is wrong."""
    return HttpResponse(render_to_string("dashboards/errors/bad_request.html"), status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, and 403 for a page of another role: one page for both."""
    speak_to(request)
    status = 403 if isinstance(exception, PermissionDenied) else 404
    return render(request, "dashboards/errors/not_found.html", status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault, with the number that finds it in the log. Nothing is asked of the database.

    503 while that is away or overrun: the same request may be sent again soon.
    """
    context = {"request_id": request.META.get("klubba.request_id", "")}
    page = render_to_string("dashboards/errors/server_error.html", context)
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return HttpResponse(page, status=503, headers={"Retry-After": RETRY_SECONDS})
    return HttpResponse(page, status=500)
