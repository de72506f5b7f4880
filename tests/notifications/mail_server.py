"""A real mail server for tests, on a port of its own: it keeps what it took, and misbehaves when told to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True)
class Envelope:
    """One letter as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    body: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.body, policy=policy.default)  # type: ignore[return-value]


@dataclass
class MailServer:
    """What it took, and what it does instead of its duty.

    `answers` are given in place of 250 to a command (`{"RCPT": "550 no"}`); `hangs_up_after` takes a
    letter and goes away without a word; `silent` listens and never speaks.
    """

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_after: bool = False
    silent: bool = False
    slowness_seconds: float = 0.0
    closing: threading.Event = field(default_factory=threading.Event)

    def message_ids(self) -> list[str]:
        return [envelope.message["Message-ID"] for envelope in self.taken]


class Conversation(socketserver.StreamRequestHandler):
    """One client, from its greeting to its leaving."""

    def handle(self) -> None:
        server: MailServer = self.server.mail  # type: ignore[attr-defined]
        if server.silent:
            server.closing.wait(30)
            return
        self._say("220 here")
        sender, recipients = "", []
        while line := self.rfile.readline():
            command = line[:4].decode("ascii", "replace").upper().strip()
            if command in server.answers:
                self._say(server.answers[command])
            elif command == "EHLO":
                self._say("250-here\r\n250 8BITMIME")
            elif command == "MAIL":
                sender, recipients = _address(line), []
                self._say("250 ok")
            elif command == "RCPT":
                recipients.append(_address(line))
                self._say("250 ok")
            elif command == "DATA":
                self._say("354 go on")
                server.closing.wait(server.slowness_seconds)
                server.taken.append(Envelope(sender, tuple(recipients), self._body()))
                if server.hangs_up_after:
                    return
                self._say("250 taken")
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _body(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Listening(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _address(line: bytes) -> str:
    return line.decode().split("<", 1)[1].split(">", 1)[0]


@contextmanager
def mail_server(port: int = 0) -> Iterator[MailServer]:
    """A server at 127.0.0.1, at a free port unless one is named; afterwards nobody listens there."""
    mail = MailServer()
    with _Listening(("127.0.0.1", port), Conversation) as listening:
        mail.port, listening.mail = listening.server_address[1], mail  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield mail
        finally:
            mail.closing.set()
            listening.shutdown()
            thread.join()
