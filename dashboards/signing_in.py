"""The first page, coming in and going out."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards.access import home_of, let_in
from dashboards.languages import forget_choice, keep_language, language_chosen_here, own_address
from people.models import User
from people.sign_in import SignInRefused, TooManyTries, sign_in


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Everybody's own first page; what Klubba is, for those who have not signed in."""
    if isinstance(request.user, User):
        return redirect(home_of(request.user))
    return render(request, "dashboards/front.html")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """The form; what was typed into it, but the password, is kept when it is refused."""
    next_address = own_address(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method == "POST":
        email = request.POST.get("email", "")
        try:
            person = sign_in(
                request, email=email, password=request.POST.get("password", ""), at=timezone.now()
            )
        except SignInRefused:
            refusal = gettext("That e-mail and password don't match.")
            return _form(request, email=email, next_address=next_address, refusal=refusal, status=401)
        except TooManyTries:
            refusal = gettext("Too many tries. Wait 5 minutes and try again.")
            return _form(request, email=email, next_address=next_address, refusal=refusal, status=429)
        return _let_in(request, person, next_address=next_address)
    if isinstance(request.user, User):
        return redirect(next_address or home_of(request.user))
    return _form(request, email=request.GET.get("email", ""), next_address=next_address)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("front")


def _let_in(request: HttpRequest, person: User, *, next_address: str) -> HttpResponse:
    """A language chosen in this browser is the person's newest choice."""
    keep_language(person, language_chosen_here(request))
    return forget_choice(request, let_in(request, person, next_address=next_address))


def _form(
    request: HttpRequest, *, email: str, next_address: str, refusal: str = "", status: int = 200
) -> HttpResponse:
    context = {"email": email, "next": next_address, "refusal": refusal}
    return render(request, "dashboards/sign_in.html", context, status=status)
