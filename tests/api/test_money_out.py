"""What operators do about money on its way out, over HTTP."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from payments.models import Transaction
from payouts.bank_days import next_bank_day
from payouts.models import Breaker, ConnectedAccount, PayoutPolicy, PayoutSchedule
from tests.api.asking import Asking, a_sale, refused
from tests.cast import Cast
from tests.payouts.moving import an_account, owe

ADMIN = "/api/payments/admin/"


@pytest.fixture
def otto(cast: Cast) -> Asking:
    return Asking(cast.otto)


def a_free_line(cast: Cast) -> Transaction:
    """A payout line whose day nobody has chosen: Saga's policy is manual."""
    PayoutPolicy.objects.create(seller=cast.saga, interval="manual", made_at=timezone.now())
    sale = a_sale(cast.bo, cast.saga)
    return Transaction.objects.get(payment_intent=sale, type="payout")


def a_due_sale(cast: Cast) -> PayoutSchedule:
    """A sale of long ago, its money available and its seller's account ready."""
    then = timezone.now() - timedelta(days=30)
    an_account(cast.saga)
    sale = a_sale(cast.bo, cast.saga, at=then)
    schedule = PayoutSchedule.objects.get()
    schedule.items.get().earning.__class__.objects.filter(payment_id=sale.pk).update(
        available_on=then.date() + timedelta(days=2)
    )
    return schedule


def run_date(schedule: PayoutSchedule) -> str:
    """The first bank day on which the schedule could leave."""
    day = max(schedule.scheduled_date, timezone.localdate())
    return next_bank_day(day, currency="SEK", country="SE").isoformat()


def test_chosen_lines_are_scheduled_and_no_others(olga: Asking, cast: Cast) -> None:
    line, other = a_free_line(cast), a_sale(cast.bo, cast.saga)
    day = next_bank_day(timezone.localdate() + timedelta(days=60), currency="SEK", country="SE")
    asked = {"transaction_ids": [str(line.pk)] * 2, "scheduled_date": day.isoformat(), "notes": "agreed"}

    answer = olga.post(ADMIN + "payout-schedules/", asked)

    assert answer.status_code == 201
    (made,) = answer.json()
    assert (made["total_amount"], made["transaction_count"]) == ("10230.00", 1)
    assert (made["scheduled_date"], PayoutSchedule.objects.get().notes) == (day.isoformat(), "agreed")
    assert not PayoutSchedule.objects.filter(items__earning__payment_id=other.pk).exists()


def test_one_line_that_is_not_free_refuses_them_all_by_name(olga: Asking, cast: Cast) -> None:
    line = a_free_line(cast)
    PayoutPolicy.objects.create(seller=cast.saga, interval="daily", made_at=timezone.now())
    claimed = Transaction.objects.get(payment_intent=a_sale(cast.bo, cast.saga), type="payout")
    commission = Transaction.objects.filter(type="commission").first()
    unknown = str(uuid.uuid4())
    before = PayoutSchedule.objects.count()

    for stranger in (unknown, str(commission.pk), str(claimed.pk)):
        asked = {"transaction_ids": [str(line.pk), stranger]}
        problem = refused(olga.post(ADMIN + "payout-schedules/", asked), 409, "lines_not_free")
        assert list(problem["errors"]) == [stranger]
    assert PayoutSchedule.objects.count() == before


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"transaction_ids": []},
        {"transaction_ids": ["x"]},
        {"transaction_ids": "x"},
        {"transaction_ids": [str(uuid.uuid4()) for _ in range(1_001)]},
        {"transaction_ids": [str(uuid.uuid4())], "scheduled_date": "2020-01-01"},
        {"transaction_ids": [str(uuid.uuid4())], "seller": 1},
    ],
)
def test_a_choice_that_is_none_is_refused(olga: Asking, asked: dict[str, object]) -> None:
    refused(olga.post(ADMIN + "payout-schedules/", asked), 422, "invalid")


def test_a_run_is_shown_line_by_line_and_names_what_stays_behind(olga: Asking, cast: Cast) -> None:
    schedule = a_due_sale(cast)
    a_sale(cast.bo, cast.saga)
    elsewhere = a_sale(cast.bo, cast.saga, at=timezone.now() - timedelta(days=30), currency="EUR")
    owe(cast, 100_00)

    shown = olga.post(ADMIN + "payout-runs/", {"run_date": run_date(schedule)}).json()

    (line,) = shown["lines"]
    assert (line["payout_id"], line["amount"], line["flags"]) == (str(schedule.pk), "10130.00", [])
    assert (line["bank_last4"], line["transaction_count"]) == ("4242", 1)
    sold = Transaction.objects.get(earning__items__schedule=schedule)
    assert line["transactions"] == [{"transaction_id": str(sold.pk), "amount": "10130.00"}]
    (left,) = shown["excluded"]
    assert PayoutSchedule.objects.get(pk=left["payout_id"]).items.get().earning.payment_id == elsewhere.pk
    assert (left["currency"], left["reason"]) == (
        "EUR",
        "The buyer's payment is not available at Stripe yet.",
    )
    assert shown["sums"] == [{"currency": "SEK", "amount": "10130.00", "count": 1}]
    assert shown["balance_after"] == [{"currency": "SEK", "balance": "11870.00"}]
    assert (shown["status"], shown["made_by"], shown["approved_by"]) == ("previewed", cast.olga.pk, None)


def test_a_run_is_approved_as_it_was_shown_and_above_the_limit_by_another(
    olga: Asking, otto: Asking, cast: Cast, settings
) -> None:
    settings.PAYOUT_REVIEW_ABOVE_MINOR = {"SEK": 1}
    shown = olga.post(ADMIN + "payout-runs/", {"run_date": run_date(a_due_sale(cast))}).json()
    assert (shown["lines"][0]["flags"], shown["second_person_needed"]) == (["above_limit"], True)
    path = f"{ADMIN}payout-runs/{shown['id']}/"

    refused(otto.post(path + "approve/", {"digest": "0" * 64}), 409, "run_changed")
    refused(olga.post(path + "approve/", {"digest": shown["digest"]}), 409, "second_person_needed")
    approved = otto.post(path + "approve/", {"digest": shown["digest"]}).json()

    assert (approved["status"], approved["approved_by"]) == ("approved", cast.otto.pk)
    assert approved["made_by"] == cast.olga.pk
    assert olga.get(path).json() == approved


def test_a_day_that_is_over_has_no_run(olga: Asking) -> None:
    refused(olga.post(ADMIN + "payout-runs/", {"run_date": "2026-01-05"}), 409, "run_date_over")


def test_held_and_released_by_name(olga: Asking, saga: Asking, cast: Cast) -> None:
    a_sale(cast.bo, cast.saga)
    payout = PayoutSchedule.objects.get()
    path = f"{ADMIN}payouts/{payout.pk}/"

    held = olga.post(path + "hold/", {"reason": "We are asking the buyer."}).json()

    assert (held["state"], held["status"], held["reason"]) == (
        "held",
        "scheduled",
        "We are asking the buyer.",
    )
    assert saga.get(f"/api/payments/payouts/{payout.pk}/").json()["reason"] == "We are asking the buyer."
    refused(olga.post(path + "hold/", {"reason": "again"}), 409, "not_holdable")
    refused(olga.post(path + "release/", {"reason": ""}), 422, "invalid")
    released = olga.post(path + "release/", {"reason": "The buyer answered."}).json()
    assert (released["state"], released["reason"]) == ("scheduled", None)
    refused(olga.post(path + "release/", {"reason": "again"}), 409, "not_held")
    refused(olga.post(path + "reverse/", {"reason": "too early"}), 409, "not_reversible")


def test_a_stop_is_shown_and_released_once(olga: Asking, cast: Cast) -> None:
    assert olga.get(ADMIN + "breakers/").json() == []
    stop = Breaker.objects.create(cause="audit", reason="I05", tripped_at=timezone.now())
    assert [one["cause"] for one in olga.get(ADMIN + "breakers/").json()] == ["audit"]
    path = f"{ADMIN}breakers/{stop.pk}/release/"

    assert olga.post(path, {"reason": "mended"}).json()["released_by"] == cast.olga.pk
    assert Breaker.objects.get().release_reason == "mended"
    refused(olga.post(path, {"reason": "mended"}), 409, "not_stopped")
    assert olga.get(ADMIN + "breakers/").json() == []


def test_a_policy_is_a_new_version_and_the_seller_sees_it(olga: Asking, saga: Asking, cast: Cast) -> None:
    asked = {
        "seller_id": cast.saga.pk,
        "interval": "weekly",
        "weekday": 2,
        "delay_days": 10,
        "minimums": {"SEK": "500.00"},
        "reserve_bp": 1000,
        "reserve_days": 30,
        "reason": "as agreed",
    }

    made = olga.post(ADMIN + "policies/", asked)

    assert made.status_code == 201
    assert made.json()["reserve_rate"] == "10.00"
    assert made.json() | asked == made.json() | {"reserve_bp": 1000}
    assert saga.get("/api/payments/account/").json()["policy"] == made.json()
    monthly = {"seller_id": cast.saga.pk, "interval": "monthly", "month_day": 31, "reason": "as asked"}
    newer = olga.post(ADMIN + "policies/", monthly).json()
    assert newer | monthly == newer
    assert olga.get(ADMIN + "policies/", seller_id=cast.saga.pk).json() == [newer, made.json()]
    assert olga.get(ADMIN + "policies/", seller_id=cast.bo.pk).json() == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"interval": "weekly"}, "interval"),
        ({"weekday": 1}, "interval"),
        ({"interval": "monthly"}, "interval"),
        ({"delay_days": 76}, "delay_days"),
        ({"reserve_bp": 100}, "interval"),
        ({"reserve_days": 10}, "interval"),
        ({"minimums": {"SEK": "5,00"}}, "minimums"),
        ({"minimums": {"SEK": 5}}, "minimums.SEK"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(
    olga: Asking, changed: dict[str, object], field: str
) -> None:
    asked = {"interval": "daily", "reason": "x"} | changed

    problem = refused(olga.post(ADMIN + "policies/", asked), 422, "invalid")
    assert list(problem["errors"]) == [field]
    assert not PayoutPolicy.objects.exists()


def test_a_policy_is_for_a_seller(olga: Asking, cast: Cast) -> None:
    refused(olga.post(ADMIN + "policies/", {"seller_id": cast.bo.pk, "reason": "x"}), 404, "not_found")


def test_an_account_is_shown_with_what_it_still_needs_and_no_more_of_its_bank(
    saga: Asking, cast: Cast
) -> None:
    def shown() -> tuple[object, ...]:
        account = saga.get("/api/payments/account/").json()
        return tuple(account[name] for name in ("status", "requirements", "bank_last4", "reason"))

    needs_bank = "Tell Stripe where your bank is, and the money leaves on the next bank day."
    assert shown() == ("none", [], None, needs_bank)
    an_account(cast.saga, payouts_enabled=False, requirements=["external_account"], bank_last4="")
    needs_more = "Stripe needs more from you before it can pay you out."
    assert shown() == ("incomplete", ["Your bank account"], None, needs_more)
    ConnectedAccount.objects.update(payouts_enabled=True, requirements=[], bank_last4="4242")
    assert shown() == ("ready", [], "4242", None)


def test_a_seller_pauses_and_resumes(saga: Asking) -> None:
    for path, paused in [("pause/", True), ("pause/", True), ("resume/", False), ("resume/", False)]:
        assert saga.post("/api/payments/account/" + path).json()["paused"] is paused
