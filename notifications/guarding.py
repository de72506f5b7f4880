"""What guards an account changes, and a letter warns its owner: both, or neither."""

from datetime import datetime

from django.db import transaction

from notifications.asking import tell_person
from people.joining import choose_password
from people.models import User
from people.second_factor import (
    confirm_second_factor,
    remove_second_factor,
    renew_recovery_codes,
    spend_try,
)


@transaction.atomic
def change_password(person: User, password: str, *, at: datetime) -> User:
    """From now on the person signs in with this one, and hears of it.

    Raises:
        TypedRefused, LinkRefused: nothing changed; see `choose_password`.
    """
    changed = choose_password(person, password)
    tell_person("person.password_chosen", changed, at=at)
    return changed


def add_second_factor(person: User, secret: str, code: str, *, at: datetime) -> list[str]:
    """From now on the password lets in no further alone. Answers the recovery codes, told this once.

    Raises:
        CodeRefused: the app does not have the secret; nothing changed.
        BudgetSpent: see `spend_try`.
    """
    spend_try(person, at=at)
    with transaction.atomic():
        codes = confirm_second_factor(person, secret, code, at=at)
        tell_person("person.second_factor_added", person, at=at)
    return codes


@transaction.atomic
def take_second_factor_away(person: User, *, at: datetime) -> None:
    """From now on the password alone lets in; who must have one sets up another."""
    remove_second_factor(person)
    tell_person("person.second_factor_removed", person, at=at)


@transaction.atomic
def make_recovery_codes(person: User, *, at: datetime) -> list[str]:
    """Ten new ones, told this once; the old ones let in no more."""
    codes = renew_recovery_codes(person)
    tell_person("person.recovery_codes_made", person, at=at)
    return codes
