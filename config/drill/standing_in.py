"""Django's connection, led to a restored copy for a while: what works there works on nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.db import connection, connections

from config.drill.verdicts import DrillRefused

PLACE = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
# Who acts there, as what, and for how long at most, is as everywhere; the rest of an address is its own.
OF_OURS = ("assume_role", "options", "connect_timeout", "tcp_user_timeout")


@contextmanager
def standing_in(url: str) -> Iterator[None]:
    """Whatever asks the database asks that one, as the role of web and worker, until this ends.

    Raises:
        DrillRefused: another database answers; nothing was done there.
    """
    told: dict[str, Any] = connection.settings_dict
    before = dict(told)
    there = environ.Env.db_url_config(url)
    ours = {key: value for key, value in before["OPTIONS"].items() if key in OF_OURS}
    connections.close_all()
    told.update({key: there.get(key, "") for key in PLACE}, OPTIONS=there.get("OPTIONS", {}) | ours)
    try:
        _see_that_it_is(unquote(urlsplit(url).path[1:]))
        yield
    finally:
        connections.close_all()
        told.update(before)


def _see_that_it_is(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (answering,) = cursor.fetchone()
    if answering != name:
        raise DrillRefused(f"{answering} answers where {name} should.")
