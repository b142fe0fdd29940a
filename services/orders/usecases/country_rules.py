"""What this hub's country asks of an order today, read from its pack."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.orders.domain.complaint import Ladder
from services.orders.domain.intake import IntakeRules
from services.orders.domain.return_terms import ReturnRules
from shared.packs.errors import RuleMissing
from shared.packs.fields import Fields
from shared.packs.pack import Packs


@dataclass(frozen=True, kw_only=True)
class Intake:
    """Where the rules of intake come from: the installed packs, this hub and its peers."""

    packs: Packs
    hub: str
    peers: Collection[str]

    def today(self, moment: datetime) -> date:
        """Return the day that it is in this hub's country."""
        return self.packs.of_hub(self.hub).day_of(moment)

    def hs_digits(self, *, on: date) -> Mapping[str, int]:
        """Return how long tariff codes are on a day, by country, where its rules are known."""
        found = {}
        for country in self.packs.countries():
            pack = self.packs.of(country)
            if pack.has_rule("goods.nomenclature", on=on):
                found[country] = pack.rule("goods.nomenclature", on=on).value.count("digits")
        return found

    def rules_at(self, moment: datetime) -> IntakeRules:
        """Return the rules in force at that moment, or raise PackMissing or RuleMissing."""
        pack = self.packs.of_hub(self.hub)
        today = pack.day_of(moment)
        return IntakeRules(
            hs_digits=pack.rule("goods.nomenclature", on=today).value.count("digits"),
            id_scheme=pack.rule("documents.identity", on=today).value.text("id_scheme"),
            hubs=frozenset({self.hub, *self.peers}),
        )

    def return_rules_at(self, moment: datetime, *, channel: str) -> ReturnRules:
        """Return this country's return windows for a channel, or raise RuleMissing.

        They are customs' own, so that what is allowed back in time gets its tax back too. A channel
        that no law names gets the windows of the country's first.
        """
        pack = self.packs.of_hub(self.hub)
        on = pack.day_of(moment)
        laws = [law.value for law in pack.rules_of_kind("import-return", on=on)]
        if not laws:
            raise RuleMissing(f"{pack.country} has no windows for returns on {on}")
        law = next((each for each in laws if channel in each.texts("channels")), laws[0])
        return ReturnRules(
            apply_within=timedelta(days=law.days("apply_within")),
            arrive_within=timedelta(days=law.days("back_within")),
            seller_answers_within=self.ladder_at(moment).seller,
            timezone=pack.timezone,
        )

    def ladder_at(self, moment: datetime) -> Ladder:
        """Return how long each party to a complaint has here."""
        return self.ladder_of(self.hub, moment)

    def ladder_of(self, hub: str, moment: datetime) -> Ladder:
        """Return the same at another hub: complaints follow the buyer's country."""
        pack = self.packs.of_hub(hub)
        value = pack.rule("complaints.ladder", on=pack.day_of(moment)).value
        return Ladder(
            seller=_days(value, "seller_answers_within"),
            buyer=_days(value, "buyer_answers_within"),
            hub=_days(value, "hub_decides_within"),
            ombudsman=_days(value, "ombudsman_decides_within"),
        )


def _days(fields: Fields, name: str) -> timedelta:
    return timedelta(days=fields.days(name))
