"""Open pages, as a process of their own: a stream for each cookie, and when each is told of a change.

`python -m bench.listening PORT < cookies` says `open` when all are, and then of each change the cookie's
place and the nanosecond of the machine's monotonic clock. It knows nothing of Django.
"""

import asyncio
import sys
import time

AT_ONCE = 50
# What a page is told when it is opened, and when the server may have missed something.
EVERYTHING = b'data: ["*"]\n'

# Whoever forgets the writer has closed it.
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _open(place: int, cookie: str, *, port: int, opening: asyncio.Semaphore) -> Line:
    async with opening:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={cookie}\r\n\r\n".encode("ascii")
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise SystemExit(f"stream {place}: {head.decode()}")
        await reader.readuntil(EVERYTHING)
    return reader, writer


async def _tell(place: int, line: Line) -> None:
    while told := await line[0].readline():
        if told.startswith(b"data: [") and told != EVERYTHING:
            print(place, time.monotonic_ns(), flush=True)


async def listen(cookies: list[str], *, port: int) -> None:
    """Until the server ends, or somebody ends this."""
    opening = asyncio.Semaphore(AT_ONCE)
    opened = [_open(place, cookie, port=port, opening=opening) for place, cookie in enumerate(cookies)]
    lines = await asyncio.gather(*opened)
    print("open", flush=True)
    await asyncio.gather(*(_tell(place, line) for place, line in enumerate(lines)))


if __name__ == "__main__":
    asyncio.run(listen(sys.stdin.read().split(), port=int(sys.argv[1])))
