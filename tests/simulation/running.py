"""One simulation: the seed chooses every step; at the end nothing is lost, nothing twice, and all is true."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Set
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connections

from auctions.models import Bid
from audit.auditing import audit_all
from inbox.models import Message
from notifications.models import Letter
from payments.models import PaymentIntent, Transaction
from payouts.holding import release_seller, resume_payouts
from payouts.models import Breaker, PayoutSchedule
from tests.chaos.story import LATENESS
from tests.chaos.verdict import Verdict, judge_payouts, judge_sales
from tests.simulation import actors
from tests.simulation.actors import ACTORS, Actor
from tests.simulation.mishaps import Died, armed, die, meanwhile, points_named
from tests.simulation.model import disagreements
from tests.simulation.world import World, a_world, shuffle_alike

STEPS = 30
MISHAP = 0.4
LOOK_EVERY = 25
BEGINNING = (*[actors.sell] * 4, *[actors.begin_to_pay] * 6, *[actors.pay] * 6)
PASSING = (
    [timedelta(minutes=3)] * 6 + [timedelta(minutes=11)] * 3 + [timedelta(minutes=61), timedelta(hours=3)]
)
# After a third of the steps what was paid in them is due, and leaves while everything goes wrong.
DUE_AFTER = timedelta(days=9)
UNTIL_DUE = (actors.ask_stripe, actors.drain, actors.ask_stripe)
MOST_MORNINGS_TO_REST, AN_HOUR = 20, timedelta(hours=1)
EACH_MORNING = (actors.expire, actors.sweep_up, actors.ask_stripe, actors.drain, actors.pay_out)
AT_LAST = (actors.compare, actors.write, actors.post, actors.seal)
NOTHING_MORE = ("0", "0 and 0", "none", "StripeAway")
Say = Callable[[str], None]


@dataclass
class History:
    """What happened, a line for each step, and what became of it."""

    seed: int
    say: Say
    lines: list[str] = field(default_factory=list)
    faults_met: int = 0
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    def tell(self, line: str) -> None:
        self.lines.append(line)
        self.say(line)

    def defects(self) -> list[str]:
        v = self.verdict
        found = [f"lost: {one}" for one in v.lost] + [f"twice: {one}" for one in v.double] + v.wrong
        return found + ([f"difference {v.difference_minor}"] if v.difference_minor else [])


def simulate(seed: int, *, steps: int = STEPS, say: Say = lambda line: None) -> History:
    """So many steps in a world of their own, and on until all is at rest; the same seed tells the same."""
    history = History(seed, say)
    with a_world(seed) as world:
        for beginning in BEGINNING:
            history.tell(f"     {beginning.__name__}: {beginning(world)}")
        for number in range(1, steps + 1):
            if number == steps // 3:
                _become_due(world)
            world.pass_time(world.dice.choice(PASSING))
            shuffle_alike(seed + number)
            history.tell(f"{number:4} {world.now:%d %b %H:%M} {_step(world)}")
            if number % LOOK_EVERY == 0:
                look(world, history, late=LATENESS)
        come_to_rest(world, history)
        history.faults_met = world.faults_met
        judge(world, history)
    return history


def _step(world: World) -> str:
    actor = _next_actor(world)
    points = points_named(actor.points)
    if not points or world.dice.random() > MISHAP:
        return f"{actor.name}: {actor.step(world)}"
    point = world.dice.choice(points)
    if world.dice.random() < 0.5:
        return f"{actor.name}: {dying_at(point, actor, world)}"
    return f"{actor.name}: {meeting_at(point, actor, _next_actor(world, in_the_meantime=True), world)}"


def _become_due(world: World) -> None:
    """More than a week goes by in which everything works; on the day itself nothing does."""
    actors.mend(world)
    world.pass_time((world.now + DUE_AFTER).replace(hour=6, minute=0) - world.now)
    _do_all(UNTIL_DUE, world)
    world.is_due = True
    actors.fail(world)


def _next_actor(world: World, *, in_the_meantime: bool = False) -> Actor:
    able = [actor for actor in ACTORS if actor.is_able(world) and actor.in_the_meantime >= in_the_meantime]
    weights = [actor.paying if world.is_due else actor.selling for actor in able]
    return world.dice.choices(able, weights)[0]


def dying_at(point: str, actor: Actor, world: World) -> str:
    """The actor's step, up to that place if it comes there."""
    dead = False

    def die_there() -> None:
        nonlocal dead
        dead = True
        die()

    try:
        with armed(point, die_there):
            return actor.step(world)
    except (Died, DatabaseError, InterfaceError):  # Whoever is dead has no database on the way out.
        if not dead:
            raise
        return f"dies at {point}"
    finally:
        connections.close_all()


def meeting_at(point: str, actor: Actor, other: Actor, world: World) -> str:
    """The actor's step, and at that place the other's, on a connection of its own."""
    met: list[str] = []

    def meet_there() -> None:
        if not met:
            met.append(f", at {point} {other.name}: ")
            met.append(meanwhile(lambda: other.step(world)))

    with armed(point, meet_there):
        outcome = actor.step(world)
    return "".join([outcome, *met])


def look(world: World, history: History, *, late: Set[str] = frozenset(), at_rest: bool = False) -> None:
    """The books agree with the model, and every invariant holds that may not be late."""
    history.verdict.wrong += disagreements(world, at_rest=at_rest)
    findings = audit_all(at=world.now)
    history.verdict.wrong += [
        f"{f.number}: {f.sentence} {f.ids[:3]}" for f in findings if f.number not in late
    ]


def come_to_rest(world: World, history: History) -> None:
    """Everything works again, and every other morning everybody does what there is to do."""
    actors.mend(world)
    for seller in world.sellers:
        release_seller(seller.pk, reason="Solved.", by=world.cast.olga, at=world.now)
        resume_payouts(seller, at=world.now)
    for morning in range(MOST_MORNINGS_TO_REST):
        world.pass_time((world.now + timedelta(days=2)).replace(hour=8, minute=0) - world.now)
        _do_all(EACH_MORNING, world)
        if not _waiting():
            history.tell(f"at rest after {morning + 1} mornings")
            break
    world.pass_time(AN_HOUR)
    _do_all(AT_LAST, world)
    if waiting := _waiting() | _unsent():
        history.verdict.wrong.append(f"after {MOST_MORNINGS_TO_REST} mornings there still wait {waiting}")


def _do_all(duties: tuple[Callable[[World], str], ...], world: World) -> None:
    for duty in duties:
        while Actor(duty).step(world) not in NOTHING_MORE:
            pass


def _waiting() -> dict[str, int]:
    counts = {
        "bids": Bid.objects.filter(status=Bid.Status.WON).count(),
        "payments": PaymentIntent.objects.filter(status__in=PaymentIntent.OPEN).count(),
        "messages": Message.objects.exclude(state__in=["handled", "ignored"]).count(),
        "schedules": PayoutSchedule.objects.exclude(state__in=["paid", "canceled"]).count(),
        "breakers": Breaker.objects.filter(released_at=None).count(),
    }
    return {what: count for what, count in counts.items() if count}


def _unsent() -> dict[str, int]:
    unsent = Letter.objects.exclude(state="sent").count()
    return {"letters": unsent} if unsent else {}


def judge(world: World, history: History) -> None:
    """By Stripe's own journal, by the model, and by the audit."""
    judge_sales(history.verdict, world.sandbox.origin, [str(pk) for pk in world.payments])
    judge_payouts(history.verdict, world.sandbox.origin)
    look(world, history, at_rest=True)
    lines = Transaction.objects.order_by("type", "amount_minor").values_list("type", "amount_minor")
    payouts = PayoutSchedule.objects.order_by("number").values_list("state", "total_minor", "scheduled_date")
    history.tell(" ".join(f"{kind} {amount_minor}" for kind, amount_minor in lines))
    history.tell(" ".join(f"{state} {total_minor} {day}" for state, total_minor, day in payouts))
