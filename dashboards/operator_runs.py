"""Payout runs: what would leave on a day, line by line; approved as it was shown, or refused."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from dashboards.access import operators, reader_of, signed_in
from dashboards.refusals import written_refusal
from dashboards.saying import today
from dashboards.waiting import told_reason
from dashboards.wording import Word, flag_words, payout_word
from payouts.approving import RunRefused, approve_run, preview_run
from payouts.models import Earning, PayoutRun, PayoutSchedule

NEWEST = 50
FURTHEST = timedelta(days=366)


@dataclass(frozen=True)
class RunLine:
    """One payout of a run as it was shown, with what became of it since."""

    told: dict[str, Any]
    flags: list[str]
    reason: str
    word: Word | None
    items: list[dict[str, Any]]

    @property
    def planned_on(self) -> date:
        return date.fromisoformat(self.told["scheduled_date"])


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def runs(request: HttpRequest) -> HttpResponse:
    """Earlier runs and the form for a new one. POST previews a day, which moves nothing."""
    if request.method != "POST":
        return _list(request, typed=request.GET.get("date", ""))
    typed = request.POST.get("date", "")
    day = _day(typed)
    if day is None or day > today() + FURTHEST:
        refusal = gettext("Choose a day within a year, such as %s.") % today().isoformat()
        return _list(request, typed=typed, refusal=refusal, status=422)
    try:
        run = preview_run(day, by=reader_of(request), at=timezone.now())
    except RunRefused as refused:
        return _list(request, typed=typed, refusal=written_refusal(refused), status=422)
    return redirect("run", run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run as it was shown. POST approves what its digest names, and nothing else."""
    found = get_object_or_404(PayoutRun.objects.select_related("made_by", "approved_by"), pk=run_id)
    if request.method != "POST":
        return _run(request, found)
    try:
        approve_run(found, digest=request.POST.get("digest", ""), by=reader_of(request), at=timezone.now())
    except RunRefused as refused:
        return _run(request, found, refusal=written_refusal(refused), status=409)
    return redirect("run", found.pk)


def _list(request: HttpRequest, *, typed: str, refusal: str = "", status: int = 200) -> HttpResponse:
    newest = PayoutRun.objects.select_related("made_by", "approved_by").defer("preview")
    context = {
        "runs": newest.annotate(sums=F("preview__sums")).order_by("-made_at")[:NEWEST],
        "typed": typed or today().isoformat(),
        "refusal": refusal,
    }
    return render(request, "dashboards/runs.html", context, status=status)


def _run(request: HttpRequest, found: PayoutRun, *, refusal: str = "", status: int = 200) -> HttpResponse:
    preview = found.preview
    words = _words(preview["lines"] + preview["excluded"]) if found.approved_at else {}
    payments = _payments(preview["lines"])
    lines = [_line(told, words, payments) for told in preview["lines"]]
    context = {
        "run": found,
        "lines": lines,
        "excluded": [_line(told, words, payments) for told in preview["excluded"]],
        "sums": _sums(preview),
        "flagged_count": sum(bool(line.flags) for line in lines),
        "needs_another": found.second_needed and found.made_by_id == reader_of(request).pk,
        "is_over": found.run_date < today(),
        "refusal": refusal,
    }
    return render(request, "dashboards/run.html", context, status=status)


def _line(told: dict[str, Any], words: dict[str, Word], payments: dict[str, UUID]) -> RunLine:
    return RunLine(
        told=told,
        flags=[flag_words(flag) for flag in told.get("flags", [])],
        reason=told_reason(told.get("reason", "")),
        word=words.get(told["schedule_id"]),
        items=[item | {"payment_id": payments.get(item["earning_id"])} for item in told.get("items", [])],
    )


def _words(lines: list[dict[str, Any]]) -> dict[str, Word]:
    """How each payout stands now."""
    schedules = PayoutSchedule.objects.filter(pk__in=[line["schedule_id"] for line in lines])
    return {str(schedule.pk): payout_word(schedule) for schedule in schedules}


def _payments(lines: list[dict[str, Any]]) -> dict[str, UUID]:
    """The payment behind each line, by its earning."""
    ids = [item["earning_id"] for line in lines for item in line["items"]]
    known = Earning.objects.filter(pk__in=ids).values_list("pk", "payment_id")
    return {str(earning): payment for earning, payment in known}


def _sums(preview: dict[str, Any]) -> list[dict[str, Any]]:
    """Each currency's sum with the balance that would be left."""
    after = {row["currency"]: row["balance_minor"] for row in preview["balance_after"]}
    return [row | {"after_minor": after[row["currency"]]} for row in preview["sums"]]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
