"""An operator sees how payments go, in words and in the reader's numbers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from dashboards import health
from insights.health import Health
from payouts.bank_days import PLATFORM_ZONE
from tests.cast import Cast
from tests.dashboards.reading import Reader
from treasury.balance_transactions import POLLER
from treasury.looking_back import looked_at_all

GOES_WELL = Health(attempted=1_200, paid=1_199, confirm_seconds=1.26, handle_seconds=0.4, waits_seconds=None)


def told_of(monkeypatch: pytest.MonkeyPatch, told: Health) -> None:
    monkeypatch.setattr(health, "health_of_payments", lambda *, at: told)


def test_before_the_first_payment_it_says_so_without_a_figure(olga: Reader) -> None:
    page = olga.get("/operator/").text

    assert "Payments that succeed – 0 of 0 tried." in page
    assert "From the charge to our books –" in page


def test_it_tells_share_and_times(olga: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of(monkeypatch, GOES_WELL)
    page = olga.get("/operator/").text

    assert "Payments that succeed 99 % 1199 of 1200 tried." in page
    assert "From the charge to our books 1.3 s The middle of the newest 1000." in page
    assert "From a webhook to its effect 0.4 s Nineteen in twenty take no longer." in page


def test_in_swedish_the_numbers_are_too(cast: Cast, olga: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.olga.language = "sv"
    cast.olga.save()
    told_of(monkeypatch, GOES_WELL)
    page = olga.get("/operator/").text

    assert "99 % 1199 av 1200 försök." in page and "1,3 s" in page


def test_a_message_that_waits_is_told_of(olga: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    told_of(monkeypatch, Health(0, 0, None, 0.4, 60.0))

    assert "The next one has waited for 60.0 s." in olga.get("/operator/").text


def test_when_the_books_were_last_compared_is_told(olga: Reader) -> None:
    assert "Compared with Stripe's record –" in olga.get("/operator/").text.replace("’", "'")
    looked_at_all(POLLER, at=datetime(2025, 11, 20, 9, 5, tzinfo=UTC))

    assert "Thu 20 Nov 2025 10:05 Each movement" in olga.get("/operator/").text
    looked_at_all(POLLER, at=timezone.now())
    now = timezone.localtime(timezone=PLATFORM_ZONE)
    assert f"record {now:%H:%M} Each movement" in olga.get("/operator/").text
