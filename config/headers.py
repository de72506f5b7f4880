"""Headers that every answer carries."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(self), usb=()"


class HeadersMiddleware:
    """A request id, no permissions for the page, and no copy of what is about money in any cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        request.META["klubba.request_id"] = request_id
        request.META["klubba.began_at"] = timezone.now().isoformat()
        response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
