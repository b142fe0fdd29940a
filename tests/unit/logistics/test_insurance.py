"""What is due for a parcel that is gone, and one list of reasons for every carrier."""

from typing import get_args

import pytest

from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.insurance import due, is_gone
from services.logistics.domain.parcel import ParcelMoving, PoolState
from services.logistics.domain.tracking import TrackingOutOfOrder, TrackingState
from shared.contracts.logistics.words import IncidentCode
from shared.kernel.money import Money
from tests.builders.logistics import a_parcel

INSURED = Money(7_000, "CNY")


class TestDue:
    @pytest.mark.parametrize(
        ("insured", "reason", "owed"),
        [
            (INSURED, IncidentReason.CARRIER_LOST, INSURED),
            (INSURED, None, INSURED),
            (INSURED, IncidentReason.SENDER_PACKAGING, Money(0, "CNY")),
            (INSURED, IncidentReason.CUSTOMS_SEIZED, Money(0, "CNY")),
            (None, IncidentReason.CARRIER_LOST, Money(0, "XXX")),
        ],
    )
    def test_is_all_or_nothing(
        self, insured: Money | None, reason: IncidentReason | None, owed: Money
    ) -> None:
        assert due(insured, reason) == owed

    def test_begins_where_nobody_will_see_the_parcel_again(self) -> None:
        assert {state for state in TrackingState if is_gone(state)} == {
            TrackingState.LOST,
            TrackingState.DESTROYED,
        }


class TestIncidentReason:
    def test_is_what_callers_may_write(self) -> None:
        assert set(get_args(IncidentCode)) == {reason.value for reason in IncidentReason}


class TestTrackedHere:
    def test_takes_what_is_gone_out_of_the_open_consolidation(self) -> None:
        parcel = a_parcel(state=TrackingState.PICKED_UP).pooled("con-1")

        gone = parcel.tracked_here(TrackingState.LOST)

        assert (gone.state, gone.pool, gone.consolidation_id) == (TrackingState.LOST, None, None)

    def test_leaves_what_was_picked_up_where_it_waits(self) -> None:
        picked_up = a_parcel().pooled("con-1").tracked_here(TrackingState.PICKED_UP)

        assert (picked_up.pool, picked_up.consolidation_id) == (PoolState.POOLED, "con-1")

    @pytest.mark.parametrize("pool", [PoolState.PACKED, PoolState.HELD])
    def test_opens_no_sealed_unit(self, pool: PoolState) -> None:
        parcel = a_parcel(state=TrackingState.PICKED_UP, pool=pool, consolidation_id="con-1")

        with pytest.raises(ParcelMoving):
            parcel.tracked_here(TrackingState.LOST)

    def test_follows_the_ways_there_are(self) -> None:
        with pytest.raises(TrackingOutOfOrder):
            a_parcel().tracked_here(TrackingState.LOST)
