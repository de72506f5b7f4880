import asyncio
import os
from argparse import ArgumentParser
from socket import socket

import uvicorn
from django.core.management.base import BaseCommand

from config.addresses import LOCAL, handed_socket, listening_socket
from config.environment import read_environment
from config.stopping import TOLD_OF_THE_END, UNIT_MAY_END_SECONDS

# As long as a request takes to follow its connection, on a busy machine too.
FIRST_WORD_SECONDS = 1.0
A_MOMENT_SECONDS = 0.05


class Server(uvicorn.Server):
    """Told to end, it hears those out who have connected and said nothing yet; uvicorn hangs up on them.

    Pages that listen go to the next server.
    """

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for told in TOLD_OF_THE_END:
            told()
        waited = 0.0
        while self._somebody_is_unheard() and waited < FIRST_WORD_SECONDS:
            await asyncio.sleep(A_MOMENT_SECONDS)
            waited += A_MOMENT_SECONDS
        await super().shutdown(sockets)

    def _somebody_is_unheard(self) -> bool:
        return any(getattr(one, "cycle", None) is None for one in self.server_state.connections)


class Command(BaseCommand):
    help = "Serve the pages and the API at PORT, in this one process."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=LOCAL)

    def handle(self, *, host: str, **_: object) -> None:
        port = read_environment(os.environ).port
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        with handed_socket() or listening_socket(port, host=host, variable="PORT") as listening:
            Server(_configuration()).run(sockets=[listening])


def _configuration() -> uvicorn.Config:
    return uvicorn.Config(
        "config.asgi:application",
        http="httptools",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        # Whose X-Forwarded-For is believed; by default nobody's.
        proxy_headers=bool(os.environ.get("FORWARDED_ALLOW_IPS")),
        timeout_graceful_shutdown=UNIT_MAY_END_SECONDS,
    )
