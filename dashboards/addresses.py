"""The pages."""

from django.urls import path

from dashboards import (
    bank,
    buyer,
    checkout,
    languages,
    operator,
    payment,
    payout,
    sandbox_world,
    seller,
    signing_in,
)

urlpatterns = [
    path("", signing_in.front, name="front"),
    path("sign-in/", signing_in.sign_in_page, name="sign-in"),
    path("sign-out/", signing_in.sign_out, name="sign-out"),
    path("sandbox-person/", sandbox_world.become, name="sandbox-person"),
    path("language/", languages.choose_language, name="language"),
    path("buyer/", buyer.purchases, name="buyer"),
    path("seller/", seller.sales, name="seller"),
    path("seller/bank/", bank.add_bank, name="add-bank"),
    path("operator/", operator.payments, name="operator"),
    path("operator/webhooks/", operator.messages, name="operator-webhooks"),
    path("operator/webhooks/<int:message_id>/replay/", operator.replay_stopped, name="replay"),
    path("pay/<int:bid_id>/", checkout.pay, name="pay"),
    path("pay/<int:bid_id>/state/", checkout.state, name="pay-state"),
    path("payments/<uuid:payment_id>/", payment.payment_page, name="payment"),
    path("payouts/<uuid:payout_id>/", payout.payout_page, name="payout"),
]
