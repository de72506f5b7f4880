"""A mail server that letters are sent to, and Saga's account at Stripe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.notifications.mail_server import MailServer, mail_server

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def post_office(settings: Any) -> Iterator[MailServer]:
    """A real mail server, and Django set to send to it."""
    with mail_server() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
        settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = server.port, 1
        yield server
