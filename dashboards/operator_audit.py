"""Whether all that must be true of the money is, and when that was last seen."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit.auditing import FRESH, FULL, SILENT_AFTER, last_audits
from audit.heads import last_head
from audit.invariants import INVARIANTS, LATENESSES, OF_EVERYTHING
from audit.sealing import chain_head
from dashboards.access import operators, signed_in
from dashboards.audit_words import invariant_words
from dashboards.wording import Word, invariant_word


@dataclass(frozen=True)
class InvariantRow:
    """One sentence, and what breaks it now."""

    number: str
    words: str
    ids: list[str]
    word: Word


@require_safe
@signed_in(operators)
def audit(request: HttpRequest) -> HttpResponse:
    """Every invariant, what is broken first."""
    last = last_audits()
    found = {number: ids for audit in last.values() for number, ids in audit.findings.items()}
    rows = [
        InvariantRow(number, invariant_words(invariant), found.get(number, []), _word(number, found))
        for number, invariant in (INVARIANTS | OF_EVERYTHING | LATENESSES).items()
    ]
    fresh, head = last.get(FRESH), chain_head()
    context = {
        "fresh": fresh,
        "full": last.get(FULL),
        "is_silent": fresh is not None and timezone.now() - fresh.looked_at > SILENT_AFTER,
        "head": head,
        "head_hash": bytes(head.hash).hex() if head else "",
        "exported": last_head(settings.SEAL_HEADS),
        "broken": [row for row in rows if row.ids],
        "rows": sorted(rows, key=lambda row: not row.ids),
    }
    return render(request, "dashboards/audit.html", context)


def _word(number: str, found: dict[str, list[str]]) -> Word:
    """What is late stops no payouts."""
    if number not in found:
        return invariant_word("holds")
    return invariant_word("late" if number in LATENESSES else "broken")
