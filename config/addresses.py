"""Ports of this machine: taken or free."""

import os
import socket

from config.sentences import Refusal

LOCAL = "127.0.0.1"
FIRST_HANDED = 3


class PortTaken(Refusal):
    """Another program listens where we would."""


def listening_socket(port: int, *, host: str = LOCAL, variable: str) -> socket.socket:
    """A socket bound to the port, for a server to listen on.

    Raises:
        PortTaken: another program has the port; the sentence names the variable that chooses another.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"Port {port} of {host} cannot be had ({(error.strerror or str(error)).lower()}): "
            f"stop the program that has it, or choose another port with {variable}."
        ) from None
    return bound


def handed_socket() -> socket.socket | None:
    """The socket that systemd listens on for us, if it started us for one: see sd_listen_fds(3).

    It outlives the process. Whoever connects while one server ends and the next begins waits in its queue.
    """
    if os.environ.get("LISTEN_PID") != str(os.getpid()) or os.environ.get("LISTEN_FDS", "0") == "0":
        return None
    return socket.socket(fileno=FIRST_HANDED)


def require_free(port: int, *, variable: str) -> None:
    """Ask before a child is started, so that the sentence is ours and not buried in its log.

    Raises:
        PortTaken: another program has the port.
    """
    listening_socket(port, variable=variable).close()
