"""Whether all holds, when it last did, and what breaks what does not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from audit.auditing import sentence_of
from audit.heads import export_head
from audit.invariants import INVARIANTS, LATENESSES, OF_EVERYTHING
from audit.models import Audit, Seal
from dashboards.audit_words import SENTENCES
from payouts.holding import trip_breaker
from tests.cast import Cast
from tests.dashboards.reading import Reader

AUDIT = "/operator/audit/"
ALL = INVARIANTS | OF_EVERYTHING | LATENESSES


def looked(
    *, ago: timedelta = timedelta(), findings: dict[str, list[str]] | None = None, passed: bool = True
) -> datetime:
    at = timezone.now() - ago
    for kind in ("full", "fresh"):
        Audit.objects.create(
            kind=kind,
            looked_at=at,
            passed_at=at if passed else None,
            took_ms=43,
            journal_id=1,
            earlier_journal_id=0,
            findings=findings or {},
        )
    return at


def test_before_anything_was_looked_at_it_says_so(cast: Cast) -> None:
    assert "Nothing was looked at yet." in Reader(cast.olga).get(AUDIT).text


def test_where_all_holds_each_sentence_stands_there_and_holds(cast: Cast) -> None:
    looked()
    page = Reader(cast.olga).get(AUDIT).text
    assert "All of them hold." in page and "in 43 ms" in page
    assert page.count("Holds") == len(ALL) and "Does not hold" not in page
    for invariant in ALL.values():
        assert sentence_of(invariant) in page


def test_what_does_not_hold_stands_first_with_what_breaks_it(cast: Cast) -> None:
    looked(findings={"I03": ["pay_1", "pay_2"], "I19": ["evt_1"]}, passed=False)
    page = Reader(cast.olga).get(AUDIT).text
    assert "Sentences that do not hold 2" in page and "Never" in page
    first, second = page.index("pay_1, pay_2"), page.index("evt_1")
    assert max(first, second) < page.index("Holds")
    assert page.count("Does not hold") == 1 and page.count("Late") == 1


def test_how_far_the_chain_of_seals_is_and_when_its_head_was_told(
    cast: Cast, settings: object, tmp_path: Path
) -> None:
    looked()
    settings.SEAL_HEADS = tmp_path / "heads"  # type: ignore[attr-defined]
    assert "Rows sealed 0" in (page := Reader(cast.olga).get(AUDIT).text)
    assert "Not yet told outside the database." in page

    for number in (1, 2):
        Seal.objects.create(pk=number, source="event", row_id=number, written_in=1, hash=bytes([number]) * 32)
        export_head(settings.SEAL_HEADS, at=timezone.now())  # type: ignore[attr-defined]

    page = Reader(cast.olga).get(AUDIT).text
    assert "Rows sealed 2" in page and "0202020202020202" in page
    assert "at number 1." in page


@pytest.mark.parametrize("minutes, is_silent", [(4, False), (6, True)])
def test_when_nobody_has_looked_for_long_it_says_so(cast: Cast, minutes: int, is_silent: bool) -> None:
    looked(ago=timedelta(minutes=minutes))
    assert ("See whether the worker is running." in Reader(cast.olga).get(AUDIT).text) == is_silent


def test_every_sentence_is_there_to_be_translated() -> None:
    assert sorted(SENTENCES) == sorted(sentence_of(invariant) for invariant in ALL.values())


def test_why_payouts_are_stopped_is_told_in_swedish(cast: Cast) -> None:
    sentence = sentence_of(INVARIANTS["I15"])
    trip_breaker(
        "audit_I15", reason=f"The audit found that this does not hold: {sentence} (7)", at=timezone.now()
    )
    cast.olga.language = "sv"
    cast.olga.save(update_fields=["language"])
    page = Reader(cast.olga).get("/operator/payouts/").text
    assert "Granskningen fann att detta inte stämmer: En auktion har högst en försäljning. (7)" in page
