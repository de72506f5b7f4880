"""Who gets what, where: one row for each address and method. A method without a row is 405 for all.

The eight words of a row stand for: anonymous, buyer, other buyer, seller, other seller, operator,
inactive, expired. The things at the addresses are the buyer's and the seller's.
"""

from __future__ import annotations

Row = str

ALL = "200 200 200 200 200 200 200 200"
NONE_SUCH = "404 404 404 404 404 404 404 404"
UNSIGNED = "400 400 400 400 400 400 400 400"
NO_MORE_LINK = "410 410 410 410 410 410 410 410"
NOT_A_PASSWORD = "401 401 401 401 401 401 401 401"

MEMBERS = "401 200 200 200 200 200 401 401"
BUYERS = "401 200 200 403 403 403 401 401"
SELLERS = "401 403 403 200 200 403 401 401"
OPERATORS = "401 403 403 403 403 200 401 401"
THEIRS = "401 200 404 200 404 404 401 401"
THE_SELLERS = "401 404 404 200 404 404 401 401"

# Pages: who is not signed in is sent to the sign-in.
FRONT = "200 302 302 302 302 302 200 200"
BUYER_PAGES = "302 200 200 403 403 403 302 302"
SELLER_PAGES = "302 403 403 200 200 403 302 302"
OPERATOR_PAGES = "302 403 403 403 403 200 302 302"
SELLERS_ACTS = "302 403 403 302 302 403 302 302"
OPERATORS_ACTS = "302 403 403 403 403 302 302 302"
# The thing at the address is not in the state that this needs, and its page says so.
NOT_AS_IT_IS = "302 403 403 403 403 409 302 302"
WINNER_PAGES = "302 200 404 403 403 403 302 302"
THEIR_PAGES = "302 200 404 200 404 200 302 302"
BUYERS_OWN_PAGES = "302 200 404 404 404 200 302 302"
SELLERS_OWN_PAGES = "302 404 404 200 404 200 302 302"
SIGNED_IN_PAGES = "302 200 200 200 200 200 302 302"
SENT_ON = "302 302 302 302 302 302 302 302"

# The stream is told on the event loop, where these requests do not come: who hears it, test_live.py says.
ON_THE_LOOP = "501 501 501 501 501 501 501 501"

ADMIN = "/api/payments/admin/"
INTENT = "/api/payments/payment-intent/"

MATRIX: dict[str, dict[str, Row]] = {
    "/live/": {"GET": ON_THE_LOOP},
    "/livez": {"GET": ALL},
    "/readyz": {"GET": ALL},
    "/metrics": {"*": NONE_SUCH},
    "/api/openapi.json": {"GET": ALL},
    "/api/docs": {"GET": ALL},
    "/api/": {"*": NONE_SUCH},
    "/api/<path:rest>": {"*": NONE_SUCH},
    "/api/payments/webhooks/stripe/": {"POST": UNSIGNED},
    "/api/payments/webhooks/stripe-connect/": {"POST": UNSIGNED},
    "/api/auth/token/": {"POST": NOT_A_PASSWORD},
    "/api/auth/token/refresh/": {"POST": NOT_A_PASSWORD},
    "/api/auth/token/revoke/": {"POST": NOT_A_PASSWORD},
    "/api/auctions/": {"GET": MEMBERS, "POST": "401 403 403 201 201 403 401 401"},
    "/api/auctions/<int:auction_id>/": {"GET": MEMBERS},
    "/api/auctions/<int:auction_id>/bids/": {"POST": "401 201 201 403 403 403 401 401"},
    "/api/auctions/<int:auction_id>/close/": {"POST": "401 403 403 200 404 403 401 401"},
    "/api/bids/": {"GET": BUYERS},
    INTENT: {"GET": MEMBERS, "POST": "401 201 404 403 403 403 401 401"},
    INTENT + "<uuidstr:payment_id>/": {"GET": THEIRS},
    INTENT + "<uuidstr:payment_id>/confirm/": {"POST": "401 200 404 403 403 403 401 401"},
    "/api/payments/transactions/": {"GET": MEMBERS},
    "/api/payments/payouts/": {"GET": MEMBERS},
    "/api/payments/payouts/<uuidstr:payout_id>/": {"GET": THE_SELLERS},
    "/api/payments/summary/": {"GET": MEMBERS},
    "/api/payments/account/": {"GET": SELLERS, "POST": SELLERS},
    "/api/payments/account/pause/": {"POST": SELLERS},
    "/api/payments/account/resume/": {"POST": SELLERS},
    ADMIN + "stats/": {"GET": OPERATORS},
    ADMIN + "pending-payouts/": {"GET": OPERATORS},
    ADMIN + "payment-intents/": {"GET": OPERATORS},
    ADMIN + "transactions/": {"GET": OPERATORS},
    ADMIN + "events/": {"GET": OPERATORS},
    ADMIN + "events/<int:message_id>/replay/": {"POST": OPERATORS},
    ADMIN + "audit-log/": {"GET": OPERATORS},
    ADMIN + "payout-schedules/": {"POST": "401 403 403 403 403 409 401 401"},
    ADMIN + "payout-runs/": {"POST": "401 403 403 403 403 201 401 401"},
    ADMIN + "payout-runs/<uuidstr:run_id>/": {"GET": OPERATORS},
    ADMIN + "payout-runs/<uuidstr:run_id>/approve/": {"POST": "401 403 403 403 403 409 401 401"},
    ADMIN + "payouts/<uuidstr:payout_id>/hold/": {"POST": OPERATORS},
    ADMIN + "payouts/<uuidstr:payout_id>/release/": {"POST": "401 403 403 403 403 409 401 401"},
    ADMIN + "payouts/<uuidstr:payout_id>/reverse/": {"POST": "401 403 403 403 403 409 401 401"},
    ADMIN + "breakers/": {"GET": OPERATORS},
    ADMIN + "breakers/<int:breaker_id>/release/": {"POST": OPERATORS},
    ADMIN + "policies/": {"GET": OPERATORS, "POST": "401 403 403 403 403 201 401 401"},
    "/": {"GET": FRONT},
    "/sign-in/": {"GET": FRONT, "POST": NOT_A_PASSWORD},
    "/sign-up/": {"GET": FRONT, "POST": FRONT},
    "/sign-up/<str:token>/": {"GET": NO_MORE_LINK, "POST": NO_MORE_LINK},
    "/password-reset/": {"GET": ALL, "POST": ALL},
    "/password-reset/<str:token>/": {"GET": NO_MORE_LINK, "POST": NO_MORE_LINK},
    "/sign-in/code/": {"GET": SENT_ON, "POST": SENT_ON},
    "/security/": {"GET": SIGNED_IN_PAGES},
    "/security/second-factor/": {"GET": SIGNED_IN_PAGES, "POST": "302 422 422 422 422 422 302 302"},
    "/security/second-factor/remove/": {"GET": SENT_ON, "POST": SENT_ON},
    "/security/recovery-codes/": {"GET": SENT_ON, "POST": SENT_ON},
    "/letters/": {"GET": SIGNED_IN_PAGES, "POST": SENT_ON},
    "/letters/stop/<str:token>/": {"GET": NO_MORE_LINK, "POST": NO_MORE_LINK},
    "/sign-out/": {"POST": SENT_ON},
    "/sandbox-person/": {"POST": SENT_ON},
    "/language/": {"POST": SENT_ON},
    "/buyer/": {"GET": BUYER_PAGES},
    "/buyer/export/": {"GET": BUYER_PAGES},
    "/seller/": {"GET": SELLER_PAGES},
    "/seller/export/": {"GET": SELLER_PAGES},
    "/seller/bank/": {"GET": SELLER_PAGES, "POST": SELLERS_ACTS},
    "/seller/payouts/": {"GET": SELLER_PAGES},
    "/seller/payouts/pause/": {"GET": SELLER_PAGES, "POST": SELLERS_ACTS},
    "/seller/payouts/resume/": {"GET": SELLER_PAGES, "POST": SELLERS_ACTS},
    "/operator/": {"GET": OPERATOR_PAGES},
    "/operator/export/": {"GET": OPERATOR_PAGES},
    "/operator/webhooks/": {"GET": OPERATOR_PAGES},
    "/operator/webhooks/<int:message_id>/replay/": {"POST": OPERATORS_ACTS},
    "/operator/payouts/": {"GET": OPERATOR_PAGES},
    "/operator/payouts/<uuid:payout_id>/hold/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/payouts/<uuid:payout_id>/release/": {"GET": OPERATOR_PAGES, "POST": NOT_AS_IT_IS},
    "/operator/payouts/<uuid:payout_id>/take-back/": {"GET": OPERATOR_PAGES, "POST": NOT_AS_IT_IS},
    "/operator/breakers/<int:breaker_id>/release/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/runs/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/runs/<uuid:run_id>/": {"GET": OPERATOR_PAGES, "POST": NOT_AS_IT_IS},
    "/operator/sellers/<int:seller_id>/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/sellers/<int:seller_id>/hold/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/sellers/<int:seller_id>/release/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/money/": {"GET": OPERATOR_PAGES, "POST": "302 403 403 403 403 422 302 302"},
    "/operator/differences/": {"GET": OPERATOR_PAGES},
    "/operator/differences/<int:break_id>/check/": {"POST": OPERATORS_ACTS},
    "/operator/differences/<int:break_id>/explain/": {"GET": OPERATOR_PAGES, "POST": OPERATORS_ACTS},
    "/operator/audit/": {"GET": OPERATOR_PAGES},
    "/operator/log/": {"GET": OPERATOR_PAGES},
    "/pay/<int:bid_id>/": {"GET": WINNER_PAGES, "POST": "302 302 404 403 403 403 302 302"},
    "/pay/<int:bid_id>/state/": {"GET": WINNER_PAGES},
    "/payments/<uuid:payment_id>/": {"GET": THEIR_PAGES},
    "/payments/<uuid:payment_id>/receipt/": {"GET": BUYERS_OWN_PAGES},
    "/payouts/<uuid:payout_id>/": {"GET": SELLERS_OWN_PAGES},
    "/payouts/<uuid:payout_id>/statement/": {"GET": SELLERS_OWN_PAGES},
    "/outbox/": {"GET": SIGNED_IN_PAGES},
}

# What a request must carry to be judged by who asks, and by nothing else.
BODIES: dict[str, dict[str, object]] = {
    "/api/auth/token/": {"email": "nobody@klubba.example", "password": "wrong"},
    "/api/auth/token/refresh/": {"refresh": "x"},
    "/api/auth/token/revoke/": {"refresh": "x"},
    "/api/auctions/": {"title": "Kista", "currency": "SEK", "closes_at": "IN_A_DAY"},
    "/api/auctions/<int:auction_id>/bids/": {"amount": "11000.00"},
    INTENT: {"bid_id": "THE_WON_BID"},
    ADMIN + "events/<int:message_id>/replay/": {"reason": "mended"},
    ADMIN + "payout-schedules/": {"transaction_ids": ["00000000-0000-4000-8000-000000000000"]},
    ADMIN + "payout-runs/": {"run_date": "TODAY"},
    ADMIN + "payout-runs/<uuidstr:run_id>/approve/": {"digest": "0" * 64},
    ADMIN + "payouts/<uuidstr:payout_id>/hold/": {"reason": "looked at"},
    ADMIN + "payouts/<uuidstr:payout_id>/release/": {"reason": "looked at"},
    ADMIN + "payouts/<uuidstr:payout_id>/reverse/": {"reason": "looked at"},
    ADMIN + "breakers/<int:breaker_id>/release/": {"reason": "looked at"},
    ADMIN + "policies/": {"interval": "daily", "reason": "looked at"},
    "/sign-up/": {"email": "new@klubba.example"},
    "/password-reset/": {"email": "nobody@klubba.example"},
    "/operator/webhooks/<int:message_id>/replay/": {"reason": "mended"},
    "/operator/payouts/<uuid:payout_id>/hold/": {"reason": "A complaint."},
    "/operator/payouts/<uuid:payout_id>/release/": {"reason": "Solved."},
    "/operator/payouts/<uuid:payout_id>/take-back/": {"reason": "Wrong."},
    "/operator/breakers/<int:breaker_id>/release/": {"reason": "Explained."},
    "/operator/runs/": {"date": "TODAY"},
    "/operator/runs/<uuid:run_id>/": {"digest": "another"},
    "/operator/sellers/<int:seller_id>/": {"interval": "daily", "delay_days": "7", "reason": "As before."},
    "/operator/sellers/<int:seller_id>/hold/": {"reason": "A complaint."},
    "/operator/sellers/<int:seller_id>/release/": {"reason": "Solved."},
    "/operator/differences/<int:break_id>/explain/": {"reason": "Our bookkeeper's."},
    "/operator/money/": {"amount": "1000.00", "currency": "SEK", "reason": "Rent."},
    "/sign-in/": {"email": "nobody@klubba.example", "password": "wrong"},
    "/sandbox-person/": {"email": "bo@klubba.example"},
}
