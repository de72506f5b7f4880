"""Every address there is. The rules behind them live in the rooms."""

from django.urls import include, path

from api.addresses import api
from api.deliveries import with_problems
from config.health import livez, readyz
from config.metrics import metrics
from payments.webhooks import stripe_connect_webhook, stripe_webhook

handler400 = "dashboards.errors.bad_request"
handler403 = "dashboards.errors.not_found"
handler404 = "dashboards.errors.not_found"
handler500 = "dashboards.errors.server_error"

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/payments/webhooks/stripe/", with_problems(stripe_webhook), name="stripe-webhook"),
    path(
        "api/payments/webhooks/stripe-connect/",
        with_problems(stripe_connect_webhook),
        name="stripe-connect-webhook",
    ),
    path("api/", api.urls),
    path("", include("dashboards.addresses")),
]
