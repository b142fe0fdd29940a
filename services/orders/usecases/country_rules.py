"""What this hub's country asks of an order today, read from its pack."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from services.orders.domain.intake import IntakeRules
from shared.packs.pack import Packs


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Where the rules of intake come from: the installed packs, this hub and its peers."""

    packs: Packs
    hub: str
    peers: Collection[str]

    def rules_at(self, moment: datetime) -> IntakeRules:
        """Return the rules in force at that moment, or raise PackMissing or RuleMissing."""
        pack = self.packs.of_hub(self.hub)
        today = pack.day_of(moment)
        return IntakeRules(
            hs_digits=pack.rule("goods.nomenclature", on=today).value.count("digits"),
            id_scheme=pack.rule("documents.identity", on=today).value.text("id_scheme"),
            hubs=frozenset({self.hub, *self.peers}),
        )
