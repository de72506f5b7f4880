"""The demo's people, one click away. None of this exists outside the sandbox world."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST

from dashboards.access import let_in
from dashboards.languages import forget_choice, keep_language, language_chosen_here
from people.models import User
from people.sign_in import SignInRefused, TooManyTries, sign_in

PASSWORD_EVERYBODY_KNOWS = "klubba-demo"  # noqa: S105  (the README tells it)


@dataclass(frozen=True)
class SandboxPerson:
    """Somebody of the demo."""

    email: str
    name: str
    role: Promise


PEOPLE = (
    SandboxPerson("bo@klubba.example", "Bo", pgettext_lazy("role", "Buyer")),
    SandboxPerson("saga@klubba.example", "Saga", pgettext_lazy("role", "Seller")),
    SandboxPerson("olga@klubba.example", "Olga", pgettext_lazy("role", "Operator")),
)


def enters_with_one_click() -> bool:
    """Who chose a password for the demo wants it asked for."""
    return settings.SANDBOX_WORLD and settings.ENVIRONMENT.demo_password == PASSWORD_EVERYBODY_KNOWS


@require_POST
def become(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's people, or lead to the form with the e-mail filled in."""
    if not settings.SANDBOX_WORLD:
        raise Http404
    email = request.POST.get("email", "")
    if email not in {person.email for person in PEOPLE}:
        raise Http404
    form = f"{reverse('sign-in')}?{urlencode({'email': email})}"
    if not enters_with_one_click():
        return redirect(form)
    try:
        person = sign_in(request, email=email, password=PASSWORD_EVERYBODY_KNOWS, at=timezone.now())
    except (SignInRefused, TooManyTries):
        return redirect(form)
    keep_language(person, _language_now(request))
    return forget_choice(request, let_in(request, person))


def _language_now(request: HttpRequest) -> str:
    """Who looks at the demo as somebody else goes on in the same language."""
    return request.user.language if isinstance(request.user, User) else language_chosen_here(request)
