"""What a carrier asks for a chargeable weight, and how parcels that travel together share it.

A price rounds up to a whole minor unit, so a pool never costs more than its parts one by one:
chargeable weight and price are both subadditive (their ceilings too). Freight is shared among
sellers first, each capped at what all its parcels would have cost as a shipment of their own, and
then among each seller's parcels, each capped at what it would have paid alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.logistics.domain.weights import Load, WeightRule, together
from shared.kernel.money import Money, split, total

GRAMS_PER_KG = 1_000


@dataclass(frozen=True, kw_only=True)
class Break:
    """From this weight on, one kilogram costs this much."""

    from_g: int
    per_kg_minor: int


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """A carrier's price list for one lane. Breaks start at 0 g and never get dearer."""

    currency: str
    weight_rule: WeightRule
    breaks: tuple[Break, ...]
    minimum_minor: int = 0

    def __post_init__(self) -> None:
        if not self.breaks or self.breaks[0].from_g != 0 or self.minimum_minor < 0:
            raise ValueError("a tariff starts at 0 g and its minimum is not negative")
        for lower, upper in zip(self.breaks, self.breaks[1:], strict=False):
            if upper.from_g <= lower.from_g or upper.per_kg_minor > lower.per_kg_minor:
                raise ValueError("weight breaks go up and their prices never do")
        if self.breaks[-1].per_kg_minor < 0:
            raise ValueError("a price is not negative")

    def price(self, load: Load) -> Money:
        """Return the price of a load, using the next break's minimum weight where it is cheaper."""
        weight_g = self.weight_rule.chargeable_g(load)
        cheapest = min(b.per_kg_minor * max(weight_g, b.from_g) for b in self.breaks)
        return Money(max(self.minimum_minor, -(-cheapest // GRAMS_PER_KG)), self.currency)


@dataclass(frozen=True, kw_only=True)
class Share:
    """One parcel's part of the freight, beside what it would have paid on its own."""

    parcel_id: str
    chargeable_g: int
    amount: Money
    alone: Money


@dataclass(frozen=True, kw_only=True)
class FreightSplit:
    """The freight of a pool; the shares sum to `total` exactly, in the order of the parcels."""

    chargeable_g: int
    total: Money
    shares: tuple[Share, ...]

    @property
    def alone(self) -> Money:
        """Return what all of them would have paid, each travelling alone."""
        return total([share.alone for share in self.shares], self.total.currency)

    @property
    def saved(self) -> Money:
        return self.alone - self.total


def share_freight(
    loads: Mapping[str, Load], tariff: Tariff, *, owners: Mapping[str, str] | None = None
) -> FreightSplit:
    """Split the freight of loads (by parcel id) in proportion to their own chargeable weights.

    Largest remainder, so the shares sum to the total. No parcel pays more than travelling alone,
    and no owner (of parcels by id) more than a shipment of its own. Without owners each parcel is
    its own. Raises ValueError for an empty pool.
    """
    if not loads:
        raise ValueError("nothing travels, so there is nothing to share")
    pool = together(loads.values())
    whole = tariff.price(pool)
    weights = [tariff.weight_rule.chargeable_g(load) for load in loads.values()]
    alone = [tariff.price(load) for load in loads.values()]
    owner_of = [(owners or {}).get(parcel_id, parcel_id) for parcel_id in loads]
    amounts = _split_by_owner(whole, list(loads.values()), weights, alone, owner_of, tariff)
    return FreightSplit(
        chargeable_g=tariff.weight_rule.chargeable_g(pool),
        total=whole,
        shares=tuple(
            Share(parcel_id=parcel_id, chargeable_g=weight, amount=amount, alone=single)
            for parcel_id, weight, amount, single in zip(
                loads, weights, amounts, alone, strict=True
            )
        ),
    )


def _split_by_owner(
    whole: Money,
    loads: Sequence[Load],
    weights: Sequence[int],
    alone: Sequence[Money],
    owner_of: Sequence[str],
    tariff: Tariff,
) -> list[Money]:
    """Split among owners first, then among the parcels of each, in the order of the parcels."""
    of_owner: dict[str, list[int]] = {}
    for index, owner in enumerate(owner_of):
        of_owner.setdefault(owner, []).append(index)
    parts = _capped_split(
        whole,
        [sum(weights[i] for i in indices) for indices in of_owner.values()],
        [tariff.price(together(loads[i] for i in indices)) for indices in of_owner.values()],
    )
    amounts = list(alone)
    for part, indices in zip(parts, of_owner.values(), strict=True):
        own = _capped_split(part, [weights[i] for i in indices], [alone[i] for i in indices])
        for index, amount in zip(indices, own, strict=True):
            amounts[index] = amount
    return amounts


def _capped_split(whole: Money, weights: Sequence[int], caps: Sequence[Money]) -> list[Money]:
    """Split by weight; whoever would pass the cap pays the cap, and the others share the rest.

    Each round fixes one parcel at least, so there are never more rounds than parcels.
    """
    assert not total(caps, whole.currency) < whole, "together is never dearer than one by one"
    amounts = list(caps)
    sharing = list(range(len(weights)))
    left = whole
    while sharing:
        parts = split(left, [weights[i] for i in sharing])
        capped = {i for i, part in zip(sharing, parts, strict=True) if caps[i] < part}
        if not capped:
            for i, part in zip(sharing, parts, strict=True):
                amounts[i] = part
            break
        left = left - total([caps[i] for i in capped], whole.currency)
        sharing = [i for i in sharing if i not in capped]
    return amounts
