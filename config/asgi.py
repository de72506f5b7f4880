"""One process, one port: Stripe's webhooks on the event loop, everything else in a bounded pool of threads.

Views wait for the database, and do that best in threads; a webhook is one insert that many requests can
share, and does that best on the loop (decision 0001).
"""

import os

import django
from a2wsgi import WSGIMiddleware
from a2wsgi.asgi_typing import Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  (Django is set up first)
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.urls import resolve, reverse  # noqa: E402

from config.loop import (  # noqa: E402
    answer_alive,
    answer_in_threads,
    answer_lifespan,
    answer_ready,
    answer_stream,
    answer_webhook,
)
from config.stopping import TOLD_OF_THE_END  # noqa: E402
from dashboards.live import hub  # noqa: E402

WEBHOOKS = (reverse("stripe-webhook"), reverse("stripe-connect-webhook"))
ON_THE_LOOP = {path: resolve(path).func for path in WEBHOOKS}
LIVE = reverse("live")
TOLD_OF_THE_END.append(hub.close)
live = resolve(LIVE).func
in_threads = WSGIMiddleware(WSGIHandler(), workers=settings.WEB_THREADS)  # type: ignore[arg-type]


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await answer_lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] in ON_THE_LOOP:
        await answer_webhook(ON_THE_LOOP[scope["path"]], scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == LIVE:
        await answer_stream(live, scope, receive, send)
    elif scope["type"] == "http" and scope["path"] == "/livez":
        await answer_alive(send)
    elif scope["type"] == "http" and scope["path"] == "/readyz":
        await answer_ready(send)
    elif scope["type"] == "http":
        await answer_in_threads(in_threads, scope, receive, send)
