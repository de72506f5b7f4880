"""What every page is framed by: the navigation of the reader's roles, the sandbox's strip."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import pgettext

from dashboards.sandbox_world import PEOPLE, enters_with_one_click
from people.models import User


@dataclass(frozen=True)
class Link:
    """A place in the navigation."""

    text: str
    href: str
    is_here: bool


def shell(request: HttpRequest) -> dict[str, object]:
    """The context of the frame. It asks the database for nothing but the reader."""
    reader = getattr(request, "user", None)
    return {
        "navigation": navigation(reader, here=request.path) if isinstance(reader, User) else [],
        # Up to when a page knows everything: what was committed before its first question to the database.
        "known_at": request.META.get("klubba.began_at", ""),
        "sandbox_world": settings.SANDBOX_WORLD,
        "sandbox_people": PEOPLE if settings.SANDBOX_WORLD else (),
        "sandbox_one_click": enters_with_one_click(),
        "languages": [("en", "English"), ("sv", "Svenska")],
    }


def navigation(person: User, *, here: str) -> list[Link]:
    """The pages of the person's roles."""
    places = []
    if person.is_buyer:
        places.append((pgettext("navigation", "Purchases"), reverse("buyer")))
    if person.is_seller:
        places.append((pgettext("navigation", "Sales"), reverse("seller")))
        places.append((pgettext("navigation", "Payouts"), reverse("seller-payouts")))
        places.append((pgettext("navigation", "Bank"), reverse("bank")))
    if person.is_operator:
        places.append((pgettext("navigation", "Payments"), reverse("operator")))
        places.append((pgettext("navigation", "Payouts"), reverse("operator-payouts")))
        places.append((pgettext("navigation", "Runs"), reverse("runs")))
        places.append((pgettext("navigation", "Money"), reverse("money")))
        places.append((pgettext("navigation", "Webhooks"), reverse("operator-webhooks")))
        places.append((pgettext("navigation", "Audit"), reverse("audit")))
    return [Link(text=text, href=href, is_here=href == here) for text, href in places]
