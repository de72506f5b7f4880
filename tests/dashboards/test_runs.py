"""A run is shown line by line, and approved as it was shown, or refused with a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from payouts.holding import hold_schedule
from payouts.models import Earning, PayoutApproval, PayoutRun, PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast
from tests.dashboards.reading import Reader
from tests.payouts.moving import an_account

RUNS = "/operator/runs/"
SMALL_LIMIT = override_settings(PAYOUT_REVIEW_ABOVE_MINOR={"SEK": 1_000})


@pytest.fixture
def payout(cast: Cast) -> PayoutSchedule:
    """Of a sale of today; it leaves in a week."""
    an_account(cast.saga)
    a_sale(cast.bo, cast.saga)
    Earning.objects.update(available_on=timezone.now().date())
    return PayoutSchedule.objects.get()


def preview(reader: Reader, payout: PayoutSchedule) -> PayoutRun:
    answer = reader.post(RUNS, date=payout.scheduled_date.isoformat())
    assert answer.status_code == 302
    return PayoutRun.objects.order_by("-made_at")[0]


def approve(reader: Reader, run: PayoutRun, digest: str | None = None) -> object:
    return reader.post(f"{RUNS}{run.pk}/", digest=run.digest if digest is None else digest)


def test_without_runs_it_says_what_to_do(cast: Cast, olga: Reader) -> None:
    page = olga.get(RUNS)

    assert "No runs yet. Preview a day to see what would leave." in page.text
    assert f'value="{timezone.localdate().isoformat()}"' in page.html


@pytest.mark.parametrize("typed", ["", "soon", "2026-02-30", "9999-12-31", "20261201x", "'"])
def test_a_day_that_is_none_is_refused_and_kept(cast: Cast, olga: Reader, typed: str) -> None:
    refused = olga.post(RUNS, date=typed)

    assert refused.status_code == 422
    assert "Choose a day within a year" in refused.content.decode()
    assert not PayoutRun.objects.exists()


def test_a_day_that_is_over_is_refused(cast: Cast, olga: Reader) -> None:
    refused = olga.post(RUNS, date=(timezone.localdate() - timedelta(days=1)).isoformat())

    assert refused.status_code == 422 and "Choose today or a day to come." in refused.content.decode()


def test_every_line_is_there_and_leads_to_its_payment(
    cast: Cast, olga: Reader, payout: PayoutSchedule
) -> None:
    run = preview(olga, payout)
    page = olga.get(f"{RUNS}{run.pk}/")

    assert f"PO-{payout.number} Sand & Söner" in page.text and "····4242" in page.text
    assert "1 payout in SEK 10,230.00 SEK Our balance afterwards 770.00 SEK" in page.text
    assert f"/payouts/{payout.pk}/" in page.links
    assert f"/payments/{Earning.objects.get().payment_id}/" in page.links
    assert "0 payouts stay behind" in page.text
    assert "Previewed" in olga.get(RUNS).text and olga.get(RUNS).rows == 1


def test_what_stays_behind_has_its_reason(cast: Cast, olga: Reader, payout: PayoutSchedule) -> None:
    hold_schedule(payout, reason="A complaint.", by=cast.otto, at=timezone.now())
    page = olga.get(f"{RUNS}{preview(olga, payout).pk}/")

    assert "1 payout stays behind" in page.text and "A complaint." in page.text
    assert "There is nothing to approve." in page.text and 'name="digest"' not in page.html


def test_approving_binds_what_was_shown_and_twice_is_once(
    cast: Cast, olga: Reader, payout: PayoutSchedule
) -> None:
    run = preview(olga, payout)
    assert [approve(olga, run).url for _ in range(2)] == [f"{RUNS}{run.pk}/"] * 2  # type: ignore[attr-defined]

    assert PayoutApproval.objects.get().schedule_id == payout.pk
    page = olga.get(f"{RUNS}{run.pk}/")
    assert "Olga Ohlsson approved it" in page.text and 'name="digest"' not in page.html
    assert "Scheduled" in page.text
    assert "Approved." in olga.get(f"/payouts/{payout.pk}/").text


def test_a_digest_of_something_else_approves_nothing(
    cast: Cast, olga: Reader, payout: PayoutSchedule
) -> None:
    run = preview(olga, payout)

    assert approve(olga, run, digest="0" * 64).status_code == 409  # type: ignore[attr-defined]
    assert approve(olga, run, digest="").status_code == 409  # type: ignore[attr-defined]
    assert not PayoutApproval.objects.exists()


def test_what_changed_since_is_refused_with_the_sentence(
    cast: Cast, olga: Reader, payout: PayoutSchedule
) -> None:
    run = preview(olga, payout)
    a_sale(cast.bo, cast.saga)
    Earning.objects.update(available_on=timezone.now().date())
    refused = approve(olga, run)

    assert refused.status_code == 409  # type: ignore[attr-defined]
    body = refused.content.decode()  # type: ignore[attr-defined]
    assert "Something changed since this was shown. Look at it anew." in body
    assert "Preview this day anew" in body and not PayoutApproval.objects.exists()


@SMALL_LIMIT
def test_above_the_limit_another_person_approves(cast: Cast, olga: Reader, payout: PayoutSchedule) -> None:
    run, otto = preview(olga, payout), Reader(cast.otto)
    page = olga.get(f"{RUNS}{run.pk}/")
    assert "Above the limit: two people approve it" in page.text
    assert "A second operator has to approve this." in page.text and 'name="digest"' not in page.html

    refused = approve(olga, run)
    assert refused.status_code == 409  # type: ignore[attr-defined]
    assert "A second operator has to approve this." in refused.content.decode()  # type: ignore[attr-defined]

    assert 'name="digest"' in otto.get(f"{RUNS}{run.pk}/").html
    approve(otto, run)
    assert "Otto Oster" in olga.get(RUNS).text and "Approved" in olga.get(RUNS).text


def test_a_run_that_does_not_exist_is_not_found(cast: Cast, olga: Reader) -> None:
    assert olga.get(f"{RUNS}00000000-0000-0000-0000-000000000000/").status == 404
