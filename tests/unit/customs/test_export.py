"""The origin's export declaration: lines summed by subheading, and its way out."""

import itertools
from decimal import Decimal

import pytest

from services.customs.domain.export import (
    EDGES,
    ExportCurrencyMixed,
    ExportDeclaration,
    ExportedGoods,
    ExportedParcel,
    ExportFormMissing,
    ExportLinesTooMany,
    ExportState,
    ExportStepNotAllowed,
    Unit,
    export_lines,
    seller_goods,
)
from services.customs.domain.lanes import Lane
from shared.kernel.money import Money
from tests.builders.customs import COFFEE, MASTER, MATTRESS, NOON, PILLOW, TODAY, cny, rulebook

S = ExportState
ALLOWED = {
    S.DRAFT: {S.LODGED, S.CANCELLED},
    S.LODGED: {S.ACCEPTED, S.DRAFT, S.CANCELLED},
    S.ACCEPTED: {S.DOCUMENTARY_CHECK, S.PHYSICAL_CHECK, S.RELEASED, S.DRAFT, S.CANCELLED},
    S.DOCUMENTARY_CHECK: {S.PHYSICAL_CHECK, S.RELEASED, S.DRAFT, S.CANCELLED},
    S.PHYSICAL_CHECK: {S.RELEASED, S.DRAFT, S.CANCELLED},
    S.RELEASED: {S.DEPARTED, S.DRAFT, S.CANCELLED},
    S.DEPARTED: set(),
    S.CANCELLED: set(),
}


def goods(hs_code: str = COFFEE, quantity: int = 1, **changes: object) -> ExportedGoods:
    values = {"net_weight_g": 570 * quantity, "value": cny("58.00") * quantity}
    return ExportedGoods(hs_code=hs_code, quantity=quantity, **(values | changes))  # type: ignore[arg-type]


def parcel(*held: ExportedGoods, number: int = 1) -> ExportedParcel:
    return ExportedParcel(
        parcel_id=f"pcl_{number}",
        logistics_no=f"KV{number}",
        order_id=f"ord_{number}",
        order_no=f"A-{number}",
        seller_id=f"mbr_{number % 2}",
        gross_weight_g=720,
        goods=held or (goods(),),
    )


def declaration(state: ExportState = S.DRAFT) -> ExportDeclaration:
    unit = Unit(
        consolidation_id="con_1", version=1, master_waybill=MASTER, destination_hub="cn-hgh"
    )
    return ExportDeclaration(id="exp_1", unit=unit, state=state)


class TestLines:
    def test_of_the_sample_lane_are_three(self) -> None:
        """88 single and 20 double boxes of coffee, 8 pillows, 1 mattress."""
        coffee = [parcel(goods()) for _ in range(88)] + [parcel(goods(quantity=2))] * 20
        pillow = goods(PILLOW, net_weight_g=1_500, value=cny("368.00"))
        mattress = goods(MATTRESS, net_weight_g=16_000, value=cny("5480.00"))

        lines = export_lines([*coffee, *[parcel(pillow)] * 8, parcel(mattress)])

        assert [(line.hs_code, line.quantity, line.fob) for line in lines] == [
            ("210112", 128, cny("7424.00")),
            ("940421", 1, cny("5480.00")),
            ("940490", 8, cny("2944.00")),
        ]
        assert lines[0].net_weight_g == 72_960

    def test_are_stated_in_one_currency(self) -> None:
        ringgit = goods(value=Money(100, "MYR"))

        with pytest.raises(ExportCurrencyMixed):
            export_lines([parcel(goods()), parcel(ringgit)])

    def test_are_not_more_than_a_form_takes(self) -> None:
        kinds = [goods(f"{number:06d}") for number in range(1_001)]

        with pytest.raises(ExportLinesTooMany):
            export_lines([parcel(*kinds)])

    def test_are_told_to_permits_by_seller(self) -> None:
        parcels = [parcel(goods(), number=number) for number in range(3)]

        told = [(g.seller_id, g.hs_code, g.quantity, g.net_weight_g) for g in seller_goods(parcels)]

        assert told == [("mbr_0", "210112", 2, 1_140), ("mbr_1", "210112", 1, 570)]


class TestValue:
    def test_is_turned_into_ringgit_at_the_customs_rate(self) -> None:
        rates = rulebook().customs_rates("MY", on=TODAY)

        assert rates is not None
        assert rates.rates["CNY"] == Decimal("0.61")
        assert rates.local(cny("7424.00")) == Money(452_864, "MYR")
        assert rates.local(cny("15848.00")) == Money(966_728, "MYR")
        assert rates.local(Money(1, "MYR")) == Money(1, "MYR")
        assert rates.local(Money(1, "SGD")) is None

    def test_decides_the_form(self) -> None:
        assert rulebook().forms("MY", "export", Money(966_728, "MYR"), on=TODAY) == ("K2",)


class TestLattice:
    @pytest.mark.parametrize(
        ("here", "there"), list(itertools.product(S, S)), ids=lambda state: state.value
    )
    def test_allows_exactly_these_steps(self, here: ExportState, there: ExportState) -> None:
        before = declaration(here)

        if there in ALLOWED[here]:
            after = before.moved(there)
            assert (after.state, after.version) == (there, 2)
        else:
            with pytest.raises(ExportStepNotAllowed):
                before.moved(there)

    def test_ends_in_departure_or_cancellation(self) -> None:
        assert {state for state in S if not EDGES[state]} == {S.DEPARTED, S.CANCELLED}


class TestWay:
    def lodged(self) -> ExportDeclaration:
        return declaration().lodged(
            export_lines([parcel()]), forms=("K2",), fob_local=Money(3_538, "MYR")
        )

    def test_of_a_green_unit_is_straight(self) -> None:
        released = self.lodged().accepted(Lane.GREEN).routed(at=NOON)

        assert (released.state, released.released_at) == (S.RELEASED, NOON)
        assert (released.fob_total, released.fob_local) == (cny("58.00"), Money(3_538, "MYR"))
        assert released.forms == ("K2",)
        assert released.departed().state is S.DEPARTED

    @pytest.mark.parametrize(
        ("lane", "state"), [(Lane.YELLOW, S.DOCUMENTARY_CHECK), (Lane.RED, S.PHYSICAL_CHECK)]
    )
    def test_follows_the_lane_until_an_officer_releases(
        self, lane: Lane, state: ExportState
    ) -> None:
        held = self.lodged().accepted(lane).routed(at=NOON)

        assert held.state is state
        assert held.released(at=NOON, reason="seen").state is S.RELEASED

    def test_starts_again_when_the_unit_is_sealed_anew(self) -> None:
        released = self.lodged().accepted(Lane.GREEN).routed(at=NOON)
        anew = Unit(
            consolidation_id="con_1", version=2, master_waybill=MASTER, destination_hub="cn-hgh"
        )

        again = released.redrawn(anew)

        assert (again.state, again.unit.version) == (S.DRAFT, 2)
        assert (again.lines, again.fob_total, again.released_at) == ((), None, None)

    def test_cannot_start_again_after_departure(self) -> None:
        departed = declaration(S.DEPARTED)

        with pytest.raises(ExportStepNotAllowed):
            departed.redrawn(departed.unit)

    def test_needs_a_form(self) -> None:
        with pytest.raises(ExportFormMissing):
            declaration().lodged(export_lines([parcel()]), forms=(), fob_local=None)

    def test_can_be_cancelled_until_it_departs(self) -> None:
        assert self.lodged().cancelled(reason="no flight").reason == "no flight"
