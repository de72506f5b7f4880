"""The one thread that touches the store. Work that waits together is committed together."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sandbox.store import Store

Outcome = TypeVar("Outcome")
Work = Callable[[Store], Any]
TOGETHER = 64


class Writer:
    """Runs work in its order and hands the outcome out only after the commit that holds it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: list[tuple[Work, asyncio.Future[Any]]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._draining: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Store], Outcome]) -> Outcome:
        """Do `work` inside a transaction. An exception undoes it and is raised here."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, outcome))
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        return await outcome

    async def close(self) -> None:
        """Finish what was begun, then let go of the file."""
        if self._draining is not None:
            await self._draining
        self._thread.shutdown(wait=True)
        self.store.close()

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            outcomes = await self._commit([work for work, _ in batch])
            if isinstance(outcomes, BaseException) and len(batch) > 1:
                outcomes = [await self._alone(work) for work, _ in batch]
            if isinstance(outcomes, BaseException):
                outcomes = [outcomes]
            for (_, future), outcome in zip(batch, outcomes, strict=True):
                _settle(future, outcome)

    async def _alone(self, work: Work) -> Any:
        """One that failed spoils nobody else's commit: each gets its own."""
        outcomes = await self._commit([work])
        return outcomes if isinstance(outcomes, BaseException) else outcomes[0]

    async def _commit(self, works: list[Work]) -> Any:
        call = asyncio.get_running_loop().run_in_executor(self._thread, self._commit_now, works)
        return (await asyncio.gather(call, return_exceptions=True))[0]

    def _commit_now(self, works: list[Work]) -> list[Any]:
        with self.store.transaction():
            return [work(self.store) for work in works]


def _settle(future: "asyncio.Future[Any]", outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
