"""Carriers' numbers are checked, their words translated, and they fail in every way on demand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.logistics.clients.simulated_carriers import MEANS, WAYS, read_carriers
from services.logistics.domain.carriage import (
    EDGES,
    Carriage,
    CarriageOutOfOrder,
    CarriageRequest,
    CarriageState,
    CarrierGarbled,
    CarrierRefused,
    CarrierSilent,
)
from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.tracking import TrackingState
from services.logistics.domain.weights import Dimensions
from shared.kernel.codes import check_s10, check_sscc
from shared.kernel.errors import EroadError
from shared.kernel.money import Money
from tests.builders.logistics import NOON

CARRIERS = read_carriers()
PRICE = Money(1_200, "MYR")


def asked(reference: str = "") -> CarriageRequest:
    return CarriageRequest(
        parcel_id="p",
        gross_g=720,
        size=Dimensions(length_mm=220, width_mm=160, height_mm=90),
        packages=1,
        reference=reference,
        asked_at=NOON,
    )


def a_carriage(**changes: Any) -> Carriage:
    carriage = Carriage(
        id="c",
        parcel_id="p",
        carrier="sim-post-my",
        service="small packet",
        carrier_no="LP000000014MY",
        reference="",
        price=PRICE,
        booked_at=NOON,
    )
    return replace(carriage, **changes)


class TestBooking:
    @pytest.mark.parametrize("serial", [1, 17, 99_999])
    def test_gives_numbers_whose_check_digits_are_right(self, serial: int) -> None:
        numbers = {
            code: carrier.book(asked(), serial=serial, price=PRICE).carrier_no
            for code, carrier in CARRIERS.items()
        }

        assert check_s10(numbers["sim-post-my"]).endswith("MY")
        assert check_s10(numbers["sim-post-cn"]).endswith("CN")
        assert check_sscc(numbers["sim-express-my"]).startswith("0955600001")
        assert check_sscc(numbers["sim-express-cn"]).startswith("0690100001")

    @pytest.mark.parametrize("code", sorted(CARRIERS))
    @pytest.mark.parametrize(
        ("reference", "failure"),
        [
            ("MAGIC-SILENT", CarrierSilent),
            ("MAGIC-REFUSED", CarrierRefused),
            ("MAGIC-GARBLED", CarrierGarbled),
        ],
    )
    def test_fails_as_told(self, code: str, reference: str, failure: type[EroadError]) -> None:
        with pytest.raises(failure):
            CARRIERS[code].book(asked(reference), serial=5, price=PRICE)


class TestSeeing:
    @pytest.mark.parametrize(
        ("reference", "last", "reason"),
        [
            ("", TrackingState.DELIVERED, None),
            ("MAGIC-LOST", TrackingState.LOST, IncidentReason.CARRIER_LOST),
            ("MAGIC-CUSTOMS", TrackingState.ON_HOLD, IncidentReason.CUSTOMS_INSPECTION),
            ("MAGIC-RETURNED", TrackingState.RETURN_TO_SENDER, IncidentReason.CONSIGNEE_REFUSED),
            ("MAGIC-NO-SHOW", None, IncidentReason.CARRIER_MISSED_PICKUP),
        ],
    )
    def test_ends_as_told(
        self, reference: str, last: TrackingState | None, reason: IncidentReason | None
    ) -> None:
        carriage = a_carriage(reference=reference)

        events = CARRIERS["sim-post-my"].seen(carriage, now=NOON + timedelta(days=9))

        assert (events[-1].state, events[-1].reason) == (last, reason)

    def test_sees_nothing_before_it_happens(self) -> None:
        carrier = CARRIERS["sim-express-cn"]
        soon = carrier.seen(a_carriage(), now=NOON + timedelta(hours=3))

        assert [event.state for event in soon] == [TrackingState.PICKED_UP]
        assert soon[0].said == "已收件"

    def test_calls_unknown_what_nobody_translated(self) -> None:
        events = CARRIERS["sim-post-my"].seen(
            a_carriage(reference="MAGIC-MUMBLES"), now=NOON + timedelta(days=9)
        )

        assert (events[2].state, events[2].reason) == (None, IncidentReason.UNKNOWN)

    def test_translates_every_step_but_the_one_meant_to_be_unknown(self) -> None:
        steps = {step for way in WAYS.values() for step in way}

        assert steps - set(MEANS) == {"gibberish"}


class TestPickup:
    def test_comes_in_the_morning_when_it_is_too_late(self) -> None:
        carrier = CARRIERS["sim-post-my"]

        late = carrier.pickup_at(NOON)  # 20:00 in Kuala Lumpur
        early = carrier.pickup_at(NOON - timedelta(hours=11))  # 09:00

        assert late.isoformat() == "2026-09-02T01:00:00+00:00"
        assert early.isoformat() == "2026-09-01T03:00:00+00:00"


class TestCarriage:
    @pytest.mark.parametrize("old", list(CarriageState))
    @pytest.mark.parametrize("new", ["asked", "cancelled"])
    def test_moves_along_its_edges_and_nowhere_else(self, old: CarriageState, new: str) -> None:
        carriage = a_carriage(state=old)
        wanted = CarriageState.PICKUP_ASKED if new == "asked" else CarriageState.CANCELLED

        def move() -> Carriage:
            if new == "asked":
                return carriage.asked_to_come(ready_at=NOON, pickup_at=NOON)
            return carriage.cancelled()

        if wanted in EDGES[old] or old is wanted is CarriageState.PICKUP_ASKED:
            assert move().state is wanted
        else:
            with pytest.raises(CarriageOutOfOrder):
                move()

    @pytest.mark.parametrize(
        ("state", "becomes"),
        [
            (TrackingState.PENDING, CarriageState.BOOKED),
            (TrackingState.PICKED_UP, CarriageState.UNDER_WAY),
            (TrackingState.DELIVERED, CarriageState.CLOSED),
            (TrackingState.LOST, CarriageState.CLOSED),
        ],
    )
    def test_follows_the_parcel(self, state: TrackingState, becomes: CarriageState) -> None:
        assert a_carriage().followed(state).state is becomes

    def test_stays_closed(self) -> None:
        closed = a_carriage(state=CarriageState.CLOSED)

        assert closed.followed(TrackingState.IN_TRANSIT) is closed
