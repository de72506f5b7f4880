"""A seller as an operator sees them, and the policy that is set for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from payouts.holding import hold_seller
from payouts.models import Earning, Hold, PayoutPolicy, PayoutSchedule
from tests.api.asking import a_sale
from tests.cast import Cast
from tests.dashboards.reading import Reader
from tests.payouts.moving import an_account

DAILY = {"interval": "daily", "delay_days": "7", "reason": "As before."}


def path(cast: Cast) -> str:
    return f"/operator/sellers/{cast.saga.pk}/"


def seen() -> str:
    newest = PayoutPolicy.objects.order_by("-pk").first()
    return str(newest.pk) if newest else ""


def test_a_seller_who_has_nothing_yet_has_a_page(cast: Cast, olga: Reader) -> None:
    page = olga.get(path(cast))

    for words in ("No bank details yet", "Nothing was sold yet.", "Nothing of this seller's was ever held."):
        assert words in page.text
    assert olga.get(f"/operator/sellers/{cast.bo.pk}/").status == 404


def test_account_balances_holds_and_policy_are_told(cast: Cast, olga: Reader) -> None:
    an_account(cast.saga)
    a_sale(cast.bo, cast.saga)
    hold_seller(cast.saga.pk, reason="A strange payout.", by=cast.otto, at=timezone.now())
    page = olga.get(path(cast))

    assert "Ready for payouts" in page.text and "····4242" in page.text and "acct_" in page.text
    assert "Not on its way yet 10,230.00 SEK" in page.text
    assert "All payouts of this seller are held." in page.text
    assert "A strange payout. Otto Oster" in page.text and "Still held" in page.text
    assert "7 days after the payment or later." in page.text


def test_all_of_a_sellers_is_held_and_released(cast: Cast, olga: Reader) -> None:
    assert [olga.post(f"{path(cast)}hold/", reason="Stop.").url for _ in range(2)] == [path(cast)] * 2
    assert Hold.objects.get(released_at=None).placed_by == cast.olga
    assert f"{path(cast)}release/" in olga.get(path(cast)).links

    assert [olga.post(f"{path(cast)}release/", reason="Go.").url for _ in range(2)] == [path(cast)] * 2
    assert not Hold.objects.filter(released_at=None).exists()


def test_a_new_policy_gives_what_waits_its_new_day(cast: Cast, olga: Reader) -> None:
    a_sale(cast.bo, cast.saga)
    before = PayoutSchedule.objects.get().scheduled_date
    typed = DAILY | {
        "delay_days": "30",
        "minimum_SEK": "500,00",
        "reserve_percent": "2.5",
        "reserve_days": "9",
    }
    answers = [olga.post(path(cast), seen="" if n else seen(), **typed) for n in range(2)]

    assert [answer.url for answer in answers] == [path(cast)] * 2
    policy = PayoutPolicy.objects.get(seller=cast.saga)
    assert (policy.delay_days, policy.minimums_minor) == (30, {"SEK": 50_000})
    assert (policy.reserve_bp, policy.reserve_days, policy.made_by) == (250, 9, cast.olga)
    after = PayoutSchedule.objects.get(state="scheduled").scheduled_date
    assert after - before >= timedelta(days=20)
    page = olga.get(path(cast))
    assert "30 days after the payment or later. Less than 500.00 SEK waits" in page.text
    assert "Olga Ohlsson" in page.text and "As before." in page.text


def test_what_a_manual_policy_left_without_a_day_gets_one(cast: Cast, olga: Reader) -> None:
    olga.post(path(cast), seen=seen(), **(DAILY | {"interval": "manual"}))
    a_sale(cast.bo, cast.saga)
    assert not PayoutSchedule.objects.exists()

    newest = PayoutPolicy.objects.filter(seller=cast.saga).latest("pk")
    olga.post(path(cast), seen=str(newest.pk), **DAILY)
    assert PayoutSchedule.objects.get().items.get().earning == Earning.objects.get()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"reason": ""}, "Write the reason first."),
        ({"delay_days": "a week"}, "Write days as whole numbers."),
        ({"delay_days": "76"}, "The delay is between 0 and 75 days."),
        ({"interval": "hourly"}, "The interval is daily, weekly, monthly or manual."),
        ({"interval": "weekly"}, "Write days as whole numbers."),
        ({"interval": "weekly", "weekday": "6"}, "name a weekday from 0"),
        ({"interval": "monthly", "month_day": "32"}, "name a day of the month"),
        ({"reserve_percent": "51", "reserve_days": "9"}, "up to half of a sale"),
        ({"reserve_percent": "5"}, "up to half of a sale"),
        ({"reserve_percent": "a lot", "reserve_days": "9"}, "such as 5 or 2.5"),
        ({"minimum_SEK": "1e3"}, "Write the smallest payout as digits"),
    ],
)
def test_what_makes_no_policy_is_refused_and_kept(
    cast: Cast, olga: Reader, changed: dict[str, str], sentence: str
) -> None:
    refused = olga.post(path(cast), seen=seen(), **(DAILY | {"month_day": "17"} | changed))
    body = refused.content.decode()

    assert refused.status_code == 422 and sentence in body.replace("&#x27;", "'")
    assert not PayoutPolicy.objects.filter(seller=cast.saga).exists()
    assert all(value in body for value in changed.values() if value != "hourly")


def test_a_policy_that_changed_meanwhile_is_not_written_over(cast: Cast, olga: Reader) -> None:
    first = seen()
    Reader(cast.otto).post(path(cast), seen=first, **(DAILY | {"delay_days": "3"}))
    refused = olga.post(path(cast), seen=first, **(DAILY | {"delay_days": "9"}))

    assert refused.status_code == 409
    assert "The policy was changed since you opened this page." in refused.content.decode()
    assert PayoutPolicy.objects.filter(seller=cast.saga).count() == 1
