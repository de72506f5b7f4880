"""What a test may do to deliveries: lose, double, mix, delay, spoil or hold them."""

import random
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.control_bodies import check_fields, is_chance, is_flag, is_whole
from sandbox.store import Store

SETTING = "delivery"
SHUFFLED_WITHIN_MS = 250
FIELDS = {
    "seed": is_whole,
    "drop": is_chance,
    "duplicate": is_chance,
    "shuffle": is_chance,
    "delay": is_chance,
    "delay_ms": is_whole,
    "corrupt": is_chance,
    "hold": is_flag,
}


@dataclass(frozen=True)
class Fate:
    """What becomes of one delivery under the controls of the moment."""

    dropped: bool = False
    duplicated: bool = False
    corrupted: bool = False
    delay_ms: int = 0


@dataclass
class Controls:
    """`drop`, `duplicate`, `shuffle`, `delay`, `corrupt` are chances from 0 to 1; true is 1.

    A shuffled delivery waits a while of its own, so that it keeps no place. `hold` is on or off. The same
    seed throws the same dice.
    """

    seed: int = 0
    drop: float = 0
    duplicate: float = 0
    shuffle: float = 0
    delay: float = 0
    delay_ms: int = 0
    corrupt: float = 0
    hold: bool = False

    def put(self, store: Store, sent: dict[str, Any]) -> dict[str, Any]:
        """Replace all controls; what is not named goes back to its ordinary value.

        Raises:
            StripeError: a name that is no control, or a value it cannot have.
        """
        check_fields(sent, FIELDS, noun="the delivery controls")
        store.set_setting(SETTING, sent)
        return self.take_over(sent)

    def take_over(self, sent: dict[str, Any]) -> dict[str, Any]:
        """The controls as they were kept."""
        ordinary = asdict(Controls())
        for name in ordinary:
            setattr(self, name, sent.get(name, ordinary[name]))
        if self.delay_ms and "delay" not in sent:
            self.delay = 1
        return asdict(self)

    def fate_of(self, delivery: int) -> Fate:
        """The same for the same seed and delivery, however often it is asked."""
        dice = random.Random(f"{self.seed}:{delivery}")
        throws = [dice.random() for _ in range(4)]
        delay_ms = self.delay_ms if throws[3] < self.delay else 0
        if dice.random() < self.shuffle:
            delay_ms += int(dice.random() * max(self.delay_ms, SHUFFLED_WITHIN_MS))
        return Fate(
            dropped=throws[0] < self.drop,
            duplicated=throws[1] < self.duplicate,
            corrupted=throws[2] < self.corrupt,
            delay_ms=delay_ms,
        )
