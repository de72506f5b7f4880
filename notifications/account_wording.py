"""The words of letters about somebody's own account: links to get in, and warnings of what changed."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from events.models import Event
from notifications.subjects import Member
from notifications.words import Words, written
from people.links import JOIN, RESET, link_token


def join_link(event: Event, member: Member) -> Words:
    return written(
        gettext("Finish signing up to Klubba"),
        gettext("Somebody, probably you, wants to sign up to Klubba with this e-mail address."),
        gettext("Say who you are and choose a password here, within a day:"),
        _link("join", link_token(member.person, JOIN)),
        gettext("If it was not you, you need do nothing: without this link nobody gets in."),
    )


def invitation(event: Event, member: Member) -> Words:
    return written(
        gettext("You are invited to be an operator of Klubba"),
        gettext("Say who you are and choose a password here, within a day:"),
        _link("join", link_token(member.person, JOIN)),
        gettext("Then you set up a second factor. Operators see every payment, and do not buy or sell."),
        gettext("If you do not expect this, you need do nothing: without this link nobody gets in."),
    )


def recovery_codes_made(event: Event, member: Member) -> Words:
    return written(
        gettext("New recovery codes were made for your account with Klubba"),
        gettext("The old ones let in no more."),
        gettext("If it was not you, choose a new password here and see who else reads your mail:"),
        _link("password-reset"),
    )


def join_repeated(event: Event, member: Member) -> Words:
    return written(
        gettext("You have an account with Klubba already"),
        gettext("Somebody, probably you, wants to sign up to Klubba with this e-mail address."),
        gettext("It has an account. Sign in here:"),
        _link("sign-in"),
        gettext("If you do not know your password any more, choose a new one here:"),
        _link("password-reset"),
    )


def reset_link(event: Event, member: Member) -> Words:
    return written(
        gettext("Choose a new password for Klubba"),
        gettext("Somebody, probably you, asked for this letter. Choose a new password here, within an hour:"),
        _link("new-password", link_token(member.person, RESET)),
        gettext("If it was not you, you need do nothing: your password stays as it is."),
    )


def password_chosen(event: Event, member: Member) -> Words:
    """A warning to the address we know, in case somebody else reads its mail."""
    return written(
        gettext("Your password for Klubba was changed"),
        gettext("Wherever you were signed in, you are signed in no more."),
        gettext("If it was not you, choose a new one here, and see who else reads your mail:"),
        _link("password-reset"),
    )


def second_factor_added(event: Event, member: Member) -> Words:
    return written(
        gettext("A second factor guards your account with Klubba"),
        gettext("From now on you sign in with your password and a code of your authenticator app."),
        gettext(
            "If it was not you, ask whoever runs Klubba to take it away, and choose a new password here:"
        ),
        _link("password-reset"),
    )


def second_factor_removed(event: Event, member: Member) -> Words:
    return written(
        gettext("The second factor of your account with Klubba was removed"),
        gettext("From now on your password alone lets in."),
        gettext("If it was not you, choose a new password here and see who else reads your mail:"),
        _link("password-reset"),
    )


def _link(name: str, *arguments: str) -> str:
    return f"{settings.SITE_ORIGIN}{reverse(name, args=arguments)}"
