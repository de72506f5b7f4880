"""Letters that somebody asks for before they are let in: with a link, to the one who reads that mail."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from events.recording import record_event
from people.budgets import digest_of, spend
from people.joining import begin_joining, make_operator
from people.links import has_not_finished
from people.models import User

WINDOW = timedelta(hours=1)
LETTERS_PER_EMAIL = 3
LETTERS_PER_ADDRESS = 20
LONGEST_EMAIL = 254


class NoEmail(Exception):
    """What was typed is no e-mail address."""


class EmailTaken(Exception):
    """Somebody has this e-mail."""


@transaction.atomic
def ask_for_letter(email: str, *, joins: bool, language: str, address: str, at: datetime) -> None:
    """Have a letter sent with a link to sign up, if `joins`, or to choose a new password.

    Whoever asks hears the same whether anybody has the e-mail: who has one signs up no second time and is
    told so by letter; to an e-mail of nobody's, of a closed account, or of who was invited, no letter goes.
    It is in the `language` of a new person, else in the person's own.

    Raises:
        NoEmail: there can be no letter.
        BudgetSpent: three letters to it, or 20 from the address, were asked for within the hour.
    """
    email = email.strip()
    _refuse_no_email(email)
    spend(
        {
            f"letter-to-{'join' if joins else 'reset'}:{digest_of(email)}": LETTERS_PER_EMAIL,
            f"letters-for:{address}": LETTERS_PER_ADDRESS,
        },
        window=WINDOW,
        at=at,
    )
    known = User.objects.filter(email=email.lower()).first()
    person = known if known or not joins else begin_joining(email, language=language)
    if person is not None and (kind := _kind(person, joins=joins)):
        tell_person(kind, person, at=at)


@transaction.atomic
def invite_operator(email: str, *, language: str, at: datetime) -> None:
    """Have a letter sent with a link by which its reader becomes an operator; again makes the last one void.

    Raises:
        NoEmail: there can be no letter.
        EmailTaken: somebody with this e-mail has joined.
    """
    _refuse_no_email(email)
    person = User.objects.filter(email=email.lower()).first() or begin_joining(email, language=language)
    if not has_not_finished(person):
        raise EmailTaken(email)
    tell_person("person.invited", make_operator(person), at=at)


def _refuse_no_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as refused:
        raise NoEmail(email) from refused
    if max(len(email), len(email.lower())) > LONGEST_EMAIL:
        raise NoEmail(email)


def tell_person(kind: str, person: User, *, at: datetime, **details: object) -> None:
    """A line of the diary about somebody's own account, of which they get a letter."""
    record_event(
        kind, subject_type="person", subject_id=person.pk, at=at, audience=[person.pk], details=details
    )


def _kind(person: User, *, joins: bool) -> str:
    if has_not_finished(person) and not person.is_operator:
        return "person.join_asked"
    if not person.is_active:
        return ""
    return "person.join_repeated" if joins else "person.reset_asked"
