"""A second factor beside the password: the codes of an authenticator app, and recovery codes for a lost one.

Codes are those of RFC 6238 in its usual form: six digits, a new one each half minute. Each lets in once.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pyotp
from django.conf import settings
from django.utils.crypto import constant_time_compare

from people.budgets import spend
from people.models import Authenticator, RecoveryCode, User

ISSUER = "Klubba"
STEP_SECONDS = 30
# A phone's clock may be half a minute off.
STEPS = (-1, 0, 1)
TRIES, WINDOW, TRIES_A_DAY = 5, timedelta(minutes=5), 100
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


def owes_code(person: User, session: Mapping[str, Any]) -> bool:
    """Whether a session lets in no further until a code of the person's present app was shown."""
    if person.second_factor_since is None:
        return must_have(person)
    shown_at = session.get(CODE_SHOWN_AT)
    return shown_at is None or datetime.fromisoformat(shown_at) < person.second_factor_since


def new_secret() -> str:
    """To bring into the app. Whoever is shown it keeps it to themselves until it is confirmed."""
    return pyotp.random_base32()


def app_address(person: User, secret: str) -> str:
    """What the app reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=ISSUER)


def confirm_second_factor(person: User, secret: str, code: str, *, at: datetime) -> list[str]:
    """From now on the password lets in no further alone. Answers the recovery codes, told this once.

    What was signed in through the API by the password alone is so no more. In the caller's transaction, and
    after a try was spent outside of it.

    Raises:
        CodeRefused: the app does not have the secret, or another is confirmed already; nothing changed.
    """
    held = User.objects.select_for_update().get(pk=person.pk)
    step = _step_of(secret, code, at=at)
    if held.has_second_factor or step is None:
        raise CodeRefused
    Authenticator.objects.create(user=held, secret=secret, last_step=step)
    User.objects.filter(pk=held.pk).update(second_factor_since=at, token_version=held.token_version + 1)
    return _new_recovery_codes(held)


def show_code(person: User, code: str, *, at: datetime) -> None:
    """Let in whoever knows a code of the app, or a recovery code that was not used; each once.

    Raises:
        CodeRefused: it is neither.
        BudgetSpent: five tries in five minutes, or a hundred in a day.
    """
    spend_try(person, at=at)
    app = Authenticator.objects.filter(user=person).first()
    step = _step_of(app.secret, code, at=at) if app else None
    if app is not None and step is not None:
        newer = Authenticator.objects.filter(pk=app.pk, last_step__lt=step)
        if newer.update(last_step=step):
            return
    unused = RecoveryCode.objects.filter(user=person, digest=_digest(code), used_at=None)
    if not unused.update(used_at=at):
        raise CodeRefused


def renew_recovery_codes(person: User) -> list[str]:
    """Ten new ones, told this once; the old ones let in no more. In the caller's transaction."""
    return _new_recovery_codes(User.objects.select_for_update().get(pk=person.pk))


def remove_second_factor(person: User) -> None:
    """From now on the password alone lets in, or another app is set up. In the caller's transaction."""
    User.objects.filter(pk=person.pk).update(second_factor_since=None)
    Authenticator.objects.filter(user=person).delete()
    RecoveryCode.objects.filter(user=person).delete()


def spend_try(person: User, *, at: datetime) -> None:
    """Count a try, whatever becomes of it.

    Raises:
        BudgetSpent: five in five minutes, or a hundred in a day.
    """
    spend({f"code:{person.pk}": TRIES}, window=WINDOW, at=at)
    spend({f"code-a-day:{person.pk}": TRIES_A_DAY}, window=timedelta(days=1), at=at)


def _step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The half minute whose code it is, if that is about now."""
    typed = "".join(code.split())
    now = int(at.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = (now + ahead for ahead in STEPS)
    return next((step for step in steps if constant_time_compare(totp.generate_otp(step), typed)), None)


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
