"""What is taxed: goods of one order, their rates, and the costs that come on top."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.customs.domain.basis import Basis
from services.customs.domain.duty import Specific, combined
from services.customs.domain.quota import QuotaOffer
from shared.kernel.errors import Rejected
from shared.kernel.money import Money, Rounding, split, total


class RateMissing(Rejected):
    """The country's pack has no such rate for this goods code; nothing is guessed."""

    code = "customs.rate-missing"


@dataclass(frozen=True, kw_only=True)
class PriceFloor:
    """The price from which a tax is levied: a gram's, or a piece's where no weight is stated."""

    per_gram: Money
    per_piece: Money


@dataclass(frozen=True, kw_only=True)
class TaxRate:
    """A rate that the country's pack gives for a kind of good; `floor` is where it begins."""

    rate: Decimal
    basis: Basis
    specific: Specific | None = None
    floor: PriceFloor | None = None


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A proof of origin that is held: under which agreement, and since when it counts.

    Without a day the agreement is claimed without proof, as small consignments may.
    """

    scheme: str
    issued_on: date | None


@dataclass(frozen=True, kw_only=True)
class GoodsLine:
    """One kind of good; `rates` are those of the pack's measures that apply to it, by name."""

    line_no: int
    hs_code: str
    origin: str
    quantity: int
    unit_price: Money
    rates: Mapping[str, TaxRate]
    net_weight_g: int | None = None
    proofs: tuple[Proof, ...] = ()
    quota: QuotaOffer | None = None

    @property
    def value(self) -> Money:
        return self.unit_price * self.quantity

    def rate(self, measure: str) -> TaxRate:
        """Return the rate of a measure, or raise RateMissing."""
        if measure not in self.rates:
            raise RateMissing(
                f"no {measure} rate for goods code {self.hs_code}",
                field="hs_code",
                measure=measure,
                line_no=self.line_no,
            )
        return self.rates[measure]

    @property
    def consumption(self) -> TaxRate | None:
        """The consumption tax that goods of this price bear, None where they bear none."""
        return self._reached("consumption-tax")

    @property
    def parcel_tax(self) -> TaxRate:
        """The tax on personal parcels, dear goods' own where they have one, or RateMissing."""
        return self._reached("luxury-parcel-tax") or self.rate("parcel-tax")

    def _reached(self, measure: str) -> TaxRate | None:
        """Return the rate of a measure, None where there is none or the price is below it."""
        rate = self.rates.get(measure)
        if rate is None or rate.floor is None:
            return rate
        floor = (
            rate.floor.per_piece * self.quantity
            if self.net_weight_g is None
            else rate.floor.per_gram * self.net_weight_g
        )
        return None if self.value < floor else rate

    def duty_on(
        self, value: Money, tariff: TaxRate, rounding: Rounding, *, share: Decimal = Decimal(1)
    ) -> Money:
        """Return what a tariff comes to on a value, `share` of it levied; maybe WeightMissing."""
        ad_valorem = value.times_rate(tariff.rate * share, rounding)
        if tariff.specific is None:
            return ad_valorem
        whole = tariff.specific.of(
            quantity=self.quantity, net_weight_g=self.net_weight_g, rounding=rounding
        )
        part = whole.times_rate(share, rounding)
        return combined(ad_valorem, part, tariff.specific.combine)


@dataclass(frozen=True, kw_only=True)
class Consignment:
    """The goods of one order with freight, insurance and discount, all in one currency."""

    lines: tuple[GoodsLine, ...]
    freight: Money
    insurance: Money
    discount: Money

    @property
    def currency(self) -> str:
        return self.freight.currency

    @property
    def goods(self) -> Money:
        return total([line.value for line in self.lines], self.currency)

    @property
    def items(self) -> int:
        return sum(line.quantity for line in self.lines)

    def value_of(self, parts: Collection[str]) -> Money:
        """Return the sum of the named parts: goods, freight, insurance."""
        named = {"goods": self.goods, "freight": self.freight, "insurance": self.insurance}
        return total([named[part] for part in parts], self.currency)

    def line_values(self, parts: Collection[str]) -> tuple[Money, ...]:
        """Share the value of the named parts over the lines, by their price; sums exactly."""
        extra = self.value_of([part for part in parts if part != "goods"])
        if len(self.lines) == 1:
            return (self.lines[0].value + extra,)
        weights = [line.value.minor for line in self.lines]
        if not any(weights):
            weights = [line.quantity for line in self.lines]
        shares = split(extra, weights)
        return tuple(line.value + share for line, share in zip(self.lines, shares, strict=True))
