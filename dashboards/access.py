"""Who may open which page. A stranger's row does not exist; a page for another role is refused."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from dashboards.languages import own_address, speak_to
from people.models import User
from people.second_factor import CODE_SHOWN_AT, owes_code

CODE_HOLDS = timedelta(minutes=10)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Role = Callable[[User], bool]


def anybody(person: User) -> bool:
    return True


def buyers(person: User) -> bool:
    return person.is_buyer


def sellers(person: User) -> bool:
    return person.is_seller


def operators(person: User) -> bool:
    return person.is_operator


def signed_in(role: Role = anybody, *, by_password: bool = False) -> Callable[[View[P]], View[P]]:
    """Only for those who signed in and have the role; the page speaks the language they chose.

    Whoever owes a code is led to where it is shown, unless the page is for who came `by_password` alone. An
    operator with a second factor has shown a code within ten minutes before anything is done.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            way_back = request.get_full_path() if request.method == "GET" else "/"
            if not request.user.is_authenticated:
                return redirect_to_login(way_back)
            person = reader_of(request)
            speak_to(request)
            if not by_password and owes_code(person, request.session):
                return _first_to(_step_of(person), way_back)
            if not role(person):
                raise PermissionDenied
            if role is operators and request.method == "POST" and not has_shown_code_lately(request):
                return lead_to_code(own_address(request, request.headers.get("Referer", "")))
            return view(request, *args, **kwargs)

        return guarded

    return guard


def _step_of(person: User) -> str:
    """The name of the page where what a person owes beside the password is given."""
    return "enter-code" if person.has_second_factor else "second-factor"


def let_in(request: HttpRequest, person: User, *, next_address: str = "") -> HttpResponse:
    """A fresh session by the password, and on to where the person wanted to go, or has to go first."""
    login(request, person)
    if owes_code(person, request.session):
        return _first_to(_step_of(person), next_address)
    return redirect(next_address or home_of(person))


def lead_to_code(next_address: str) -> HttpResponse:
    """To where a code is shown, and back."""
    return _first_to("enter-code", next_address)


def _first_to(name: str, next_address: str) -> HttpResponse:
    return redirect(f"{reverse(name)}?{urlencode({'next': next_address})}" if next_address else reverse(name))


def has_shown_code_lately(request: HttpRequest) -> bool:
    """True too for who has no second factor."""
    if not reader_of(request).has_second_factor:
        return True
    shown_at = datetime.fromisoformat(request.session[CODE_SHOWN_AT])
    return timezone.now() - shown_at < CODE_HOLDS


def reader_of(request: HttpRequest) -> User:
    """The person who signed in; only called where somebody has."""
    return cast(User, request.user)


def home_of(person: User) -> str:
    """The name of a person's first page: what waits for them comes first."""
    if person.is_operator:
        return "operator"
    return "seller" if person.is_seller and not person.is_buyer else "buyer"
