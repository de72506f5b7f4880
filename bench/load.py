"""Requests from another process: so many connections at once, each sends its next when it has an answer.

`python -m bench.load PORT CONNECTIONS < requests` answers, as JSON, how long it took, how often which status
came, and each request's milliseconds. It knows nothing of Django: a client must cost less than the server.
"""

import asyncio
import json
import pickle
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True)
class Answered:
    """What came of the requests. `took_ms` is of each, in no order."""

    seconds: float
    statuses: dict[str, int]
    took_ms: list[float]

    @property
    def p95_ms(self) -> float:
        return quantiles(self.took_ms, n=20)[-1]


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    told = {"Host": "127.0.0.1", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def send(requests: list[bytes], *, port: int, connections: int) -> Answered:
    """Send them all from a process of their own.

    Raises:
        SystemExit: an answer was none, or not a success: what fails is fast.
    """
    argv = [sys.executable, "-m", "bench.load", str(port), str(connections)]
    ran = subprocess.run(argv, input=pickle.dumps(requests), capture_output=True)
    if ran.returncode:
        raise SystemExit(f"bench: the load failed: {ran.stderr.decode()[-500:]}")
    answered = Answered(**json.loads(ran.stdout))
    if answered.statuses != {"200": len(requests)}:
        raise SystemExit(f"bench: not every answer was 200: {answered.statuses}")
    return answered


async def _send_all(requests: list[bytes], *, port: int, connections: int) -> Answered:
    waiting, statuses, took_ms = iter(requests), Counter[str](), list[float]()
    began = time.perf_counter()
    await asyncio.gather(*(_converse(waiting, port, statuses, took_ms) for _ in range(connections)))
    return Answered(time.perf_counter() - began, statuses, took_ms)


async def _converse(
    waiting: Iterator[bytes], port: int, statuses: Counter[str], took_ms: list[float]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for each in waiting:
        began = time.perf_counter()
        writer.write(each)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("content-length:")[2].partition("\r\n")[0]
        await reader.readexactly(int(length))
        took_ms.append((time.perf_counter() - began) * 1000)
        statuses[head.split(" ", 2)[1]] += 1
    writer.close()


if __name__ == "__main__":
    port, connections = map(int, sys.argv[1:])
    told = asyncio.run(
        _send_all(pickle.loads(sys.stdin.buffer.read()), port=port, connections=connections)  # noqa: S301
    )
    print(json.dumps(vars(told)))
