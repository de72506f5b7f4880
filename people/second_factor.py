"""A second factor beside the password: the codes of an authenticator app, and recovery codes for a lost one.

Codes are those of RFC 6238 in its usual form: six digits, a new one each half minute. Each lets in once.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

import pyotp
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare

from people.budgets import spend
from people.models import Authenticator, RecoveryCode, User

ISSUER = "Klubba"
STEP_SECONDS = 30
# A phone's clock may be half a minute off.
STEPS = (-1, 0, 1)
TRIES, WINDOW = 5, timedelta(minutes=5)
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
# In a session: when a code was last shown, ISO 8601.
CODE_SHOWN_AT = "code_shown_at"


class CodeRefused(Exception):
    """The code does not match, or has let in before."""

    def __init__(self) -> None:
        super().__init__("A code lets in while it is new, and once.")


class CodeOwed(Exception):
    """The password is right, and a code is asked for besides; or there is no second factor, and must be."""

    def __init__(self) -> None:
        super().__init__("Send a `code` too. Who has no second factor yet sets it up on the pages.")


def must_have(person: User) -> bool:
    """Operators, outside the sandbox world."""
    return person.is_operator and settings.SECOND_FACTOR_FOR_OPERATORS


def owes_code(person: User, session: Mapping[str, object]) -> bool:
    """Whether a session that the password began lets in no further until a code was shown."""
    return (person.has_second_factor or must_have(person)) and CODE_SHOWN_AT not in session


def begin_second_factor(person: User, *, at: datetime) -> Authenticator:
    """The secret to bring into the app: the same until it is confirmed."""
    beginning, _ = Authenticator.objects.get_or_create(
        user=person, confirmed_at=None, defaults={"secret": pyotp.random_base32(), "made_at": at}
    )
    return beginning


def app_address(beginning: Authenticator) -> str:
    """What the app reads from the picture."""
    return pyotp.TOTP(beginning.secret).provisioning_uri(name=beginning.user.email, issuer_name=ISSUER)


def confirm_second_factor(person: User, code: str, *, at: datetime) -> list[str]:
    """From now on the password lets in no further alone. Answers the recovery codes, told this once.

    What was signed in through the API by the password alone is so no more. In the caller's transaction, and
    after a try was spent outside of it.

    Raises:
        CodeRefused: the app does not have the secret; nothing changed.
    """
    held = User.objects.select_for_update().get(pk=person.pk)
    beginning = Authenticator.objects.filter(user=held, confirmed_at=None).first()
    if beginning is None or not _use(beginning, code, at=at):
        raise CodeRefused
    Authenticator.objects.filter(user=held).exclude(pk=beginning.pk).delete()
    Authenticator.objects.filter(pk=beginning.pk).update(confirmed_at=at)
    User.objects.filter(pk=held.pk).update(has_second_factor=True, token_version=held.token_version + 1)
    return _new_recovery_codes(held)


def show_code(person: User, code: str, *, at: datetime) -> None:
    """Let in whoever knows a code of the app, or a recovery code that was not used; each once.

    Raises:
        CodeRefused: it is neither.
        BudgetSpent: five tries in five minutes.
    """
    spend_try(person, at=at)
    app = Authenticator.objects.filter(user=person, confirmed_at__isnull=False).first()
    if app is not None and _use(app, code, at=at):
        return
    unused = RecoveryCode.objects.filter(user=person, digest=_digest(code), used_at=None)
    if not unused.update(used_at=at):
        raise CodeRefused


def renew_recovery_codes(person: User) -> list[str]:
    """Ten new ones, told this once; the old ones let in no more."""
    with transaction.atomic():
        return _new_recovery_codes(User.objects.select_for_update().get(pk=person.pk))


def remove_second_factor(person: User) -> None:
    """From now on the password alone lets in. In the caller's transaction.

    Raises:
        CodeOwed: this person must have one.
    """
    if must_have(person):
        raise CodeOwed
    User.objects.filter(pk=person.pk).update(has_second_factor=False)
    Authenticator.objects.filter(user=person).delete()
    RecoveryCode.objects.filter(user=person).delete()


def spend_try(person: User, *, at: datetime) -> None:
    """Count a try, whatever becomes of it.

    Raises:
        BudgetSpent: five in five minutes.
    """
    spend({f"code:{person.pk}": TRIES}, window=WINDOW, at=at)


def _use(app: Authenticator, code: str, *, at: datetime) -> bool:
    """Whether it is a code of about now, younger than any that was used."""
    typed = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    for step in (now + ahead for ahead in STEPS):
        if constant_time_compare(pyotp.TOTP(app.secret).generate_otp(step), typed):
            older = Authenticator.objects.filter(pk=app.pk, last_step__lt=step)
            return older.update(last_step=step) == 1
    return False


def _new_recovery_codes(person: User) -> list[str]:
    RecoveryCode.objects.filter(user=person).delete()
    codes = ["-".join(_four() for _ in range(4)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=person, digest=_digest(code)) for code in codes)
    return codes


def _four() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(4))


def _digest(code: str) -> str:
    """However it is typed: capitals, spaces and dashes say nothing."""
    typed = "".join(code.lower().replace("-", "").split())
    return hashlib.sha256(typed.encode(errors="replace")).hexdigest()
