"""Expected beside seen: the only judge of a scenario."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """One figure or code of the story."""

    name: str
    expected: str
    seen: str

    @property
    def holds(self) -> bool:
        return self.expected == self.seen


@dataclass
class Figures:
    """Collects what was seen; a figure nobody saw does not hold, one nobody expected is shown."""

    expected: Mapping[str, str | int]
    not_told: Mapping[str, str] = field(default_factory=dict)
    """Steps that nothing drives yet, and why."""
    seen: dict[str, str] = field(default_factory=dict)

    def saw(self, name: str, value: object) -> None:
        """Take down what was seen; the same figure twice is our own mistake."""
        assert name not in self.seen, f"{name} was seen before"
        self.seen[name] = str(value)

    def all(self) -> list[Figure]:
        names = [*self.expected, *(name for name in self.seen if name not in self.expected)]
        return [
            Figure(name, str(self.expected.get(name, "-")), self.seen.get(name, "not seen"))
            for name in names
        ]

    def hold(self) -> bool:
        return all(figure.holds for figure in self.all())

    def digest(self) -> str:
        """Return one hash over every figure seen: two tellings of a story have the same."""
        text = json.dumps(sorted(self.seen.items()), ensure_ascii=False)
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def table_of(figures: Figures) -> Table:
    """Return the figures as a table for people."""
    table = Table("figure", "expected", "seen", "", title="Every figure of the story")
    for figure in figures.all():
        mark = "[green]holds" if figure.holds else "[red]differs"
        table.add_row(figure.name, figure.expected, figure.seen, mark)
    for step, why in figures.not_told.items():
        table.add_row(step, "-", why, "[yellow]not told")
    table.caption = figures.digest()
    return table
