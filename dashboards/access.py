"""Who may open which page. A stranger's row does not exist; a page for another role is refused."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from dashboards.languages import speak_to
from people.models import User

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


def signed_in(role: Role = anybody) -> Callable[[View[P]], View[P]]:
    """Only for those who signed in and have the role; the page speaks the language they chose."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
            person = reader_of(request)
            speak_to(request)
            if not role(person):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def reader_of(request: HttpRequest) -> User:
    """The person who signed in; only called where somebody has."""
    return cast(User, request.user)


def home_of(person: User) -> str:
    """The name of a person's first page: what waits for them comes first."""
    if person.is_operator:
        return "operator"
    return "seller" if person.is_seller and not person.is_buyer else "buyer"
