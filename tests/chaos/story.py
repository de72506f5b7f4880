"""People pay while everything breaks; then everything works again, and the money is counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone

from audit.auditing import audit_all, audit_fresh
from config import embedded_postgres
from config.processes import ProcessRefused
from gateway.models import StripeCall
from inbox.models import Message
from payments.models import PaymentIntent
from payouts.holding import open_breakers
from payouts.models import ConnectedAccount, PayoutSchedule
from people.models import User
from tests import local
from tests.chaos.load import Actor, Load, most_payments
from tests.chaos.trouble import DROPPED, Trouble, deaths_for
from tests.chaos.verdict import Verdict, judge_coverage, judge_payouts, judge_sales, judge_the_rest
from tests.chaos.winning import win_before
from tests.databases import pointed_at_server
from tests.live import Klubba, wait_for

SELLERS, BUYERS = 4, 20
# More would make a payout that an operator has to approve.
MOST_SALES = 700
LIVENESS_SECONDS = 60
SAFETY_EVERY_SECONDS = 5
NO_TRANSACTION_LASTS_LONGER = timedelta(minutes=1)
STARTS_MEASURED = 2
# Ten thousand payments in ten minutes meet twenty deaths of each kind at least.
PAYMENTS_A_DEATH_OF_EACH, PAYMENTS_A_SECOND = 500, 22
MOST_RUNS, KILLED, RUNS_A_DAY = 40, 4, 6
TRANSFERS_BEFORE_DEATH = 7
IBAN = "SE3550000000054910000003"
LATENESS = {"I19", "I21", "I22d", "L6"}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    verdict: Verdict
    kills: Counter[str]
    fired: Counter[str]
    seconds: float
    seed: int

    def line(self) -> str:
        v = self.verdict
        return (
            f"chaos: payments {v.payments}, lost {len(v.lost)}, double {len(v.double)}, difference"
            f" {v.difference_minor}, kills {sum(self.kills.values())}, faults {sum(self.fired.values())},"
            f" seed {self.seed}"
        )


def play(klubba: Klubba, *, payments: int, seed: int, say: Say, dropped: float = DROPPED) -> Outcome:
    """The whole of it, in Klubba's own database; answers what became of it."""
    began, verdict = time.monotonic(), Verdict()
    each = max(1, payments // PAYMENTS_A_DEATH_OF_EACH)
    with pointed_at_server(embedded_postgres.start(klubba.home)):
        trouble, fired = sell(
            klubba, verdict, payments=payments, each=each, seed=seed, say=say, dropped=dropped
        )
        fired += _pay_out(klubba, trouble, verdict, say)
        judge_payouts(verdict, klubba.sandbox)
        judge_the_rest(verdict)
        judge_coverage(verdict, fired, trouble.kills, wanted=each)
        trouble.judged.set()
    for line in (*verdict.lost, *verdict.double, *verdict.wrong, *verdict.thin):
        say(f"  {line}")
    return Outcome(verdict, trouble.kills, fired, time.monotonic() - began, seed)


def sell(
    klubba: Klubba,
    verdict: Verdict,
    *,
    payments: int,
    each: int,
    seed: int,
    say: Say,
    dropped: float = DROPPED,
    rest_seconds: int = LIVENESS_SECONDS,
) -> tuple[Trouble, Counter[str]]:
    """So many payments at least while everything breaks, and on until each kind of death met `each` at work.

    Then everything works again, and the sales are judged. Answers the troublemaker, to whom the caller tells
    when all is judged, and how often Stripe failed in which way.
    """
    began = time.monotonic()
    sellers, buyers = _people(max(SELLERS, most_payments(payments) // MOST_SALES))
    won = win_before(sellers, buyers, payments=payments, seed=seed)
    _onboard(klubba, sellers)
    klubba.start("worker-2")
    seconds_a_death = payments / PAYMENTS_A_SECOND / max(deaths_for(each), 1)
    seconds_between = max(2 * _start_seconds(klubba), seconds_a_death)
    trouble = Trouble(klubba, seed, seconds_between, dropped)
    load = Load(klubba, payments, seed, sellers, buyers, won, lambda: trouble.is_enough(each))
    load.sign_in()
    say(f"seed {seed}: {payments} payments, a death every {trouble.seconds_between:.1f} s")
    _burn(load, trouble, verdict, say)
    fired = trouble.end()
    verdict.wrong += load.failures
    verdict.wrong += [child.sentence() for child in klubba.supervisor.children if child.ended]
    say(f"{load.charged} charged in {time.monotonic() - began:.0f} s, faults {dict(fired)}")
    say(f"kills {dict(trouble.kills)}, and {trouble.idle_kills} of somebody with nothing in hand")
    _come_to_rest(verdict, seconds=rest_seconds)
    judge_sales(verdict, klubba.sandbox, load.seen)
    return trouble, fired


def _people(sellers_wanted: int) -> tuple[list[str], list[str]]:
    like = User.objects.get(email="saga@klubba.example")
    sellers = [f"seller{n}@klubba.example" for n in range(sellers_wanted)]
    buyers = [f"buyer{n}@klubba.example" for n in range(BUYERS)]
    User.objects.bulk_create(
        [User(email=email, name=email, password=like.password, is_seller=True) for email in sellers]
        + [User(email=email, name=email, password=like.password, is_buyer=True) for email in buyers]
    )
    return sellers, buyers


def _onboard(klubba: Klubba, sellers: list[str]) -> None:
    for email in sellers:
        seller = Actor(klubba, email)
        seller.sign_in()
        url = seller.post("/api/payments/account/")["url"]
        assert local.post(f"{url}/complete", data={"name": email, "iban": IBAN}).status_code in (200, 303)
    wait_for(lambda: ConnectedAccount.objects.filter(payouts_enabled=True).count() == len(sellers))


def _start_seconds(klubba: Klubba) -> float:
    """What the slowest of a process's starts takes here."""
    took = []
    for _ in range(STARTS_MEASURED):
        klubba.kill("web")
        began = time.monotonic()
        klubba.start("web")
        took.append(time.monotonic() - began)
    return max(took)


def _burn(load: Load, trouble: Trouble, verdict: Verdict, say: Say) -> None:
    """Load and trouble at once; that the money is right is looked at all the while."""
    audit_all(at=timezone.now())
    trouble.begin()
    shopping = threading.Thread(target=load.run, daemon=True)
    troubling = threading.Thread(target=trouble.make, daemon=True)
    shopping.start()
    troubling.start()
    while shopping.is_alive():
        shopping.join(SAFETY_EVERY_SECONDS)
        _look_for_wrong_money(verdict)
        say(f"  {load.charged} charged, {sum(trouble.kills.values())} killed")
    trouble.over.set()
    trouble.rested.wait()


def _look_for_wrong_money(verdict: Verdict) -> None:
    try:
        findings = audit_fresh(at=timezone.now(), overlap=NO_TRANSACTION_LASTS_LONGER)
    except (DatabaseError, InterfaceError):
        connections.close_all()
        return
    verdict.wrong += [
        f"while it burned: {f.number} {f.ids[:3]}" for f in findings if f.number not in LATENESS
    ]


def _come_to_rest(verdict: Verdict, *, seconds: int) -> None:
    """Within a minute no money waits any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and _waiting():
        time.sleep(0.5)
    if waiting := _waiting():
        verdict.wrong.append(f"after {seconds} s there still wait {waiting}")


def _waiting() -> dict[str, int]:
    counts = {
        "messages": Message.objects.filter(state="received").count(),
        "payments": PaymentIntent.objects.filter(status__in=PaymentIntent.OPEN).count(),
    }
    return {what: count for what, count in counts.items() if count}


def _pay_out(klubba: Klubba, trouble: Trouble, verdict: Verdict, say: Say) -> Counter[str]:
    """On the due day two runners pay at once, and are killed; hours and days later they go on."""
    day = PayoutSchedule.objects.order_by("scheduled_date").values_list("scheduled_date", flat=True).last()
    klubba.advance_stripes_clock(days=(day - timezone.localdate()).days)
    trouble.begin()
    fired: Counter[str] = Counter()
    for turn in range(MOST_RUNS):
        at = f"{day + timedelta(days=turn // RUNS_A_DAY)}T{7 + turn % RUNS_A_DAY:02}:00+01:00"
        ended = _run_twice(klubba, at, killed=turn < KILLED)
        states = Counter(PayoutSchedule.objects.values_list("state", flat=True))
        say(f"  {at}: {dict(states)} {[breaker.reason for breaker in open_breakers()]}")
        trouble.kills["payout runner"] += sum("SIGKILL" in sentence for sentence in ended)
        local.post(f"{klubba.sandbox}/sandbox/prune-keys", json={})
        if turn == 2 * KILLED:
            fired += trouble.end()
        if not PayoutSchedule.objects.exclude(state__in=["in_transit", "canceled"]).exists():
            break
    if turn < 2 * KILLED:
        fired += trouble.end()
    say(f"payouts after {turn + 1} runs of two: {dict(fired)}")
    klubba.advance_stripes_clock(days=4)
    try:
        on_their_way = PayoutSchedule.objects.filter(state="in_transit")
        wait_for(lambda: not on_their_way.exists(), seconds=LIVENESS_SECONDS)
    except AssertionError as late:
        verdict.wrong.append(str(late))
    return fired


def _run_twice(klubba: Klubba, at: str, *, killed: bool) -> list[str]:
    """Two runners at once; answers what those say that did not come to a good end.

    They are killed with transfers in hand.
    """
    ended: list[str] = []
    runners = [threading.Thread(target=_run, args=(klubba, at, ended)) for _ in range(2)]
    for runner in runners:
        runner.start()
    if killed:
        made = StripeCall.objects.filter(purpose="transfer", state="done")
        enough = made.count() + TRANSFERS_BEFORE_DEATH
        while made.count() < enough and any(runner.is_alive() for runner in runners):
            time.sleep(0.05)
        for child in [c for c in klubba.supervisor.children if c.program.name == "pay_due"]:
            child.process.kill()
    for runner in runners:
        runner.join()
    return ended


def _run(klubba: Klubba, at: str, ended: list[str]) -> None:
    try:
        klubba.manage("pay_due", "--at", at)
    except ProcessRefused as refused:
        ended.append(str(refused))
