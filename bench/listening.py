"""Open pages, as a process of their own: a stream for each cookie, and when each is told of a change.

`python -m bench.listening PORT < cookies` says `open` when all are, and then of each change the cookie's
place and the nanosecond of the machine's monotonic clock. It knows nothing of Django.
"""

import asyncio
import sys
import time

AT_ONCE = 50


async def _open(place: int, cookie: str, *, port: int, opening: asyncio.Semaphore) -> asyncio.StreamReader:
    async with opening:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={cookie}\r\n\r\n".encode("ascii")
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise SystemExit(f"stream {place}: {head.decode()}")
        await reader.readuntil(b"event: changed")  # Everything may have changed before it was opened.
        await reader.readuntil(b"\n\n")
    return reader


async def _tell(place: int, reader: asyncio.StreamReader) -> None:
    while line := await reader.readline():
        if line.startswith(b"event: changed"):
            print(place, time.monotonic_ns(), flush=True)


async def listen(cookies: list[str], *, port: int) -> None:
    """Until the server ends, or somebody ends this."""
    opening = asyncio.Semaphore(AT_ONCE)
    opened = [_open(place, cookie, port=port, opening=opening) for place, cookie in enumerate(cookies)]
    readers = await asyncio.gather(*opened)
    print("open", flush=True)
    await asyncio.gather(*(_tell(place, reader) for place, reader in enumerate(readers)))


if __name__ == "__main__":
    asyncio.run(listen(sys.stdin.read().split(), port=int(sys.argv[1])))
