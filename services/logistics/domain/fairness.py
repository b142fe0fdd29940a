"""Whether a split of freight is fair: what each seller pays, would have paid, and could object to.

A group of sellers could object when together they pay more than a shipment of theirs would cost:
the greatest such excess over every group is reported (not above zero: nobody gains by leaving).
The Shapley value, the mean of what a seller adds to the cost over every order of joining, stands
beside each share. Up to EXACT_SELLERS_MAX sellers both are exact; beyond they are drawn from a
seed and say so.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from services.logistics.domain.freight import FreightSplit, Tariff
from services.logistics.domain.weights import Load, together
from shared.kernel.money import Money, split, total

EXACT_SELLERS_MAX = 10
STEPS_SAMPLED_MAX = 30_000
"""Prices asked for while sampling: a tenth of a second, however many sellers there are."""
SEED = 2026


@dataclass(frozen=True, kw_only=True)
class SellerFairness:
    """One seller's side: `alone` is its parcels as one shipment, `singly` each by itself."""

    seller_id: str
    parcels: int
    pays: Money
    alone: Money
    singly: Money
    shapley: Money

    @property
    def saved(self) -> Money:
        return self.alone - self.pays


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """Every seller's side, and the group with the best reason to leave."""

    sellers: tuple[SellerFairness, ...]
    worst_group: tuple[str, ...]
    worst_excess: Money
    exact: bool

    @property
    def nobody_pays_more_than_alone(self) -> bool:
        return all(seller.pays <= seller.alone for seller in self.sellers)


def judge(
    freight: FreightSplit, loads: Mapping[str, Load], owners: Mapping[str, str], tariff: Tariff
) -> Fairness:
    """Judge a split of these loads (by parcel id) whose owners are named."""
    sellers = sorted(set(owners.values()))
    load_of = [together(loads[p] for p in loads if owners[p] == seller) for seller in sellers]
    paid = [
        total(
            [s.amount for s in freight.shares if owners[s.parcel_id] == seller],
            freight.total.currency,
        )
        for seller in sellers
    ]
    exact = len(sellers) <= EXACT_SELLERS_MAX
    orders = None if exact else _drawn_orders(len(sellers))
    shapley = _exact_shapley(load_of, tariff) if orders is None else _mean(load_of, tariff, orders)
    group, excess = _worst_group(load_of, [amount.minor for amount in paid], tariff, orders)
    return Fairness(
        sellers=tuple(
            SellerFairness(
                seller_id=seller,
                parcels=sum(1 for owner in owners.values() if owner == seller),
                pays=paid[i],
                alone=tariff.price(load_of[i]),
                singly=total(
                    [s.alone for s in freight.shares if owners[s.parcel_id] == seller],
                    freight.total.currency,
                ),
                shapley=shapley[i],
            )
            for i, seller in enumerate(sellers)
        ),
        worst_group=tuple(sellers[i] for i in group),
        worst_excess=Money(excess, freight.total.currency),
        exact=exact,
    )


def _group_costs(load_of: Sequence[Load], tariff: Tariff) -> list[int]:
    """Return what each group (a bit per seller) would pay for a shipment of its own."""
    loads = [Load(0, 0)]
    for load in load_of:
        loads += [before + load for before in loads]
    return [0] + [tariff.price(load).minor for load in loads[1:]]


def _exact_shapley(load_of: Sequence[Load], tariff: Tariff) -> list[Money]:
    """Return the exact values over every order, shared by largest remainder."""
    costs, n = _group_costs(load_of, tariff), len(load_of)
    factorial = list(accumulate(range(1, n + 1), lambda a, b: a * b, initial=1))
    added = [
        sum(
            factorial[group.bit_count()]
            * factorial[n - 1 - group.bit_count()]
            * (costs[group | 1 << i] - costs[group])
            for group in range(1 << n)
            if not group >> i & 1
        )
        for i in range(n)
    ]
    return _shares(costs[-1], added, tariff.currency)


def _drawn_orders(n: int) -> list[list[int]]:
    draw = random.Random(SEED)  # noqa: S311 - a sample, not a secret; seeded so it can be repeated
    return [draw.sample(range(n), n) for _ in range(max(1, STEPS_SAMPLED_MAX // n))]


def _mean(load_of: Sequence[Load], tariff: Tariff, orders: Sequence[list[int]]) -> list[Money]:
    """Return the mean of what each adds over the drawn orders."""
    added = [0] * len(load_of)
    for order in orders:
        load, before = Load(0, 0), 0
        for i in order:
            load = load + load_of[i]
            after = tariff.price(load).minor
            added[i] += after - before
            before = after
    return _shares(tariff.price(together(load_of)).minor, added, tariff.currency)


def _shares(whole: int, added: Sequence[int], currency: str) -> list[Money]:
    """Share the whole in proportion; who adds nothing, or lowers the cost, pays nothing."""
    weights = [max(0, value) for value in added]
    return split(Money(whole, currency), weights if any(weights) else [1] * len(weights))


def _worst_group(
    load_of: Sequence[Load], paid: Sequence[int], tariff: Tariff, orders: Sequence[list[int]] | None
) -> tuple[list[int], int]:
    """Return the group that pays most above its own cost: of all, or of the drawn ones."""
    n = len(load_of)
    if orders is None:
        costs = _group_costs(load_of, tariff)
        pays = [0]
        for amount in paid:
            pays += [before + amount for before in pays]
        best = max(range(1, 1 << n), key=lambda group: (pays[group] - costs[group], -group))
        return [i for i in range(n) if best >> i & 1], pays[best] - costs[best]
    groups = [order[: k + 1] for order in orders for k in (0, n // 4, n // 2, n - 2)]
    groups += [[i] for i in range(n)]

    def excess(group: Sequence[int]) -> int:
        own = tariff.price(together(load_of[i] for i in group)).minor
        return sum(paid[i] for i in group) - own

    worst = max(groups, key=excess)
    return sorted(worst), excess(worst)
