"""Tokens for machines: by password, and renewed by a refresh token that works once."""

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from api.fields import Answer, Body, Text, answers
from people.second_factor import CodeOwed, owes_code, show_code
from people.sign_in import sign_in
from people.tokens import TokenPair, issue_tokens, revoke_tokens, rotate_tokens

router = Router(tags=["Sign-in"], auth=None)


class Credentials(Body):
    email: Text = Field(max_length=254)
    password: Text = Field(max_length=1000)
    code: Text = Field("", max_length=100, description="Of the authenticator app, or a recovery code.")


class Refresh(Body):
    refresh: Text = Field(max_length=4000)


class Tokens(Answer):
    access: str
    refresh: str


@router.post("token/", response=answers({200: Tokens}, 401, 429))
def make_tokens(request: HttpRequest, body: Credentials) -> Tokens:
    """Sign in: an access token for 10 minutes, and a refresh token for 30 days.

    Who has a second factor sends its `code`; who must have one sets it up on the pages first.
    """
    at = timezone.now()
    person = sign_in(request, email=body.email, password=body.password, at=at)
    if owes_code(person, session={}):
        if not (person.has_second_factor and body.code):
            raise CodeOwed
        show_code(person, body.code, at=at)
    return _present(issue_tokens(person, at=at))


@router.post("token/refresh/", response=answers({200: Tokens}, 401))
def renew_tokens(request: HttpRequest, body: Refresh) -> Tokens:
    """A new pair. Using an old refresh token again ends the session."""
    return _present(rotate_tokens(body.refresh, at=timezone.now()))


@router.post("token/revoke/", response=answers({204: None}, 401))
def end_tokens(request: HttpRequest, body: Refresh) -> Status:
    """End the session: its refresh token works no more."""
    revoke_tokens(body.refresh, at=timezone.now())
    return Status(204, None)


def _present(pair: TokenPair) -> Tokens:
    return Tokens(access=pair.access, refresh=pair.refresh)
