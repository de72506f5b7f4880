"""Who asks: an access token in the Authorization header, never a cookie."""

from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from api.problems import Refused
from people.models import User
from people.tokens import user_of_access


class Bearer(HttpBearer):
    """Lets in whom the token speaks for, if the role is theirs."""

    def __init__(self, role: str = "") -> None:
        super().__init__()
        self.role = role

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """The person.

        Raises:
            TokenRefused: the token is not worth anything.
            Refused: the person has another role.
        """
        person = user_of_access(token, at=timezone.now())
        if self.role and not getattr(person, f"is_{self.role}"):
            raise Refused("wrong_role", f"This is for {self.role}s.")
        return person


anyone = Bearer()
buyers = Bearer("buyer")
sellers = Bearer("seller")
operators = Bearer("operator")


def person_of(request: HttpRequest) -> User:
    """Who was let in."""
    person = getattr(request, "auth", None)
    assert isinstance(person, User)
    return person
