"""What stands between us and PostgreSQL, and loses an answer when it is told to: it is done, or it is not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import connection, connections

SOCKET_NAME = ".s.PGSQL.5432"


@dataclass
class Cutter:
    """Passes everything on. The nth sentence with this word is the last of its connection."""

    server: str
    word: bytes = b""
    nth: int = 0
    arrives: bool = True
    cuts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def cut(self, word: bytes, *, nth: int = 1, arrives: bool = True) -> None:
        """Cut at its nth sentence from now; what `arrives` is done, and only the answer is lost."""
        with self.lock:
            self.word, self.nth, self.arrives, self.cuts = word, nth, arrives, 0

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.server)
            cut = threading.Event()
            threading.Thread(target=self._there, args=(client, server, cut), daemon=True).start()
            threading.Thread(target=self._back, args=(client, server, cut), daemon=True).start()

    def _there(self, client: socket.socket, server: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while sentence := client.recv(1 << 20):
                if self._is_the_one(sentence):
                    cut.set()
                    if not self.arrives:
                        break
                server.sendall(sentence)
        if not (cut.is_set() and self.arrives):
            _close(server)

    def _back(self, client: socket.socket, server: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(1 << 20):
                if cut.is_set():
                    break  # It was done, and this would have said so.
                client.sendall(answer)
        _close(server)
        _close(client)

    def _is_the_one(self, sentence: bytes) -> bool:
        with self.lock:
            if not self.nth or self.word not in sentence:
                return False
            self.nth -= 1
            self.cuts += not self.nth
            return not self.nth


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def through_a_cutter() -> Iterator[Cutter]:
    """Django's connections lead through it until this ends."""
    there = parse_qs(urlsplit(settings.DATABASE_URL).query)["host"][0]
    before = connection.settings_dict["HOST"]
    with TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(Path(folder) / SOCKET_NAME))
        listening.listen()
        cutter = Cutter(str(Path(there) / SOCKET_NAME))
        thread = threading.Thread(target=cutter.serve, args=(listening,), daemon=True)
        thread.start()
        connections.close_all()
        connection.settings_dict["HOST"] = folder
        try:
            yield cutter
        finally:
            connections.close_all()
            connection.settings_dict["HOST"] = before
            _close(listening)
            thread.join()
