"""Which classes of dangerous goods may not share a unit: a dated table, and refusal in doubt.

The numbers of the table say how far apart two classes stay aboard a ship; in one unit every number
means "not together". X leaves it to each substance's own entry, which is not known here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations_with_replacement

TOGETHER = "X"


@dataclass(frozen=True, kw_only=True)
class SegregationTable:
    """One edition of the table: by class, by class, a number or X."""

    source: str
    amendment: str
    verified: bool
    rows: Mapping[str, Mapping[str, str]]

    def __post_init__(self) -> None:
        for one, row in self.rows.items():
            for other, word in row.items():
                if self.rows.get(other, {}).get(one) != word:
                    raise ValueError(f"the table says two things of {one} and {other}")

    def may_meet(self, one: str, other: str) -> bool:
        """Say whether two classes (blank for harmless goods) may share a unit.

        What the table does not know meets nothing dangerous, not even its own class.
        """
        if not one or not other:
            return True
        return self.rows.get(one, {}).get(other) == TOGETHER

    def apart(self, classes: Iterable[str]) -> frozenset[frozenset[str]]:
        """Return the pairs of these classes that may not share a unit; a lone one meets itself."""
        named = sorted({one for one in classes if one})
        return frozenset(
            frozenset({one, other})
            for one, other in combinations_with_replacement(named, 2)
            if not self.may_meet(one, other)
        )
