"""Ports of this machine: taken or free."""

import socket

from config.sentences import Refusal

LOCAL = "127.0.0.1"


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


def require_free(port: int, *, variable: str) -> None:
    """Ask before a child is started, so that the sentence is ours and not buried in its log.

    Raises:
        PortTaken: another program has the port.
    """
    listening_socket(port, variable=variable).close()
