"""`python -m sandbox --port 12111 --store PATH`: a local Stripe on 127.0.0.1."""

import argparse
import os
import socket
import sys
from pathlib import Path

import uvicorn

from sandbox.server import Protocol, make_app
from sandbox.store import StoreRefused

HOST = "127.0.0.1"


def main() -> int:
    """Serve until SIGTERM; 2 and one sentence when it cannot begin."""
    options = _options()
    try:
        listening = _listen(options.port)
        app = make_app(Path(options.store), base_url=f"http://{HOST}:{listening.getsockname()[1]}")
    except (StoreRefused, OSError) as refusal:
        print(refusal, file=sys.stderr)
        return 2
    config = uvicorn.Config(
        app,
        http=Protocol,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=300,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listening])
    os._exit(0)  # Without waiting for who was sent a webhook and does not answer: it is sent again.


def _options() -> argparse.Namespace:
    home = Path(os.environ.get("KLUBBA_HOME") or ".local")
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A local Stripe.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SANDBOX_PORT") or 12111))
    parser.add_argument("--store", default=str(home / "sandbox.sqlite3"))
    return parser.parse_args()


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as refusal:
        raise OSError(f"Port {port} cannot be used: {refusal.strerror}.") from None
    return listening


if __name__ == "__main__":
    sys.exit(main())
