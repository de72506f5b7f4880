"""A family of tokens: its newest refresh token works once, for thirty days, for a person unchanged."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pytest
from django.db import connections, transaction

from people.models import RefreshFamily
from people.tokens import TokenRefused, issue_tokens, revoke_tokens, rotate_tokens, user_of_access
from tests.cast import NOON, Cast, give_password

THIRTY_DAYS, A_SECOND = timedelta(days=30), timedelta(seconds=1)


def test_a_session_lasts_thirty_days_however_often_it_is_renewed(cast: Cast) -> None:
    first = issue_tokens(cast.bo, at=NOON)
    renewed = rotate_tokens(first.refresh, at=NOON + THIRTY_DAYS - A_SECOND)

    claims = jwt.decode(renewed.refresh, options={"verify_signature": False})
    assert claims["exp"] == int((NOON + THIRTY_DAYS).timestamp())
    with pytest.raises(TokenRefused):
        user_of_access(renewed.access, at=NOON + THIRTY_DAYS)
    with pytest.raises(TokenRefused):
        rotate_tokens(renewed.refresh, at=NOON + THIRTY_DAYS)


def test_a_session_that_was_ended_lets_nobody_in_at_once(cast: Cast) -> None:
    pair = issue_tokens(cast.bo, at=NOON)
    assert user_of_access(pair.access, at=NOON) == cast.bo

    revoke_tokens(pair.refresh, at=NOON)
    revoke_tokens(pair.refresh, at=NOON + A_SECOND)

    with pytest.raises(TokenRefused):
        user_of_access(pair.access, at=NOON)
    with pytest.raises(TokenRefused):
        rotate_tokens(pair.refresh, at=NOON)
    assert RefreshFamily.objects.get().revoked_at == NOON


def test_who_is_no_longer_let_in_does_not_renew(cast: Cast) -> None:
    pair = issue_tokens(cast.bo, at=NOON)
    cast.bo.is_active = False
    cast.bo.save()

    with pytest.raises(TokenRefused):
        rotate_tokens(pair.refresh, at=NOON)


def test_a_new_password_ends_every_session(cast: Cast) -> None:
    pairs = [issue_tokens(cast.bo, at=NOON) for _ in range(2)]
    give_password(cast.bo)

    for pair in pairs:
        with pytest.raises(TokenRefused):
            rotate_tokens(pair.refresh, at=NOON)
        with pytest.raises(TokenRefused):
            user_of_access(pair.access, at=NOON)


def test_of_two_with_one_refresh_token_at_once_one_is_served_and_the_session_ends(own_cast: Cast) -> None:
    refresh = issue_tokens(own_cast.bo, at=NOON).refresh

    def renew() -> None:
        try:
            rotate_tokens(refresh, at=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            rotate_tokens(refresh, at=NOON)
            second = threads.submit(renew)
            time.sleep(0.5)
        with pytest.raises(TokenRefused):
            second.result()
    assert RefreshFamily.objects.get().revoked_at == NOON
