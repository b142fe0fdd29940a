"""What somebody wants to move: the facts a piece of guidance is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from shared.kernel.errors import Rejected
from shared.kernel.money import Money


class FactsContradictory(Rejected):
    """Two of the facts can't both be true; `field` is the one to look at first."""

    code = "permits.facts-contradictory"


class ChannelUnknown(Rejected):
    """Neither country has such a way for goods on that day."""

    code = "permits.channel-unknown"


class HsUnknown(Rejected):
    """There is no such goods code; nothing is padded or cut to make it one."""

    code = "permits.hs-unknown"


class GoodsUnclear(Rejected):
    """The words fit no goods, or several; `candidates` are what they may have meant."""

    code = "permits.goods-unclear"
    help = "Ask again with the hs_code and product of the candidate that is meant."


class GoodsNotFound(GoodsUnclear):
    """The words fit no goods at all."""

    help = "Say it in other words, in English, Malay or Chinese, or give the hs_code."


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
