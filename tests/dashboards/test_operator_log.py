"""Who did what to money, why, and what it changed."""

from __future__ import annotations

from django.utils import timezone

from dashboards.act_words import ACTS
from payouts.holding import hold_schedule, release_breaker, release_schedule, trip_breaker
from payouts.models import Breaker, PayoutPolicy, PayoutSchedule
from payouts.policies import set_policy
from tests.api.asking import a_sale
from tests.cast import Cast
from tests.dashboards.reading import Reader

LOG = "/operator/log/"


def some_acts(cast: Cast) -> PayoutSchedule:
    at = timezone.now()
    a_sale(cast.bo, cast.saga)
    payout = PayoutSchedule.objects.get()
    hold_schedule(payout, reason="A question.", by=cast.olga, at=at)
    release_schedule(payout, reason="Answered.", by=cast.otto, at=at)
    set_policy(PayoutPolicy(delay_days=9, reason="Slower."), by=cast.olga, at=at)
    return payout


def test_before_anybody_did_anything_it_says_so(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)

    assert "No operator has done anything to money yet." in Reader(cast.olga).get(LOG).text


def test_each_act_has_its_person_reason_change_and_link(cast: Cast) -> None:
    payout = some_acts(cast)
    page = Reader(cast.olga).get(LOG)

    (policy, released, held) = (page.text.index(word) for word in ("Slower.", "Answered.", "A question."))
    assert policy < released < held
    assert "Olga Ohlsson" in page.text and "Otto Oster" in page.text
    assert "state: scheduled → held" in page.text and "state: held → scheduled" in page.text
    assert "delay_days: – → 9" in page.text
    assert ("a", f"/payouts/{payout.pk}/") in {(tag, one.get("href")) for tag, one in page.elements}


def test_it_is_read_by_kind_and_by_person(cast: Cast) -> None:
    some_acts(cast)
    reader = Reader(cast.olga)

    of_otto = reader.get(f"{LOG}?by={cast.otto.pk}").text
    assert "Answered." in of_otto and "A question." not in of_otto and "Slower." not in of_otto
    policies = reader.get(f"{LOG}?kind=policy.set").text
    assert "Slower." in policies and "Answered." not in policies
    assert "No acts match." in reader.get(f"{LOG}?kind=policy.set&by={cast.otto.pk}").text
    assert "A question." in reader.get(f"{LOG}?kind=nothing&by=x").text


def test_what_the_system_did_by_itself_is_no_act(cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    hold_schedule(PayoutSchedule.objects.get(), reason="By rule.", by=None, at=timezone.now())

    assert "By rule." not in Reader(cast.olga).get(LOG).text


def test_each_kind_of_act_has_a_page_to_look_at(cast: Cast) -> None:
    trip_breaker("audit", reason="A difference.", at=timezone.now())
    release_breaker(Breaker.objects.get(), reason="Found.", by=cast.olga, at=timezone.now())

    page = Reader(cast.olga).get(LOG)
    assert "stopped_for: A difference. → –" in page.text
    assert all(words() for words in ACTS.values())
