"""No seller pays more than a shipment of its own, and the report says who could object."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.logistics.domain.fairness import EXACT_SELLERS_MAX, judge
from services.logistics.domain.freight import Break, FreightSplit, Share, share_freight
from services.logistics.domain.weights import Load, WeightRule
from shared.kernel.money import Money, total
from tests.builders.logistics import a_tariff


def myr(minor: int) -> Money:
    return Money(minor, "MYR")


class TestShareFreight:
    def test_caps_a_seller_at_its_own_shipment_where_small_parcels_round_up(self) -> None:
        # Each of 100 parcels of 0.72 kg counts as 1.0 kg, yet together they weigh 72 kg: by
        # parcel weight alone the seller would pay RM1,063.29 of a pool that its own shipment
        # beats at RM1,008.00.
        loads = {f"s{i}": Load(720, 0) for i in range(100)} | {"big": Load(18_500, 0)}
        owners = {name: "small" if name.startswith("s") else "big" for name in loads}

        split = share_freight(loads, a_tariff(), owners=owners)

        small = [share.amount for share in split.shares if share.parcel_id != "big"]
        assert split.total == myr(126_700)
        assert total(small, "MYR") == myr(100_800)
        assert split.shares[-1].amount == myr(25_900)

    @given(
        parcels=st.lists(
            st.tuples(st.integers(0, 4), st.integers(1, 30_000), st.integers(1, 200_000_000)),
            min_size=1,
            max_size=25,
        ),
        minimum_minor=st.integers(0, 5_000),
        step_g=st.sampled_from([1, 500, 1_000]),
    )
    def test_sums_exactly_and_caps_every_seller_and_every_parcel(
        self, parcels: list[tuple[int, int, int]], minimum_minor: int, step_g: int
    ) -> None:
        tariff = a_tariff(
            weight_rule=WeightRule(divisor=6_000, step_g=step_g), minimum_minor=minimum_minor
        )
        loads = {str(i): Load(gross_g, mm3) for i, (_, gross_g, mm3) in enumerate(parcels)}
        owners = {str(i): f"seller-{owner}" for i, (owner, _, _) in enumerate(parcels)}

        split = share_freight(loads, tariff, owners=owners)
        fairness = judge(split, loads, owners, tariff)

        assert total([share.amount for share in split.shares], "MYR") == split.total
        assert all(share.amount <= share.alone for share in split.shares)
        assert fairness.nobody_pays_more_than_alone
        assert fairness.exact
        assert total([seller.pays for seller in fairness.sellers], "MYR") == split.total
        assert total([seller.shapley for seller in fairness.sellers], "MYR") == split.total


class TestJudge:
    LOADS = {"1": Load(1_000, 0), "2": Load(1_000, 0), "3": Load(2_000, 0)}  # noqa: RUF012
    OWNERS = {"1": "a", "2": "b", "3": "b"}  # noqa: RUF012

    def unfair(self) -> FreightSplit:
        """Seller a pays RM20 where a shipment of its own costs RM14."""
        rest = [myr(1_800), myr(1_800)]
        amounts = [myr(2_000), *rest]
        return FreightSplit(
            chargeable_g=4_000,
            total=myr(5_600),
            shares=tuple(
                Share(parcel_id=name, chargeable_g=1_000, amount=amount, alone=myr(2_800))
                for name, amount in zip(self.LOADS, amounts, strict=True)
            ),
        )

    def test_names_the_group_that_pays_most_above_its_own_cost(self) -> None:
        fairness = judge(self.unfair(), self.LOADS, self.OWNERS, a_tariff())

        assert not fairness.nobody_pays_more_than_alone
        assert (fairness.worst_group, fairness.worst_excess) == (("a",), myr(600))
        assert [seller.saved for seller in fairness.sellers] == [myr(-600), myr(600)]

    def test_gives_equals_the_same_shapley_value_and_the_heavier_more(self) -> None:
        tariff = a_tariff(breaks=(Break(from_g=0, per_kg_minor=1_000),), minimum_minor=3_000)
        loads = {"1": Load(1_000, 0), "2": Load(1_000, 0), "3": Load(4_000, 0)}
        owners = {name: name for name in loads}
        split = share_freight(loads, tariff, owners=owners)

        values = [seller.shapley.minor for seller in judge(split, loads, owners, tariff).sellers]

        # By hand: over the six orders of joining, seller 1 adds 30, 30, 0, 10, 10 and 10 ringgit.
        assert values == [1_500, 1_500, 3_000]
        assert sum(values) == 6_000

    def test_samples_above_the_limit_says_so_and_repeats_itself(self) -> None:
        loads = {str(i): Load(700 + 13 * i, 0) for i in range(EXACT_SELLERS_MAX + 5)}
        owners = {name: name for name in loads}
        split = share_freight(loads, a_tariff(), owners=owners)

        once = judge(split, loads, owners, a_tariff())
        again = judge(split, loads, owners, a_tariff())

        assert not once.exact
        assert once == again
        assert once.nobody_pays_more_than_alone
        assert total([seller.shapley for seller in once.sellers], "MYR") == split.total

    def test_finds_a_seller_that_pays_too_much_among_many(self) -> None:
        loads = {str(i): Load(1_000, 0) for i in range(EXACT_SELLERS_MAX + 5)}
        owners = {name: name for name in loads}
        split = share_freight(loads, a_tariff(), owners=owners)
        dear = replace(split.shares[3], amount=myr(1_500))
        tampered = replace(split, shares=(*split.shares[:3], dear, *split.shares[4:]))

        fairness = judge(tampered, loads, owners, a_tariff())

        assert fairness.worst_excess == myr(100)
        assert "3" in fairness.worst_group
        assert not fairness.nobody_pays_more_than_alone
