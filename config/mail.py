"""The mail server, named by one address."""

from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

import environ

# Without a port in the address, the one that is usual.
PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


class MailRefused(ValueError):
    """The address of the mail server is not whole; the message goes on from its name."""


def mail_settings(url: str) -> dict[str, Any]:
    """`smtp+tls://user:password@host:587/?from=no-reply@example.com` as Django's settings.

    Raises:
        MailRefused: another scheme, no host, no port that could be one, no sender.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MailRefused("is no address of a mail server.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        beginnings = ", ".join(f"{scheme}://" for scheme in PORTS)
        raise MailRefused(f"must begin with one of {beginnings} and name a host.")
    config = environ.Env.email_url_config(url)
    sender = str(config.pop("OPTIONS", {}).get("FROM", ""))
    if "@" not in parseaddr(sender)[1] or not sender.isprintable():
        raise MailRefused("must name the sender of letters: ?from=no-reply@example.com.")
    return config | {"EMAIL_PORT": port or PORTS[parts.scheme], "DEFAULT_FROM_EMAIL": sender}
