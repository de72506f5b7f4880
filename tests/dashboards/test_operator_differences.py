"""What differs from Stripe is shown with what happens next; who looks again or explains does so by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from dashboards.break_words import age_words, next_words
from events.models import Event
from inbox.handling import handle_waiting
from payments.initiation import start_payment
from payments.webhooks import HANDLERS
from tests.browser.sandbox_process import Sandbox
from tests.cast import Cast, a_won_bid
from tests.dashboards.platform import a_difference
from tests.dashboards.reading import Reader
from treasury.comparing import compare_between
from treasury.models import Break

PAGE = "/operator/differences/"


def test_where_nothing_differs_it_says_so(olga: Reader) -> None:
    assert "None. Stripe and our books tell the same." in olga.get(PAGE).text
    assert "None so far." in olga.get(f"{PAGE}?state=closed").text
    assert "stands." not in olga.get("/operator/money/").text


def test_a_difference_is_shown_with_its_age_its_sides_and_what_happens_next(cast: Cast, olga: Reader) -> None:
    one = a_difference(expected_minor=1_000, found_minor=-5_000)
    page = olga.get(PAGE)

    assert page.rows == 1
    assert f"Movement {one.object_id} Unknown for 3 hours" in page.text
    assert "The money is in suspense until it gets its name." in page.text
    assert "−60.00 SEK Stripe −50.00 SEK here 10.00 SEK" in page.text
    assert "1 difference from Stripe stands." in olga.get("/operator/money/").text


def test_it_leads_to_our_payment_or_payout(cast: Cast, olga: Reader) -> None:
    payment = "00000000-0000-4000-8000-000000000001"
    payout = "00000000-0000-4000-8000-000000000002"
    a_difference(object_type="charge", subject_id=payment)
    a_difference(object_type="transfer", subject_id=payout)
    assert {f"/payments/{payment}/", f"/payouts/{payout}/"} <= set(olga.get(PAGE).links)


def test_what_may_come_right_by_itself_alarms_nobody_and_cannot_be_explained(olga: Reader) -> None:
    one = a_difference(kind="timing", object_type="charge")
    assert "stands." not in olga.get("/operator/money/").text
    assert f"{PAGE}{one.pk}/explain/" not in olga.get(PAGE).links

    refused = olga.post(f"{PAGE}{one.pk}/explain/", reason="Why not.")
    assert refused.status_code == 409 and "may still come right by itself" in refused.content.decode()


def test_an_operator_explains_it_by_name_once(cast: Cast, olga: Reader) -> None:
    one = a_difference()
    asked = olga.get(f"{PAGE}{one.pk}/explain/").text
    assert f"Movement {one.object_id}: −50.00 SEK at Stripe, 0.00 SEK here." in asked
    assert olga.post(f"{PAGE}{one.pk}/explain/", reason="").status_code == 422
    for _ in range(2):
        assert olga.post(f"{PAGE}{one.pk}/explain/", reason="Our bank's own fee.").status_code == 302

    assert "None. Stripe" in olga.get(PAGE).text
    closed = olga.get(f"{PAGE}?state=closed").text
    assert "Explained Stands" not in closed and "Our bank's own fee. Explained by Olga Ohlsson" in closed
    assert Event.objects.filter(kind="break.explained", actor_id=cast.olga.pk).count() == 1
    log = olga.get("/operator/log/")
    assert "Explained a difference" in log.text and "Our bank's own fee." in log.text
    assert PAGE in log.links


def test_what_is_gone_says_when(olga: Reader) -> None:
    a_difference(resolved_at=timezone.now())
    page = olga.get(f"{PAGE}?state=all")
    assert "Gone by itself, " in page.text and "for 3 hours" in page.text
    assert [
        form for form in page.all("form") if form.get("method") == "post" and "check" in form["action"]
    ] == []


def test_looking_again_mends_what_no_event_brought_and_says_so(
    cast: Cast, olga: Reader, stripe_at: Sandbox
) -> None:
    at = timezone.now()
    bid = a_won_bid(cast.bo, cast.saga, at=at)
    payment = start_payment(bid, buyer=cast.bo, at=at).payment
    paid = stripe_at.confirm_intent(payment.stripe_payment_intent_id or "", payment_method="pm_card_visa")
    compare_between(at - timedelta(minutes=1), at=at + timedelta(minutes=5))
    assert "It is younger than an hour" in olga.get(PAGE).text

    def check(**later: int) -> str:
        one = Break.objects.get(object_id=paid["latest_charge"], resolved_at=None)
        with time_machine.travel(at + timedelta(**later)):
            return str(olga.client.post(f"{PAGE}{one.pk}/check/", follow=True).content.decode())

    assert "Looked at again: the difference stands." in check(minutes=6)
    assert "what was missing is in the inbox" in check(hours=3)
    assert "The payment is asked for again" in olga.get(PAGE).text
    handle_waiting(HANDLERS, limit=10, at=at + timedelta(hours=3))
    assert "Looked at again: the difference is gone." in check(hours=3)
    payment.refresh_from_db()
    assert payment.outcome == "sale"
    assert "Had a difference looked at again" in olga.get("/operator/log/").text


def test_where_stripe_is_away_looking_again_says_so(olga: Reader, settings: object) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    one = a_difference(object_type="charge", object_id="ch_1")
    answer = olga.post(f"{PAGE}{one.pk}/check/")
    assert answer.status_code == 503 and "Stripe does not answer just now." in answer.content.decode()


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 30, "٣", ""])
def test_who_asks_for_nothing_is_told_nothing(olga: Reader, asked: str) -> None:
    assert "Looked at again" not in olga.get(f"{PAGE}?asked={asked}").text


def test_each_difference_has_its_sentence_about_what_happens_next(db: None) -> None:
    told = {
        (kind, about, account): next_words(Break(kind=kind, object_type=about, account_id=account))
        for kind in Break.Kind
        for about in Break.About
        for account in ("", "acct_1")
    }
    assert all(told.values()) and len(set(told.values())) == 14


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "for 0 minutes"), (1, "for 1 minute"), (59, "for 59 minutes"), (60, "for 1 hour"),
     (47 * 60 + 59, "for 47 hours"), (48 * 60, "for 2 days"), (-5, "for 0 minutes")],
)  # fmt: skip
def test_how_long_it_has_stood(db: None, minutes: int, words: str) -> None:
    since = timezone.now()
    assert age_words(since, until=since + timedelta(minutes=minutes)) == words
