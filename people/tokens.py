"""Tokens for machines: a short access token, and a refresh token that works once."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from jwt.types import Options

from people.models import RefreshFamily, User
from people.second_factor import must_have

ALGORITHM = "HS256"
ISSUER = "klubba"
AUDIENCE = "klubba-api"
ACCESS_LASTS = timedelta(minutes=10)
FAMILY_LASTS = timedelta(days=30)
LEEWAY = timedelta(seconds=30)
CLAIMS = ["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "typ", "fam"]


class TokenRefused(Exception):
    """The token is not, or no longer, worth anything. It says no more than that."""


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str


def issue_tokens(user: User, *, at: datetime) -> TokenPair:
    """A new family for this sign-in."""
    family = RefreshFamily.objects.create(
        user=user,
        current_token_id=uuid.uuid4(),
        token_version=user.token_version,
        created_at=at,
        expires_at=at + FAMILY_LASTS,
    )
    return _pair(user, family, at=at)


def rotate_tokens(refresh: str, *, at: datetime) -> TokenPair:
    """A new pair for the newest refresh token of a family.

    Raises:
        TokenRefused: not a refresh token of ours, or its family has ended. An older token of a living
            family ends the family: somebody else may hold the newer one.
    """
    claims = _read(refresh, kind="refresh", at=at)
    with transaction.atomic():
        family = _living_family(claims, at=at)
        if family is not None:
            family.current_token_id = uuid.uuid4()
            family.save(update_fields=["current_token_id"])
            return _pair(family.user, family, at=at)
    _end_family(claims, at=at)
    raise TokenRefused("This session has ended. Sign in again.")


def revoke_tokens(refresh: str, *, at: datetime) -> None:
    """End the family of the refresh token; again is the same.

    Raises:
        TokenRefused: not a refresh token of ours.
    """
    _end_family(_read(refresh, kind="refresh", at=at), at=at)


def user_of_access(access: str, *, at: datetime) -> User:
    """The person an access token speaks for.

    Raises:
        TokenRefused: forged, expired, of another kind, or ended since by a change to the account.
    """
    claims = _read(access, kind="access", at=at)
    living = User.objects.filter(
        pk=claims["sub"],
        is_active=True,
        token_version=claims["ver"],
        refresh_families=claims["fam"],
        refresh_families__revoked_at=None,
        refresh_families__expires_at__gt=at,
    )
    user = next(iter(living), None)
    if user is None or _lacks_what_it_must_have(user):
        raise TokenRefused("This token is not valid.")
    return user


def _living_family(claims: dict[str, Any], *, at: datetime) -> RefreshFamily | None:
    """The family, locked, if `claims` are its newest token's and nothing has ended it."""
    family = (
        RefreshFamily.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=claims["fam"], current_token_id=claims["jti"], revoked_at=None, expires_at__gt=at)
        .first()
    )
    if family is None or not family.user.is_active or _lacks_what_it_must_have(family.user):
        return None
    return family if family.user.token_version == family.token_version else None


def _lacks_what_it_must_have(user: User) -> bool:
    return must_have(user) and not user.has_second_factor


def _end_family(claims: dict[str, Any], *, at: datetime) -> None:
    RefreshFamily.objects.filter(pk=claims["fam"], revoked_at=None).update(revoked_at=at)


def _pair(user: User, family: RefreshFamily, *, at: datetime) -> TokenPair:
    access = _write(
        family, kind="access", token_id=uuid.uuid4(), at=at, ends_at=at + ACCESS_LASTS, ver=user.token_version
    )
    refresh = _write(
        family, kind="refresh", token_id=family.current_token_id, at=at, ends_at=family.expires_at
    )
    return TokenPair(access=access, refresh=refresh)


def _write(
    family: RefreshFamily, *, kind: str, token_id: uuid.UUID, at: datetime, ends_at: datetime, **more: object
) -> str:
    key = _keys()[0]
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(family.user_id),
        "fam": str(family.pk),
        "jti": str(token_id),
        "typ": kind,
        "iat": at,
        "nbf": at,
        "exp": ends_at,
        **more,
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": _name(key)})


def _read(token: str, *, kind: str, at: datetime) -> dict[str, Any]:
    """The claims of a genuine token of this kind that holds at `at`."""
    try:
        named = jwt.get_unverified_header(token).get("kid")
        key = next(key for key in _keys() if named == _name(key))
        required = [*CLAIMS, "ver"] if kind == "access" else CLAIMS
        options: Options = {
            "require": required,
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        }
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=options
        )
        uuid.UUID(claims["jti"]), uuid.UUID(claims["fam"]), int(claims["sub"])
        int(claims.get("ver", 0))
        begins = max(_whole_seconds(claims["nbf"]), _whole_seconds(claims["iat"]))
        ends = _whole_seconds(claims["exp"])
    except (jwt.PyJWTError, StopIteration, ValueError, TypeError, AttributeError) as refused:
        raise TokenRefused("This token is not valid.") from refused
    now, leeway = int(at.timestamp()), int(LEEWAY.total_seconds())
    if claims["typ"] != kind or not begins - leeway <= now < ends + leeway:
        raise TokenRefused("This token is not valid.")
    return claims


def _whole_seconds(value: object) -> int:
    """A NumericDate as whole seconds.

    Raises:
        TypeError: anything but an integer, such as a boolean or NaN.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a time in a token is a whole number of seconds")
    return value


def _keys() -> list[bytes]:
    """The signing keys, newest first; derived, so that a token's key signs nothing else."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [hmac.new(secret.encode(), b"klubba access tokens", hashlib.sha256).digest() for secret in secrets]


def _name(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()[:16]
