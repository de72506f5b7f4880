"""SEC-32, 43: secrets and people stay out of logs, of tables and of what an error says."""

from __future__ import annotations

import logging

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests import local
from tests.api.asking import INTENTS, Asking, a_sale
from tests.browser.sandbox_process import Sandbox
from tests.cast import PASSWORD, Cast, a_won_bid, give_password

INSIDE = (
    "Traceback", "psycopg", "SELECT ", "INSERT ", "django.", "ninja", "pydantic", ".py", "site-packages",
    "sk_test", "whsec_", "DETAIL:", "klubba_app", "127.0.0.1",
)  # fmt: skip


def test_a_whole_payment_leaves_no_secret_behind(
    cast: Cast, stripe_at: Sandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    give_password(cast.bo)
    bid = a_won_bid(cast.bo, cast.saga, at=timezone.now())
    pair = Asking().post("/api/auth/token/", {"email": cast.bo.email, "password": PASSWORD}).json()
    bo = Asking()
    bo.headers = {"Authorization": f"Bearer {pair['access']}"}
    started = bo.post(INTENTS, {"bid_id": bid.pk}, key="canary").json()
    local.post(
        f"{stripe_at.origin}/v1/payment_intents/{started['payment_intent']['stripe_payment_intent_id']}/confirm",
        data={"client_secret": started["client_secret"], "payment_method": "pm_card_visa"},
        headers={"Authorization": f"Bearer {settings.STRIPE_PUBLISHABLE_KEY}"},
    )
    assert bo.post(f"{INTENTS}{started['payment_intent']['id']}/confirm/").json()["status"] == "succeeded"
    Asking().post("/api/auth/token/", {"email": cast.bo.email, "password": "canary-password"})
    Client().post("/api/payments/webhooks/stripe/", b"x", content_type="application/json")
    Asking().post("/api/auth/token/refresh/", {"refresh": "canary-refresh"})

    secrets = [PASSWORD, "canary-password", "canary-refresh", pair["access"], pair["refresh"]]
    secrets += [started["client_secret"], settings.STRIPE_SECRET_KEY, settings.SECRET_KEY]
    secrets += [*settings.STRIPE_WEBHOOK_SECRETS, *settings.STRIPE_CONNECT_WEBHOOK_SECRETS]
    said = caplog.text + "".join(capfd.readouterr())
    rows = [str(row) for model in apps.get_models() for row in model.objects.values()]
    assert [secret for secret in secrets if secret in said] == []
    assert [(secret, row) for secret in secrets for row in rows if secret in row] == []
    assert cast.bo.email not in said


def test_the_libraries_keep_their_voices_down() -> None:
    """Stripe's would write whole answers into the log, a client's secret among them."""
    for name in ("stripe", "urllib3", "django.db.backends", "asyncio"):
        assert not logging.getLogger(name).isEnabledFor(logging.DEBUG), name


def test_errors_say_nothing_of_the_inside_whatever_is_thrown_at_them(cast: Cast) -> None:
    sale = a_sale(cast.bo, cast.saga)
    clients = [Asking(), Asking(cast.mallory), Asking(cast.saga), Asking(cast.olga)]
    paths = [
        "/api/", "/api/x", "/api/auctions/0/", f"/api/auctions/{'9' * 50}/", f"{INTENTS}{sale.pk}/",
        "/api/bids/?limit=x&cursor=%00&status=%27", "/api/payments/transactions/?from=x&q=%00&currency=%FF",
        "/api/payments/admin/events/?state=x", "/api/payments/admin/audit-log/?kind=%00&subject_id=%00",
        "/api/payments/payouts/%00/", "/api/payments/payouts/not-a-uuid/", "/api/%ff%fe",
        "/api/..%2f..%2fetc/",
    ]  # fmt: skip
    bodies = [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"email": {"$ne": 1}, "password": []}',
        b'{"bid_id": "\\ud800"}',
        b"\xff",
    ]
    for asking in clients:
        for path in paths:
            answers = [asking.client.get(path, headers=asking.headers)]
            answers += [
                asking.client.post(path, body, content_type="application/json", headers=asking.headers)
                for body in bodies
            ]
            for answer in answers:
                assert answer.status_code < 500, path
                if answer.status_code >= 400:
                    text = answer.content.decode()
                    assert answer.headers["Content-Type"] == "application/problem+json"
                    assert [word for word in INSIDE if word in text] == [], text


def test_every_post_survives_what_is_thrown_at_it(cast: Cast) -> None:
    posts = ["/api/auctions/", "/api/auctions/1/bids/", "/api/auctions/1/close/", INTENTS, "/api/auth/token/"]
    bodies = [
        b'{"title": "\\u0000", "currency": "SEK", "closes_at": "2999-99-99T99:99:99Z"}',
        b'{"amount": {}}',
    ]
    bodies += [b'{"bid_id": 1e400}', b'{"email": "\\ud800", "password": "\\udfff"}', b"[[[[", b'"\\ud800"']
    bodies += [b'{"title": "x", "currency": "SEK", "closes_at": "2999-01-01T00:00:00+99:99"}']
    for asking in (Asking(cast.bo), Asking(cast.saga)):
        for path in posts:
            for body in bodies:
                sent = {"content_type": "application/json", "headers": asking.headers}
                answer = asking.client.post(path, body, **sent)
                assert answer.status_code in (401, 403, 404, 409, 422), (path, body, answer.content)
