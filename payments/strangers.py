"""Who sends what is not signed: told why for a while, then to wait. What is genuine is never counted."""

from datetime import datetime, timedelta

WINDOW = timedelta(minutes=1)
FORGERIES_A_WINDOW = 600
MOST_ADDRESSES = 10_000


class Strangers:
    """How many forgeries came from each address in the running window; kept in memory, bounded."""

    def __init__(self) -> None:
        self._counted: dict[str, int] = {}
        self._window_ends_at: datetime | None = None

    def may_try(self, address: str, *, at: datetime) -> bool:
        """Count a forgery from the address; False when it has used up its own."""
        if self._window_ends_at is None or self._window_ends_at <= at:
            self._counted, self._window_ends_at = {}, at + WINDOW
        if address in self._counted or len(self._counted) < MOST_ADDRESSES:
            self._counted[address] = self._counted.get(address, 0) + 1
        return self._counted.get(address, 0) <= FORGERIES_A_WINDOW
