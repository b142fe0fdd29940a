"""Whose personal data left the hub, for what, and how near that is to what the law lets pass.

A person is the id under which its data leave: the one that its key is kept under, or its token. A
token is of one pair of hubs, so who buys through two counts twice: a warning is early, never late.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

WARN_FROM_PERCENT = 80
"""From this much of the limit on, operators are warned."""
FOUNDING_PURPOSE = "founding"
"""What data cross for between hubs that agreed on all when they were founded."""

YearOf = Callable[[datetime], int]
"""The calendar year of a moment where the hub's law counts it."""


def utc_year(moment: datetime) -> int:
    """The year in UTC, for a hub whose country has no pack here."""
    return moment.year


class Transfer(NamedTuple):
    """One record about one person that left for a peer, for a purpose."""

    person: str
    peer: str
    purpose: str


class Standing(StrEnum):
    """How near the year's persons are to the limit."""

    NO_LIMIT = "no-limit"
    BELOW = "below"
    NEAR = "near"
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class ExportRule:
    """What a country lets leave without more ado: data of fewer persons a year than
    `persons_below`; those needed for one of `necessary_for` are not counted."""

    persons_below: int
    necessary_for: Collection[str]
    rule: str
    citation: str

    def counts(self, purpose: str) -> bool:
        """Whether persons whose data leave for this purpose count."""
        return purpose not in self.necessary_for


def standing(persons: int, rule: ExportRule | None) -> Standing:
    """How near so many counted persons are to the rule's limit."""
    if rule is None:
        return Standing.NO_LIMIT
    if persons >= rule.persons_below:
        return Standing.REACHED
    near = persons * 100 >= rule.persons_below * WARN_FROM_PERCENT
    return Standing.NEAR if near else Standing.BELOW
