"""Where Stripe and we disagree: what stands, how old it is, what happens next, and what was."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards.access import operators, reader_of, signed_in
from dashboards.asking import Question, ask_first
from dashboards.break_words import HAS_MOVED, about_words, age_words, href_of, next_words, state_word
from dashboards.paging import row_page
from dashboards.refusals import written_refusal
from dashboards.saying import said_amount
from dashboards.wording import Word
from gateway.client import StripeAway, StripeRefused
from treasury.differences import Kind, explain_break, open_breaks
from treasury.looking_again import check_again
from treasury.models import Break


@dataclass(frozen=True)
class DifferenceRow:
    """One difference in the list. `href` leads to our payment or payout, and may be empty."""

    one: Break
    about: str
    word: Word
    age: str
    next: str
    href: str

    @property
    def beyond_minor(self) -> int:
        """What Stripe has more than we."""
        return self.one.found_minor - self.one.expected_minor

    @property
    def is_open(self) -> bool:
        return self.one.resolved_at is None

    @property
    def can_check(self) -> bool:
        return self.is_open and self.one.object_type not in HAS_MOVED

    @property
    def can_explain(self) -> bool:
        return self.is_open and self.one.kind != Kind.TIMING


@require_safe
@signed_in(operators)
def differences(request: HttpRequest) -> HttpResponse:
    """What stands, newest first; `?state=closed` is what is gone, `?asked=` what was looked at just now."""
    return _page(request)


@require_POST
@signed_in(operators)
def check(request: HttpRequest, break_id: int) -> HttpResponse:
    """Ask Stripe about it now; the diary says who did."""
    one = get_object_or_404(Break.objects, pk=break_id)
    try:
        if one.resolved_at is None:
            check_again(one, by=reader_of(request), at=timezone.now())
    except (StripeAway, StripeRefused) as refused:
        return _page(request, refusal=written_refusal(refused), status=503)
    return redirect(f"{reverse('differences')}?asked={one.pk}")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(operators)
def explain(request: HttpRequest, break_id: int) -> HttpResponse:
    one, by = get_object_or_404(Break.objects, pk=break_id), reader_of(request)
    question = Question(
        title=gettext("Explain this difference?"),
        told=[
            _facts(one),
            gettext("Nothing moves by it. It is not shown again while it stays the same."),
            gettext("Your name and your reason are kept."),
        ],
        button=gettext("Explain"),
        back=reverse("differences"),
        reason_label=gettext("What it is, and why it is right"),
    )
    return ask_first(
        request,
        question,
        lambda reason: explain_break(one, reason=reason, by=by, at=timezone.now()),
        is_done=lambda reason: Break.objects.filter(pk=one.pk, explained_by=by, reason=reason).exists(),
    )


def _page(request: HttpRequest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    chosen = request.GET.get("state", "") if request.GET.get("state") in ("closed", "all") else ""
    page = row_page(_chosen(chosen).select_related("explained_by"), request, key="id")
    context = {
        "states": [
            ("", pgettext("differences", "Open")),
            ("closed", pgettext("differences", "Gone or explained")),
            ("all", gettext("All")),
        ],
        "chosen": chosen,
        "rows": [_row(one) for one in page.rows],
        "page": page,
        "answer": _answer(request.GET.get("asked", "")),
        "refusal": refusal,
    }
    return render(request, "dashboards/differences.html", context, status=status)


def _chosen(chosen: str) -> QuerySet[Break]:
    if chosen == "closed":
        return Break.objects.filter(resolved_at__isnull=False)
    return Break.objects.all() if chosen == "all" else open_breaks()


def _row(one: Break) -> DifferenceRow:
    return DifferenceRow(
        one=one,
        about=about_words(one),
        word=state_word(one),
        age=age_words(one.first_seen_at, until=one.resolved_at or timezone.now()),
        next=next_words(one) if one.resolved_at is None else "",
        href=href_of(one),
    )


def _answer(asked: str) -> str:
    """What looking again came to; empty if nobody asked."""
    one = Break.objects.filter(pk=int(asked)).first() if asked.isascii() and asked.isdecimal() else None
    if one is None:
        return ""
    standing = open_breaks().filter(object_type=one.object_type, object_id=one.object_id)
    kinds = set(standing.values_list("kind", flat=True))
    if not kinds:
        return gettext("Looked at again: the difference is gone.")
    if Kind.MISSING_EVENT in kinds:
        return gettext("Looked at again: what was missing is in the inbox, and has its effect in a moment.")
    return gettext("Looked at again: the difference stands.")


def _facts(one: Break) -> str:
    named = {
        "about": about_words(one),
        "id": one.object_id,
        "found": said_amount(one.found_minor, one.currency),
        "expected": said_amount(one.expected_minor, one.currency),
    }
    return gettext("%(about)s %(id)s: %(found)s at Stripe, %(expected)s here.") % named
