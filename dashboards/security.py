"""How one's own account is kept: the second factor beside the password, and its recovery codes."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.access import has_shown_code_lately, home_of, lead_to_code, reader_of, signed_in
from dashboards.asking import Question, ask_first
from dashboards.languages import own_address
from notifications.guarding import add_second_factor, make_recovery_codes, take_second_factor_away
from people.budgets import BudgetSpent
from people.models import User
from people.second_factor import (
    CODE_SHOWN_AT,
    CodeRefused,
    app_address,
    must_have,
    new_secret,
    show_code,
)

METHODS = ["GET", "HEAD", "POST"]
# In a session: what the app being set up is given.
BEING_SET_UP = "app_being_set_up"


@require_safe
@signed_in()
def security(request: HttpRequest) -> HttpResponse:
    person = reader_of(request)
    context = {"person": person, "must_have": must_have(person)}
    return render(request, "dashboards/security.html", context)


@sensitive_post_parameters("code")
@require_http_methods(METHODS)
@signed_in(by_password=True)
def enter_code(request: HttpRequest) -> HttpResponse:
    """The second step of signing in, and again before an operator's acts."""
    person, next_address = reader_of(request), _next(request)
    if not person.has_second_factor:
        return redirect(next_address or home_of(person))
    if request.method != "POST":
        return render(request, "dashboards/enter_code.html", {"next": next_address})
    try:
        show_code(person, request.POST.get("code", ""), at=timezone.now())
    except (CodeRefused, BudgetSpent) as refused:
        context = {"next": next_address, "refusal": _written(refused)}
        return render(request, "dashboards/enter_code.html", context, status=_status(refused))
    _note_code(request)
    return redirect(next_address or home_of(person))


@sensitive_post_parameters("code")
@sensitive_variables("codes", "secret")
@require_http_methods(METHODS)
@signed_in(by_password=True)
def second_factor(request: HttpRequest) -> HttpResponse:
    """The picture for the app, and the first code; then the recovery codes, told this once."""
    person = reader_of(request)
    if person.has_second_factor:
        return redirect("security")
    secret = request.session.get(BEING_SET_UP, "")
    if request.method != "POST" or not secret:
        return _offer(request, person, new_secret())
    try:
        codes = add_second_factor(person, secret, request.POST.get("code", ""), at=timezone.now())
    except (CodeRefused, BudgetSpent) as refused:
        return _offer(request, person, secret, refusal=_written(refused), status=_status(refused))
    del request.session[BEING_SET_UP]
    _note_code(request)
    return _told_once(request, codes)


@require_http_methods(METHODS)
@signed_in()
def remove(request: HttpRequest) -> HttpResponse:
    person = reader_of(request)
    if must_have(person) or not person.has_second_factor:
        return redirect("security")
    if not has_shown_code_lately(request):
        return lead_to_code(request.path)
    question = Question(
        title=gettext("Sign in without a code?"),
        told=[gettext("From now on your password alone lets in. The recovery codes let in no more.")],
        button=gettext("Remove the second factor"),
        back=reverse("security"),
    )
    return ask_first(request, question, lambda reason: take_second_factor_away(person, at=timezone.now()))


@sensitive_variables("codes")
@require_http_methods(METHODS)
@signed_in()
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Ten new ones instead of the old."""
    person = reader_of(request)
    if not person.has_second_factor:
        return redirect("security")
    if not has_shown_code_lately(request):
        return lead_to_code(request.path)
    if request.method == "POST":
        return _told_once(request, make_recovery_codes(person, at=timezone.now()))
    question = Question(
        title=gettext("Make new recovery codes?"),
        told=[gettext("You get ten new ones. The old ones let in no more.")],
        button=gettext("Make new codes"),
        back=reverse("security"),
    )
    return ask_first(request, question, lambda reason: None)


def _offer(
    request: HttpRequest, person: User, secret: str, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """A secret of this session's, anew each time it is asked for: nobody saw it before."""
    request.session[BEING_SET_UP] = secret
    picture = segno.make(app_address(person, secret), error="m", micro=False)
    context = {
        "picture": picture.svg_inline(scale=5, light="#fff", svgclass="qr", lineclass=None),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "must_have": must_have(person),
        "refusal": refusal,
    }
    return render(request, "dashboards/second_factor.html", context, status=status)


def _told_once(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "home": home_of(reader_of(request))}
    return render(request, "dashboards/recovery_codes.html", context)


def _note_code(request: HttpRequest) -> None:
    """The session goes on under a new id: it may do more than before."""
    request.session[CODE_SHOWN_AT] = timezone.now().isoformat()
    request.session.cycle_key()


def _next(request: HttpRequest) -> str:
    return own_address(request, request.POST.get("next") or request.GET.get("next", ""))


def _written(refused: CodeRefused | BudgetSpent) -> str:
    if isinstance(refused, BudgetSpent):
        return gettext("Too many tries. Wait 5 minutes and try again.")
    return gettext("That code does not match. A new one comes each half minute, and each lets in once.")


def _status(refused: CodeRefused | BudgetSpent) -> int:
    return 429 if isinstance(refused, BudgetSpent) else 422
