"""What this hub's country says of personal data that leave it, and how the year stands by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.exchange.domain.transfer import ExportRule, Standing, standing
from services.exchange.store.transfers import PurposeCount
from services.exchange.store.tx import ExchangeTx
from shared.packs.pack import Packs

EXEMPTION = "privacy.export-exemption"


@dataclass(frozen=True)
class ExportLaw:
    """The rule in a hub's country pack; a hub without a pack counts by UTC and has no limit."""

    packs: Packs
    hub: str

    @property
    def _has_pack(self) -> bool:
        return self.hub[:2].upper() in self.packs.countries()

    def year_of(self, moment: datetime) -> int:
        """Return the calendar year of a moment in the hub's country."""
        return self.packs.of_hub(self.hub).day_of(moment).year if self._has_pack else moment.year

    def rule(self, now: datetime) -> ExportRule | None:
        """Return the rule that holds now, None where the country sets no limit."""
        if not self._has_pack:
            return None
        pack = self.packs.of_hub(self.hub)
        today = pack.day_of(now)
        if not pack.has_rule(EXEMPTION, on=today):
            return None
        rule = pack.rule(EXEMPTION, on=today)
        return ExportRule(
            persons_below=rule.value.count("persons_below"),
            necessary_for=frozenset(rule.value.texts("necessary_for")),
            rule=rule.id,
            citation=rule.citation.instrument,
        )


class Year(NamedTuple):
    """How many persons' data left in a year, by purpose, and how that stands by the law."""

    year: int
    purposes: Sequence[PurposeCount]
    persons_counted: int
    rule: ExportRule | None
    standing: Standing


async def year_of_transfers(tx: ExchangeTx, law: ExportLaw, year: int | None = None) -> Year:
    """Count a year, this one if none is named."""
    rule = law.rule(tx.now)
    asked = law.year_of(tx.now) if year is None else year
    purposes = await tx.transfers.by_purpose(asked)
    exempt = rule.necessary_for if rule else ()
    persons = await tx.transfers.persons(asked, besides=exempt)
    return Year(asked, purposes, persons, rule, standing(persons, rule))
