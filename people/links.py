"""Links that let in whoever reads a person's mail: to finish signing up, or to choose a new password.

Nothing of them is kept: a link is signed, holds for a while, and for as long as the person has no newer
password.
"""

from datetime import timedelta

from django.core import signing

from people.models import User

JOIN, RESET = "join", "reset"
HOLDS = {JOIN: timedelta(days=1), RESET: timedelta(hours=1)}


class LinkRefused(Exception):
    """It is too old, was used, or never was one."""


def link_token(person: User, purpose: str) -> str:
    """The secret part of a link for `JOIN` or `RESET`."""
    return signing.dumps([person.pk, person.token_version], salt=_salt(purpose))


def person_of_link(token: str, purpose: str) -> User:
    """Whom it was made for.

    Raises:
        LinkRefused: it does not let in any more.
    """
    try:
        person_id, version = signing.loads(token, salt=_salt(purpose), max_age=HOLDS[purpose])
    except signing.BadSignature as refused:
        raise LinkRefused(purpose) from refused
    person = User.objects.filter(pk=person_id, token_version=version).first()
    if person is None or not (has_not_finished(person) if purpose == JOIN else person.is_active):
        raise LinkRefused(purpose)
    return person


def has_not_finished(person: User) -> bool:
    """Whether somebody asked to sign up with this e-mail, and no more. A closed account has a password."""
    return not person.is_active and not person.has_usable_password()


def _salt(purpose: str) -> str:
    return f"klubba.link.{purpose}"
