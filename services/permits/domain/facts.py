"""What somebody wants to move: the facts a piece of guidance is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.kernel.money import Money

HS_DIGITS_SHARED = 6
"""Beyond these digits each country has its own goods code."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A product on its way from one country to another. `nomenclature` is the country whose
    national code `hs_code` is, `stated` is whatever else the asker can show, by name.
    """

    hs_code: str
    nomenclature: str
    origin: str
    destination: str
    route: str
    channel: str
    on: date
    product: str | None = None
    quantity: int | None = None
    net_weight_g: int | None = None
    value: Money | None = None
    stated: Mapping[str, str] = field(default_factory=dict)

    def code_for(self, country: str) -> str:
        """Return the goods code as far as a country can read it."""
        return self.hs_code if country == self.nomenclature else self.hs_code[:HS_DIGITS_SHARED]
