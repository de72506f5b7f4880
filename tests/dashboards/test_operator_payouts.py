"""What an operator sees of payouts, and does with one: hold, release, take back, let flow again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from payouts.arriving import record_payout_failed
from payouts.holding import hold_schedule, open_breaker, trip_breaker
from payouts.models import Breaker, Earning, Hold, PayoutSchedule
from tests.api.asking import a_sale
from tests.browser.sandbox_process import Sandbox
from tests.cast import NOON, Cast
from tests.dashboards.reading import Reader
from tests.payouts.moving import DUE, account_of, an_account, facts, in_the_bank, sales_of

PAYOUTS = "/operator/payouts/"


@pytest.fixture
def payout(cast: Cast) -> PayoutSchedule:
    """A reference sale's payout."""
    an_account(cast.saga)
    sales_of(cast, 1)
    return PayoutSchedule.objects.get()


def act(payout: PayoutSchedule, name: str) -> str:
    return f"/operator/payouts/{payout.pk}/{name}/"


def test_with_nothing_to_do_it_says_so(cast: Cast, olga: Reader) -> None:
    page = olga.get(PAYOUTS)

    assert "Nothing needs you, and nothing is due." in page.text
    assert "Waiting for approval 0 Nothing On hold 0 Nothing Came back 0 Nothing Due today 0" in page.text
    assert "No payouts match." in olga.get(PAYOUTS + "?state=returned").text


def test_each_queue_holds_what_it_says(cast: Cast, olga: Reader, payout: PayoutSchedule) -> None:
    hold_schedule(payout, reason="It is being reviewed.", by=None, at=NOON, kind="approval")
    assert counted(olga) == {"approval": 1, "held": 0, "returned": 0, "on_the_way": 0, "all": 1, "": 1}
    assert "Waiting for approval 1 10,230.00 SEK" in olga.get(PAYOUTS).text

    hold_schedule(payout, reason="A complaint.", by=cast.olga, at=NOON)
    assert counted(olga)["held"] == 1
    assert "A complaint." in olga.get(PAYOUTS).text and act(payout, "release") in olga.get(PAYOUTS).links


def test_what_came_back_is_there_with_the_banks_reason(olga: Reader, payout: PayoutSchedule) -> None:
    sent = in_the_bank(payout)
    failed = facts(sent.payout, "failed", failure_code="account_closed")
    record_payout_failed(failed, account=account_of(sent), at=DUE)

    assert counted(olga)["returned"] == 1
    assert "Came back 1 10,230.00 SEK" in olga.get(PAYOUTS).text
    assert "the account is closed" in olga.get(PAYOUTS).text
    assert act(payout, "take-back") in olga.get(f"/payouts/{payout.pk}/").links


def counted(olga: Reader) -> dict[str, int]:
    names = ("approval", "held", "returned", "on_the_way", "all", "")
    return {name: olga.get(f"{PAYOUTS}?state={name}").rows for name in names}


def test_a_hold_has_a_reason_and_a_name_and_a_double_click_harms_nothing(
    cast: Cast, olga: Reader, payout: PayoutSchedule
) -> None:
    asked = olga.get(act(payout, "hold"))
    assert f"Hold PO-{payout.number}?" in asked.text and "10,230.00 SEK to Sand & Söner" in asked.text

    refused = olga.post(act(payout, "hold"), reason="  ")
    assert refused.status_code == 422 and "Write the reason first." in refused.content.decode()

    answers = [olga.post(act(payout, "hold"), reason="A complaint.") for _ in range(2)]
    assert [answer.url for answer in answers] == [f"/payouts/{payout.pk}/"] * 2
    held = Hold.objects.get()
    assert (held.reason, held.placed_by) == ("A complaint.", cast.olga)


def test_a_refusal_stands_beside_the_form_and_keeps_what_was_typed(
    cast: Cast, olga: Reader, payout: PayoutSchedule
) -> None:
    in_the_bank(payout)
    refused = olga.post(act(payout, "hold"), reason="Too <late>")

    assert refused.status_code == 409
    body = refused.content.decode()
    assert "Only a payout that has not left can be held." in body and "Too &lt;late&gt;</textarea>" in body
    refused = olga.post(act(payout, "release"), reason="Why")
    assert refused.status_code == 409 and "No operator holds this payout." in refused.content.decode()


def test_a_release_lets_it_leave_and_says_by_whom(cast: Cast, olga: Reader, payout: PayoutSchedule) -> None:
    hold_schedule(payout, reason="A complaint.", by=cast.olga, at=NOON)
    answers = [olga.post(act(payout, "release"), reason="Solved.") for _ in range(2)]

    assert [answer.url for answer in answers] == [f"/payouts/{payout.pk}/"] * 2
    payout.refresh_from_db()
    assert payout.state == "scheduled"
    assert Hold.objects.get().released_by == cast.olga and Hold.objects.get().release_reason == "Solved."


def test_what_has_not_left_cannot_be_taken_back(olga: Reader, payout: PayoutSchedule) -> None:
    refused = olga.post(act(payout, "take-back"), reason="Wrong")

    assert refused.status_code == 409
    assert "Only what lies on the seller&#x27;s account at Stripe" in refused.content.decode()


def test_the_breaker_is_shown_and_released_by_name_and_reason(cast: Cast, olga: Reader) -> None:
    trip_breaker("audit", reason="A difference of 1.00 SEK.", at=timezone.now())
    breaker = Breaker.objects.get()
    path = f"/operator/breakers/{breaker.pk}/release/"
    page = olga.get(PAYOUTS)

    assert "All payouts are stopped" in page.text and "A difference of 1.00 SEK." in page.text
    assert path in page.links and "A difference of 1.00 SEK." in olga.get(path).text
    assert olga.post(path, reason="").status_code == 422 and open_breaker() is not None
    assert [olga.post(path, reason="Explained.").url for _ in range(2)] == [PAYOUTS, PAYOUTS]
    breaker.refresh_from_db()
    assert (breaker.released_by, breaker.release_reason) == (cast.olga, "Explained.")
    assert "stopped" not in olga.get(PAYOUTS).text


@override_settings(STRIPE_CONNECT_WEBHOOK_SECRETS=())
def test_it_says_when_payouts_are_not_switched_on(cast: Cast, olga: Reader) -> None:
    assert "Payouts are off: STRIPE_CONNECT_WEBHOOK_SECRET is not set." in olga.get(PAYOUTS).text


def test_nothing_is_done_without_the_forms_own_token(
    cast: Cast, payout: PayoutSchedule, stripe_at: Sandbox
) -> None:
    trip_breaker("audit", reason="A difference.", at=timezone.now())
    operator, seller = (
        Reader(cast.olga, enforce_csrf_checks=True),
        Reader(cast.saga, enforce_csrf_checks=True),
    )
    acts = [act(payout, name) for name in ("hold", "release", "take-back")]
    acts += [f"/operator/breakers/{Breaker.objects.get().pk}/release/", "/operator/runs/", "/operator/money/"]
    acts += [f"/operator/sellers/{cast.saga.pk}/{name}" for name in ("", "hold/", "release/")]
    sellers = ["/seller/payouts/pause/", "/seller/payouts/resume/", "/seller/bank/"]

    assert {path: operator.post(path, reason="x").status_code for path in acts} == dict.fromkeys(acts, 403)
    assert {path: seller.post(path).status_code for path in sellers} == dict.fromkeys(sellers, 403)
    assert isinstance(operator.client, Client) and not Hold.objects.exists()


def test_what_lies_at_stripe_for_75_days_is_named_the_ten_oldest_first(cast: Cast, olga: Reader) -> None:
    cast.saga.company = "<i>Sand</i>"
    cast.saga.save(update_fields=["company"])
    a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=74))
    assert "75 days" not in olga.get(PAYOUTS).text
    in_the_bank = a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=99))
    Earning.objects.filter(payment_id=in_the_bank.pk).update(status="completed")
    old = [a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=76 + n)) for n in range(11)]

    page = olga.get(PAYOUTS)

    assert "At Stripe for 75 days or more" in page.text and "10,230.00 SEK · <i>Sand</i> ·" in page.text
    named = [link for link in page.links if link.startswith("/payments/")]
    assert named == [f"/payments/{sale.pk}/" for sale in old[:0:-1]]
