"""The language of the pages: what a person chose, else the browser's."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from people.models import User

LANGUAGES = {code for code, _ in settings.LANGUAGES}
COOKIE_SECONDS = 365 * 24 * 60 * 60


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the choice with the person, or in the browser of somebody who has not signed in."""
    chosen = request.POST.get("language", "")
    response = redirect(own_address(request, request.POST.get("next", "")) or "/")
    if chosen not in LANGUAGES:
        return response
    if isinstance(request.user, User):
        keep_language(request.user, chosen)
        return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=COOKIE_SECONDS,
        secure=not settings.SANDBOX_WORLD,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def language_chosen_here(request: HttpRequest) -> str:
    """What was chosen in this browser before signing in, or nothing."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in LANGUAGES else ""


def keep_language(person: User, chosen: str) -> None:
    """The person's newest choice; nothing chosen changes nothing."""
    if chosen and chosen != person.language:
        User.objects.filter(pk=person.pk).update(language=chosen)


def forget_choice(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """It is kept with the person now, and not for whoever uses this browser next."""
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


def speak_to(request: HttpRequest) -> None:
    """The rest of this answer is in the language that the person who signed in chose, if they did."""
    if isinstance(request.user, User) and request.user.language:
        translation.activate(request.user.language)
        request.LANGUAGE_CODE = request.user.language


def own_address(request: HttpRequest, address: str) -> str:
    """The address if it is ours, else nothing: nobody is led elsewhere."""
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    is_an_address = address.startswith(("/", "http://", "https://"))
    return address if is_ours and is_an_address else ""
