"""Pages for what went wrong. A page that is not there and one that is not yours look the same."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from dashboards.languages import speak_to


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that makes no sense. Without the frame: its host or cookies may be what is wrong."""
    return HttpResponse(render_to_string("dashboards/errors/bad_request.html"), status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, and 403 for a page of another role: one page for both."""
    speak_to(request)
    status = 403 if isinstance(exception, PermissionDenied) else 404
    return render(request, "dashboards/errors/not_found.html", status=status)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our fault, with the number that finds it in the log. Nothing is asked of the database."""
    context = {"request_id": request.META.get("klubba.request_id", "")}
    return HttpResponse(render_to_string("dashboards/errors/server_error.html", context), status=500)
