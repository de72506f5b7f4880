"""Whoever dies at a named place, and is started again, comes to the same end: nothing lost, nothing twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit.auditing import audit_all
from faults.crashpoints import POINTS, NoSuchPoint, arm, crashpoint
from inbox.models import Message
from ledger.balances import balance_minor
from notifications.models import Letter
from payments.models import PaymentIntent, Transaction
from payouts.models import PayoutSchedule
from tests.cast import Cast
from tests.faults.life import Life, a_life, dies_of
from tests.house.tree import product_files, text_of
from tests.payments.test_webhooks import AN_EVENT, SECRET, post
from tests.payouts.wire import at_noon
from tests.treasury.conftest import market
from tests.treasury.market import Market

__all__ = ["market"]

OF_THE_WEBHOOK = {"W1.verified", "W3.committed"}
# Reached only by whoever finds what another left in doubt.
AFTER = {"P7.looked_up": "P8.marked_sent"}


@pytest.fixture
def life(market: Market, own_cast: Cast) -> Life:
    return a_life(at_noon(market.sandbox, own_cast))


def everything_came_to_its_end(life: Life) -> None:
    """One sale, one transfer, one payout, to the öre; each letter once; and all that must be true is."""
    payment = PaymentIntent.objects.get()
    assert (payment.status, payment.outcome) == ("succeeded", "sale")
    assert sorted(Transaction.objects.values_list("type", "amount_minor")) == [
        ("commission", 77_000),
        ("payout", 1_023_000),
    ]
    assert [schedule.state for schedule in PayoutSchedule.objects.all()] == ["paid"]
    assert (life.transfers(), life.payouts()) == ([1_023_000], [1_023_000])
    assert balance_minor(f"seller:{life.wire.cast.saga.pk}:payable") == 0
    letters = list(Letter.objects.values_list("event", "person", "state"))
    assert len(letters) == len(set(letters)) == 6 and {state for _, _, state in letters} == {"sent"}
    assert audit_all(at=life.wire.now) == []


@pytest.mark.parametrize("point", sorted(POINTS.keys() - OF_THE_WEBHOOK))
def test_killed_there_and_started_again_it_comes_to_the_same_end(point: str, life: Life) -> None:
    for one in (AFTER.get(point), point):
        assert one is None or dies_of(one, life.live)

    life.live()

    everything_came_to_its_end(life)


@pytest.mark.parametrize("point", sorted(OF_THE_WEBHOOK | {"W2.inserted"}))
def test_the_site_killed_over_a_webhook_acknowledges_nothing_and_the_next_delivery_is_kept(
    point: str, own_cast: Cast, settings: object, tmp_path: Path
) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = (SECRET,)  # type: ignore[attr-defined]
    acknowledged = tmp_path / "acknowledged"

    def receive() -> None:
        if post(AN_EVENT).status_code == 200:
            acknowledged.write_text("200")

    assert dies_of(point, receive)
    assert not acknowledged.exists()
    assert Message.objects.count() == (point != "W1.verified")

    receive()
    assert acknowledged.exists()
    assert Message.objects.count() == 1


def named_in_the_code() -> Iterator[str]:
    for path in product_files():
        for node in ast.walk(ast.parse(text_of(path))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "crashpoint":
                yield ast.literal_eval(node.args[0])


def test_every_point_is_listed_and_stands_in_one_place() -> None:
    assert sorted(named_in_the_code()) == sorted(POINTS)


def test_nothing_happens_where_nobody_was_armed() -> None:
    for point in POINTS:
        crashpoint(point)


def test_what_is_not_listed_cannot_be_armed() -> None:
    with pytest.raises(NoSuchPoint, match="C99"):
        arm("C99.nowhere")
