"""What guards an account changes, and a letter warns its owner: both, or neither."""

from datetime import datetime

from django.db import transaction

from notifications.asking import tell_person
from people.joining import choose_password
from people.models import User
from people.second_factor import confirm_second_factor, remove_second_factor, spend_try


@transaction.atomic
def change_password(person: User, password: str, *, origin: str, at: datetime) -> User:
    """From now on the person signs in with this one, and hears of it.

    Raises:
        TypedRefused, LinkRefused: nothing changed; see `choose_password`.
    """
    changed = choose_password(person, password)
    tell_person("person.password_chosen", changed, at=at, origin=origin)
    return changed


def add_second_factor(person: User, code: str, *, origin: str, at: datetime) -> list[str]:
    """From now on the password lets in no further alone. Answers the recovery codes, told this once.

    Raises:
        CodeRefused: the app does not have the secret; nothing changed.
        BudgetSpent: five tries in five minutes.
    """
    spend_try(person, at=at)
    with transaction.atomic():
        codes = confirm_second_factor(person, code, at=at)
        tell_person("person.second_factor_added", person, at=at, origin=origin)
    return codes


@transaction.atomic
def take_second_factor_away(person: User, *, origin: str, at: datetime) -> None:
    """From now on the password alone lets in.

    Raises:
        CodeOwed: this person must have one.
    """
    remove_second_factor(person)
    tell_person("person.second_factor_removed", person, at=at, origin=origin)
