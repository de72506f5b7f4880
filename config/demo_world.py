"""The people of the demo: made at run time, and only where money is not real."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from config.sentences import Refusal
from people.models import User


class NoDemoHere(Refusal):
    """This is the live world."""


@dataclass(frozen=True)
class Part:
    """One person of the demo and what they do."""

    email: str
    name: str
    company: str
    role: str


PARTS = (
    Part("bo@klubba.example", "Bo Berg", "Bergs Antik", "is_buyer"),
    Part("saga@klubba.example", "Saga Sand", "Sand & Söner", "is_seller"),
    Part("olga@klubba.example", "Olga Ohlsson", "Klubba", "is_operator"),
    Part("otto@klubba.example", "Otto Oster", "Klubba", "is_operator"),
    Part("mallory@klubba.example", "Mallory Moss", "", "is_buyer"),
)


@transaction.atomic
def seed_people(*, password: str) -> int:
    """See to it that the demo's people are there and sign in with `password`; answers how many were made.

    Raises:
        NoDemoHere: outside the sandbox world.
    """
    if not settings.SANDBOX_WORLD:
        raise NoDemoHere("The demo's people exist in the sandbox world only.")
    known = {person.email: person for person in User.objects.filter(email__in=[part.email for part in PARTS])}
    missing = [part for part in PARTS if part.email not in known]
    for part in missing:
        User.objects.create_user(
            email=part.email, password=password, name=part.name, company=part.company, **{part.role: True}
        )
    first = known.get(PARTS[0].email)
    if first is not None and not first.check_password(password):
        _change_passwords(list(known.values()), password)
    return len(missing)


def _change_passwords(people: list[User], password: str) -> None:
    for person in people:
        person.set_password(password)
        person.save(update_fields=["password", "token_version"])
