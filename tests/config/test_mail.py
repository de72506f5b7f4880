"""The mail server is named by one address, which is whole or refused at the start."""

from __future__ import annotations

import pytest

from config.environment import EnvironmentRefused, read_environment
from config.mail import MailRefused, mail_settings

SENDER = "?from=Klubba%20<no-reply@example.com>"


def test_an_address_becomes_djangos_settings() -> None:
    told = mail_settings(f"smtp+tls://olga%40example.com:p%2Fw@mail.example.com:2525/{SENDER}")

    assert told["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (told["EMAIL_HOST"], told["EMAIL_PORT"]) == ("mail.example.com", 2525)
    assert (told["EMAIL_HOST_USER"], told["EMAIL_HOST_PASSWORD"]) == ("olga@example.com", "p/w")
    assert told["EMAIL_USE_TLS"] is True
    assert told["DEFAULT_FROM_EMAIL"] == "Klubba <no-reply@example.com>"


@pytest.mark.parametrize(("scheme", "port"), [("smtp", 25), ("smtp+tls", 587), ("smtp+ssl", 465)])
def test_without_a_port_it_is_the_usual_one(scheme: str, port: int) -> None:
    assert mail_settings(f"{scheme}://mail.example.com/{SENDER}")["EMAIL_PORT"] == port


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.com",
        "http://mail.example.com/?from=a@b.example",
        "filemail:///tmp/letters?from=a@b.example",
        "smtp:///?from=a@b.example",
        "smtp://mail.example.com",
        "smtp://mail.example.com/?from=nobody",
        "smtp://mail.example.com/?from=a@b.example%0ABcc:%20c@d.example",
        "smtp://mail.example.com:port/?from=a@b.example",
        "smtp://mail.example.com:99999/?from=a@b.example",
        "smtp://[/?from=a@b.example",
    ],
)
def test_what_is_not_whole_is_refused(url: str) -> None:
    with pytest.raises(MailRefused):
        mail_settings(url)


def test_the_refusal_names_the_variable_and_not_the_password(tmp_path: object) -> None:
    with pytest.raises(EnvironmentRefused) as refused:
        read_environment({"KLUBBA_HOME": str(tmp_path), "EMAIL_URL": "smtp://olga:secret@mail.example.com"})

    assert str(refused.value) == "EMAIL_URL must name the sender of letters: ?from=no-reply@example.com."
