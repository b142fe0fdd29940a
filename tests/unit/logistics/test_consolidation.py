"""A consolidation from the open pool to the closed book, and what stops it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.logistics.domain.consolidation import (
    Consolidation,
    Figures,
    HandlingDiffers,
    NotExportReleased,
    PoolClosed,
    PoolEmpty,
    PoolFull,
    ReleaseIncomplete,
    SealsUnchanged,
    UnitOverloaded,
    WrongLane,
)
from services.logistics.domain.freight import Break
from services.logistics.domain.gate import GateWeightDiffers, HeldAboard, SealsDiffer
from services.logistics.domain.gate import check_seals_found as check_seals
from services.logistics.domain.lane import Lane, LaneElsewhere, Schedule, ScheduleBackwards
from services.logistics.domain.parcel import Handling, Parcel, PoolState, Temperature
from services.logistics.domain.stage import (
    EDGES,
    ConsolidationOutOfOrder,
    ConsolidationState,
    check_edge,
)
from services.logistics.domain.weights import Dimensions
from shared.kernel.money import Money
from tests.builders.logistics import (
    NOON,
    a_consolidation,
    a_parcel,
    a_tariff,
    an_id,
    scenario_parcels,
)

C = ConsolidationState
DECLARATION = an_id("dec", "1")
ORDERED = [
    C.OPEN,
    C.CUT_OFF,
    C.SEALED,
    C.HANDED_OVER,
    C.DEPARTED,
    C.ARRIVED,
    C.DECONSOLIDATING,
    C.CLOSED,
]
# 20 m x 20 m x 15 m weigh exactly 1,000 t at 6000 cm3 per kg.
JUST_1000_T = Dimensions(length_mm=20_000, width_mm=20_000, height_mm=15_000)
OVER_1000_T = Dimensions(length_mm=20_000, width_mm=20_000, height_mm=15_001)
EVERY_PAIR = [(old, new) for old in C for new in C]

MOVES: dict[str, tuple[Callable[[Consolidation], Consolidation], set[C]]] = {
    "cut off": (lambda c: c.cut_off(), {C.OPEN}),
    "sealed": (lambda c: c.seal([a_parcel()], seals=("NEW",))[0], {C.OPEN, C.CUT_OFF}),
    "sealed again": (lambda c: c.seal_again([a_parcel()], seals=("NEW",))[0], {C.SEALED}),
    "handed over": (
        lambda c: c.hand_over([a_parcel()], gate_weight_g=720, tolerance_permille=0),
        {C.SEALED},
    ),
    "departed": (lambda c: c.depart(), {C.HANDED_OVER}),
    "arrived": (lambda c: c.arrive(), {C.DEPARTED}),
    "opened": (lambda c: c.deconsolidate(), {C.ARRIVED}),
    "closed": (lambda c: c.close(), {C.DECONSOLIDATING}),
}


def admitted(consolidation: Consolidation, parcel: Parcel, **changes: int) -> Parcel:
    limits = {"aboard": 0, "aboard_max": 10, **changes}
    return consolidation.admit(parcel, now=NOON, **limits)


class TestStage:
    @pytest.mark.parametrize(("old", "new"), EVERY_PAIR)
    def test_moves_one_step_forward_and_never_otherwise(self, old: C, new: C) -> None:
        if ORDERED.index(new) == ORDERED.index(old) + 1:
            assert check_edge(old, new) is new
        else:
            with pytest.raises(ConsolidationOutOfOrder):
                check_edge(old, new)

    def test_knows_every_state(self) -> None:
        assert list(EDGES) == ORDERED

    @pytest.mark.parametrize("state", C)
    @pytest.mark.parametrize("move", MOVES)
    def test_is_left_by_the_deeds_that_may(self, move: str, state: C) -> None:
        do, allowed = MOVES[move]
        consolidation = a_consolidation(
            state=state, seals=("OLD",), export_declaration_id=DECLARATION
        )

        if state in allowed:
            # A deed that closes the pool on its way counts as two changes.
            steps = 2 if move == "sealed" and state is C.OPEN else 1
            assert do(consolidation).version == consolidation.version + steps
        else:
            with pytest.raises(ConsolidationOutOfOrder):
                do(consolidation)


class TestAdmit:
    def test_pools_a_parcel_of_its_lane_and_handling(self) -> None:
        pooled = admitted(a_consolidation(), a_parcel())

        assert pooled.pool is PoolState.POOLED
        assert pooled.consolidation_id == a_consolidation().id

    def test_closes_at_the_cut_off_to_the_second(self) -> None:
        consolidation = a_consolidation()
        cut_off_at = consolidation.schedule.cut_off_at

        consolidation.admit(
            a_parcel(), aboard=0, aboard_max=1, now=cut_off_at - timedelta(seconds=1)
        )
        with pytest.raises(PoolClosed):
            consolidation.admit(a_parcel(), aboard=0, aboard_max=1, now=cut_off_at)

    @pytest.mark.parametrize("state", sorted(set(C) - {C.OPEN}))
    def test_takes_nothing_once_the_pool_is_closed(self, state: C) -> None:
        with pytest.raises(PoolClosed):
            admitted(a_consolidation(state=state), a_parcel())

    def test_takes_as_many_as_one_event_can_carry_and_no_more(self) -> None:
        admitted(a_consolidation(), a_parcel(), aboard=9)
        with pytest.raises(PoolFull):
            admitted(a_consolidation(), a_parcel(), aboard=10)

    def test_refuses_a_parcel_for_another_hub(self) -> None:
        with pytest.raises(WrongLane):
            admitted(a_consolidation(), a_parcel(destination_hub="sg-sin"))

    @pytest.mark.parametrize(
        "handling",
        [
            Handling(temperature=Temperature.FROZEN),
            Handling(bonded=True),
            Handling(dangerous_class="9"),
        ],
    )
    def test_never_mixes_temperature_bond_or_danger(self, handling: Handling) -> None:
        with pytest.raises(HandlingDiffers):
            admitted(a_consolidation(), a_parcel(handling=handling))


class TestSealing:
    def test_weighs_and_prices_the_scenario(self) -> None:
        sealed, split = a_consolidation().seal(scenario_parcels(), seals=("MY0001", "MY0002"))

        assert sealed.seals == ("MY0001", "MY0002")
        assert sealed.figures == Figures(
            gross_g=122_160,
            volumetric_g=132_801,
            chargeable_g=133_000,
            freight=Money(186_200, "MYR"),
            alone=Money(261_100, "MYR"),
        )
        assert split.total == sealed.figures.freight

    def test_refuses_an_empty_pool(self) -> None:
        with pytest.raises(PoolEmpty):
            a_consolidation().seal([], seals=("MY0001",))

    @pytest.mark.parametrize(
        ("heaviest", "too_much"),
        [
            (a_parcel(gross_g=100_000_000), a_parcel(gross_g=100_000_001)),
            (a_parcel(size=JUST_1000_T), a_parcel(size=OVER_1000_T)),
        ],
    )
    def test_refuses_what_no_unit_carries(self, heaviest: Parcel, too_much: Parcel) -> None:
        free = a_tariff(breaks=(Break(from_g=0, per_kg_minor=1),))
        consolidation = a_consolidation(tariff=free)

        consolidation.seal([heaviest], seals=("MY0001",))
        with pytest.raises(UnitOverloaded):
            consolidation.seal([too_much], seals=("MY0001",))

    def test_plans_again_when_a_parcel_stays_behind(self) -> None:
        parcels = scenario_parcels()
        sealed, _ = a_consolidation().seal(parcels, seals=("MY0001", "MY0002"))

        again, split = sealed.seal_again(parcels[1:], seals=("MY0001", "MY0003"))

        assert again.state is C.SEALED
        assert again.seals == ("MY0001", "MY0003")
        assert again.figures is not None
        assert again.figures.gross_g == 122_160 - 720
        assert len(split.shares) == 116
        assert sum(share.amount.minor for share in split.shares) == split.total.minor

    @pytest.mark.parametrize("seals", [("MY0001",), ("MY0002", "MY0001")])
    def test_needs_a_new_seal_on_a_unit_that_was_opened(self, seals: tuple[str, ...]) -> None:
        sealed, _ = a_consolidation().seal([a_parcel()], seals=("MY0001", "MY0002"))

        with pytest.raises(SealsUnchanged):
            sealed.seal_again([a_parcel()], seals=seals)

    def test_never_leaves_the_last_parcel_behind(self) -> None:
        sealed, _ = a_consolidation().seal([a_parcel()], seals=("MY0001",))

        with pytest.raises(PoolEmpty):
            sealed.seal_again([], seals=("MY0002",))


class TestGate:
    @pytest.mark.parametrize("gate_weight_g", [99_500, 100_000, 100_500])
    def test_passes_what_weighs_what_it_should_within_the_tolerance(
        self, gate_weight_g: int
    ) -> None:
        passed = a_consolidation(state=C.SEALED).hand_over(
            [a_parcel(gross_g=100_000)], gate_weight_g=gate_weight_g, tolerance_permille=5
        )

        assert passed.state is C.HANDED_OVER
        assert passed.gate_weight_g == gate_weight_g

    @pytest.mark.parametrize("gate_weight_g", [99_499, 100_501])
    def test_stops_what_weighs_too_much_or_too_little(self, gate_weight_g: int) -> None:
        with pytest.raises(GateWeightDiffers) as refusal:
            a_consolidation(state=C.SEALED).hand_over(
                [a_parcel(gross_g=100_000)], gate_weight_g=gate_weight_g, tolerance_permille=5
            )

        assert refusal.value.details["declared_g"] == 100_000

    def test_stops_a_held_parcel_and_names_it(self) -> None:
        held = a_parcel("2", pool=PoolState.HELD)

        with pytest.raises(HeldAboard) as refusal:
            a_consolidation(state=C.SEALED).hand_over(
                [a_parcel(), held], gate_weight_g=1_440, tolerance_permille=0
            )

        assert refusal.value.details["parcels"] == [held.logistics_no]

    def test_finds_exactly_the_seals_it_left_with_in_any_order(self) -> None:
        check_seals(["MY0001", "MY0002"], ["MY0002", "MY0001"])

    @pytest.mark.parametrize("found", [["MY0001"], ["MY0001", "MY0002", "X"], ["MY0001", "X"]])
    def test_stops_other_seals(self, found: list[str]) -> None:
        with pytest.raises(SealsDiffer):
            check_seals(["MY0001", "MY0002"], found)


class TestExportRelease:
    def test_must_name_every_parcel_aboard(self) -> None:
        parcels = [a_parcel("1"), a_parcel("2")]

        with pytest.raises(ReleaseIncomplete):
            a_consolidation(state=C.SEALED).cleared(
                parcels, declaration_id=DECLARATION, released=frozenset({parcels[0].id})
            )

    def test_may_name_one_that_was_left_behind_since(self) -> None:
        parcels = [a_parcel("1"), a_parcel("2")]

        cleared = a_consolidation(state=C.SEALED).cleared(
            parcels[:1], declaration_id=DECLARATION, released=frozenset(p.id for p in parcels)
        )

        assert cleared.export_declaration_id == DECLARATION
        assert cleared.version == 2

    @pytest.mark.parametrize("state", sorted(set(C) - {C.SEALED, C.HANDED_OVER}))
    def test_is_for_a_sealed_unit_that_did_not_leave(self, state: C) -> None:
        with pytest.raises(ConsolidationOutOfOrder):
            a_consolidation(state=state).cleared(
                [], declaration_id=DECLARATION, released=frozenset()
            )

    def test_is_needed_to_depart(self) -> None:
        with pytest.raises(NotExportReleased) as refusal:
            a_consolidation(state=C.HANDED_OVER).depart()

        assert refusal.value.details["retry_after_s"] == 30


class TestLane:
    def lane(self, origin: str, destination: str, destination_hub: str) -> Lane:
        return Lane(
            origin=origin, destination=destination, destination_hub=destination_hub, by_air=True
        )

    def test_leads_from_this_country_to_the_other_hubs(self) -> None:
        self.lane("MYPEN", "CNSHA", "cn-hgh").check_from("my-kul")

    @pytest.mark.parametrize(
        ("ends", "field"),
        [
            (("MYKUL", "MYPEN", "my-kul"), "destination_hub"),
            (("MXKUL", "CNHGH", "cn-hgh"), "origin"),
            (("MYKUL", "CAHGH", "cn-hgh"), "destination"),
        ],
    )
    def test_leads_nowhere_else(self, ends: tuple[str, str, str], field: str) -> None:
        with pytest.raises(LaneElsewhere) as refusal:
            self.lane(*ends).check_from("my-kul")

        assert refusal.value.field == field


class TestSchedule:
    @pytest.mark.parametrize(
        ("cut_off_h", "departs_h", "arrives_h"), [(3, 2, 4), (1, 4, 4), (1, 4, 3), (2, None, 1)]
    )
    def test_runs_forward(self, cut_off_h: int, departs_h: int | None, arrives_h: int) -> None:
        with pytest.raises(ScheduleBackwards):
            Schedule(
                cut_off_at=NOON + timedelta(hours=cut_off_h),
                departs_at=None if departs_h is None else NOON + timedelta(hours=departs_h),
                arrives_at=NOON + timedelta(hours=arrives_h),
            )

    def test_expects_a_late_start_to_arrive_as_late(self) -> None:
        schedule = a_consolidation().schedule
        assert schedule.departs_at is not None
        assert schedule.arrives_at is not None

        expected = schedule.expected_arrival(schedule.departs_at + timedelta(minutes=40))

        assert expected == schedule.arrives_at + timedelta(minutes=40)

    def test_expects_nothing_without_a_plan(self) -> None:
        later, latest = NOON + timedelta(hours=1), NOON + timedelta(hours=2)

        assert Schedule(cut_off_at=NOON).expected_arrival(NOON) is None
        assert Schedule(cut_off_at=NOON, departs_at=later).expected_arrival(NOON) is None
        assert Schedule(cut_off_at=NOON, arrives_at=latest).expected_arrival(NOON) is None
