"""What a scenario measured: ours beside its limit, round by round, and what is made of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True)
class Size:
    """How much of everything, and of how many rounds the medians are."""

    is_quick: bool
    rounds: int

    def of(self, full: int, quick: int) -> int:
        return quick if self.is_quick else full


@dataclass
class Figure:
    """A scenario's rounds. `goal` is the least ratio of ours to the limit, the most where less is better.

    `most` is the most that ours may be, in its own unit: what people wait for.
    """

    id: str
    name: str
    unit: str
    goal: float | None = None
    less_is_better: bool = False
    most: float | None = None
    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        """The median of the rounds' own ratios: both sides of a round met the same noise."""
        pairs = zip(self.ours, self.limit, strict=False)
        ratios = [ours / limit for ours, limit in pairs]
        return median(ratios) if ratios else None

    @property
    def spread(self) -> float:
        """Between the best round and the worst, as a part of the median."""
        return (max(self.ours) - min(self.ours)) / median(self.ours)

    @property
    def is_met(self) -> bool | None:
        if self.most is not None:
            return median(self.ours) <= self.most
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio <= self.goal if self.less_is_better else self.ratio >= self.goal

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "ours": median(self.ours),
            "limit": median(self.limit) if self.limit else None,
            "ratio": self.ratio,
            "goal": self.goal,
            "most": self.most,
            "spread": self.spread,
            "runs": [self.ours, self.limit],
            "notes": self.notes,
        }


Scenario = Callable[[Size], list[Figure]]
HEAD = ("", "scenario", "ours", "limit", "ratio", "goal", "spread")


def table_of(figures: list[Figure]) -> str:
    """As people read it."""
    rows = [HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    left = {0, 1}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    met = {True: "met", False: "NOT met", None: ""}[figure.is_met]
    goal = "" if figure.goal is None else f"{'≤' if figure.less_is_better else '≥'} {figure.goal:g} {met}"
    if figure.most is not None:
        goal = f"≤ {figure.most:g} {figure.unit} {met}"
    return (
        figure.id,
        figure.name,
        f"{_said(median(figure.ours))} {figure.unit}",
        f"{_said(median(figure.limit))} {figure.unit}" if figure.limit else "",
        f"{figure.ratio:.2f}" if figure.ratio is not None else "",
        goal,
        f"{figure.spread:.0%}",
    )


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
