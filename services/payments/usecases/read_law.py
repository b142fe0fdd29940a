"""What the packs say about money."""

from collections.abc import Callable
from datetime import date

from services.payments.domain.rules import at_any_time
from shared.packs.pack import Packs
from shared.packs.values import add_months

REPATRIATION = "payments.repatriation"


def term_of_proceeds(packs: Packs, hub: str) -> Callable[[date], date | None]:
    """Return until when the proceeds of an export must be home, by the law of a hub's country."""
    country = hub[:2].upper()
    if country not in packs.countries():
        return at_any_time
    pack = packs.of(country)

    def home_by(exported_on: date) -> date | None:
        if not pack.has_rule(REPATRIATION, on=exported_on):
            return None
        months = pack.rule(REPATRIATION, on=exported_on).value.months("within")
        return add_months(exported_on, months)

    return home_by
