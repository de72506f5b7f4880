"""Signing up, and choosing a new password: who reads the mail of an address decides what becomes of it."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from people.links import LinkRefused
from people.models import User

LONGEST_NAME = 200


class TypedRefused(Exception):
    """What was typed cannot be kept. `sentences` says by field why, in the active language."""

    def __init__(self, sentences: dict[str, list[str]]) -> None:
        super().__init__(", ".join(sentences))
        self.sentences = sentences


def begin_joining(email: str, *, language: str) -> User:
    """A new person with this e-mail, closed and without a password; or who was made at the same moment."""
    person = User(email=email.lower(), language=language, is_active=False)
    person.set_unusable_password()
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        return User.objects.get(email=person.email)
    return person


def make_operator(person: User) -> User:
    """Who began to sign up, and no more, joins as an operator; links of before let in no more.

    Raises:
        LinkRefused: the person has joined meanwhile.
    """
    unfinished = User.objects.filter(pk=person.pk, is_active=False, token_version=person.token_version)
    if not unfinished.update(is_operator=True, token_version=person.token_version + 1):
        raise LinkRefused("used")
    return User.objects.get(pk=person.pk)


def finish_joining(person: User, *, name: str, company: str, buys: bool, sells: bool, password: str) -> User:
    """The account opens, with what its owner is called, does, and signs in with. Operators do not trade.

    Raises:
        TypedRefused: nothing was kept.
        LinkRefused: somebody finished it meanwhile.
    """
    person.name, person.company = name.strip(), company.strip()
    _refuse_bad_password(password, person)
    trades = {"is_buyer": buys, "is_seller": sells} if not person.is_operator else {}
    opened = {"name": person.name, "company": person.company, **trades}
    return _with_password(person, password, is_active=True, **opened)


def choose_password(person: User, password: str) -> User:
    """From now on the person signs in with this one; whatever was signed in by the old one is so no more.

    Raises:
        TypedRefused: nothing was kept.
        LinkRefused: another password was chosen meanwhile.
    """
    _refuse_bad_password(password, person)
    return _with_password(person, password)


def _refuse_bad_password(password: str, person: User) -> None:
    try:
        validate_password(password, person)
    except ValidationError as refused:
        raise TypedRefused({"password": refused.messages}) from refused


def _with_password(person: User, password: str, **fields: object) -> User:
    before = person.token_version
    person.set_password(password)
    kept = User.objects.filter(pk=person.pk, token_version=before).update(
        password=person.password, token_version=person.token_version, **fields
    )
    if not kept:
        raise LinkRefused("used")
    return User.objects.get(pk=person.pk)
