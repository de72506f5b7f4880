"""What contradicts the books is named, so that whoever looks knows where."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from ledger.posting import KeyReused
from payouts.models import PayoutItem, PayoutSchedule
from payouts.processors import _said_by
from tests.cast import Cast
from tests.payouts.moving import sales_of


def refusal_of(rows: object, **changed: object) -> IntegrityError:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**changed)  # type: ignore[attr-defined]
    return refused.value


def test_the_rule_that_refused_is_named(cast: Cast) -> None:
    sales_of(cast, 1)

    too_little = refusal_of(PayoutSchedule.objects, total_minor=0)
    assert _said_by(too_little) == "IntegrityError: schedule_pays_something"
    assert "cannot go from waiting to paid" in _said_by(refusal_of(PayoutItem.objects, state="paid"))


def test_what_no_rule_of_the_database_refused_is_named_alone() -> None:
    assert _said_by(KeyReused("x")) == "KeyReused"
