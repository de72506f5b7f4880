"""A page that asks before something is done: what it means, and the reason where one is owed."""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from dashboards.refusals import REFUSALS, written_refusal

MOST_LETTERS = 500


@dataclass(frozen=True)
class Question:
    """`told` are the sentences on what will happen. With a `reason_label` a reason must be given.

    `back` is where it came from and leads to.
    """

    title: str
    told: list[str]
    button: str
    back: str
    reason_label: str = ""
    reason_hint: str = ""


def ask_first(
    request: HttpRequest,
    question: Question,
    do: Callable[[str], object],
    *,
    is_done: Callable[[str], bool] = lambda reason: False,
) -> HttpResponse:
    """GET asks; POST does it and leads back. A refusal stands beside the form, with what was typed.

    `is_done` says that the same was done before by the same person: a double click is led back too.
    """
    if request.method != "POST":
        return _page(request, question)
    reason = request.POST.get("reason", "").strip()
    if question.reason_label and (refusal := reason_refused(reason)):
        return _page(request, question, refusal=refusal, status=422)
    try:
        do(reason)
    except REFUSALS as refused:
        if not is_done(reason):
            return _page(request, question, refusal=written_refusal(refused), status=409)
    return redirect(question.back)


def reason_refused(reason: str) -> str:
    """Why the reason is none; empty if it is one."""
    if not reason:
        return gettext("Write the reason first.")
    if len(reason) > MOST_LETTERS or "\x00" in reason:
        return gettext("Write the reason in at most %d letters.") % MOST_LETTERS
    return ""


def _page(request: HttpRequest, question: Question, *, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {"question": question, "refusal": refusal, "reason": request.POST.get("reason", "")}
    return render(request, "dashboards/question.html", context, status=status)
