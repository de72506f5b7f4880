"""Signing up, and choosing a new password: an e-mail first, then the link that comes by letter."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from dashboards.access import home_of, let_in
from notifications.asking import NoEmail, ask_for_letter
from notifications.guarding import change_password
from people.budgets import BudgetSpent
from people.joining import LONGEST_NAME, TypedRefused, finish_joining
from people.links import JOIN, RESET, LinkRefused, person_of_link
from people.models import User

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def sign_up(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return redirect(home_of(request.user))
    return _ask_by_mail(request, joins=True)


@require_http_methods(METHODS)
def forgotten(request: HttpRequest) -> HttpResponse:
    return _ask_by_mail(request, joins=False)


@sensitive_post_parameters("password")
@sensitive_variables("typed")
@require_http_methods(METHODS)
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Who one is and how one signs in; then one has, and sees one's first page."""
    try:
        person = person_of_link(token, JOIN)
        typed = _joining(request, person)
        if request.method != "POST":
            return render(request, "dashboards/join.html", {"person": person, "typed": typed})
        typed.refuse()
        joined = finish_joining(
            person,
            name=typed.name,
            company=typed.company,
            buys=typed.buys,
            sells=typed.sells,
            password=request.POST.get("password", ""),
        )
    except LinkRefused:
        return _link_refused(request, again="sign-up")
    except TypedRefused as refused:
        context = {"person": person, "typed": typed, "refusals": refused.sentences}
        return render(request, "dashboards/join.html", context, status=422)
    return let_in(request, joined)


@sensitive_post_parameters("password")
@require_http_methods(METHODS)
def new_password(request: HttpRequest, token: str) -> HttpResponse:
    """A new password; then one is signed in, here and nowhere else, and a letter tells of it."""
    try:
        person = person_of_link(token, RESET)
        if request.method != "POST":
            return render(request, "dashboards/new_password.html", {"person": person})
        person = change_password(person, request.POST.get("password", ""), at=timezone.now())
    except LinkRefused:
        return _link_refused(request, again="password-reset")
    except TypedRefused as refused:
        context = {"person": person, "refusals": refused.sentences}
        return render(request, "dashboards/new_password.html", context, status=422)
    return let_in(request, person)


@dataclass(frozen=True)
class Joining:
    """The form as it was typed, but for the password."""

    name: str
    company: str
    buys: bool
    sells: bool
    is_operator: bool

    def refuse(self) -> None:
        """Raises TypedRefused if it says too little, or what nobody is called."""
        sentences = {
            name: [gettext("Write it in at most %d letters.") % LONGEST_NAME]
            for name, text in (("name", self.name), ("company", self.company))
            if len(text) > LONGEST_NAME or "\x00" in text
        }
        if not self.name.strip():
            sentences["name"] = [gettext("Write your name.")]
        if not (self.buys or self.sells or self.is_operator):
            sentences["roles"] = [gettext("Choose at least one.")]
        if sentences:
            raise TypedRefused(sentences)


def _joining(request: HttpRequest, person: User) -> Joining:
    roles = request.POST.getlist("roles", ["buyer"] if request.method != "POST" else [])
    return Joining(
        name=request.POST.get("name", ""),
        company=request.POST.get("company", ""),
        buys="buyer" in roles,
        sells="seller" in roles,
        is_operator=person.is_operator,
    )


def _ask_by_mail(request: HttpRequest, *, joins: bool) -> HttpResponse:
    """The form for an e-mail; what is answered says nothing about who has one."""
    email = request.POST.get("email", "") if request.method == "POST" else request.GET.get("email", "")
    context = {"joins": joins, "email": email}
    if request.method != "POST":
        return render(request, "dashboards/by_mail.html", context)
    try:
        ask_for_letter(
            email,
            joins=joins,
            language=get_language() or "",
            address=request.META.get("REMOTE_ADDR", ""),
            at=timezone.now(),
        )
    except NoEmail:
        context["refusal"] = gettext("That is no e-mail address.")
        return render(request, "dashboards/by_mail.html", context, status=422)
    except BudgetSpent:
        context["refusal"] = gettext("Too many letters were asked for. Wait an hour and try again.")
        return render(request, "dashboards/by_mail.html", context, status=429)
    return render(request, "dashboards/letter_leaves.html", context)


def _link_refused(request: HttpRequest, *, again: str) -> HttpResponse:
    return render(request, "dashboards/link_refused.html", {"again": again}, status=410)
