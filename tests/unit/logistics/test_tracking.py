"""Every way a parcel can go, and every way it can't."""

import pytest

from services.logistics.domain.tracking import (
    EDGES,
    TrackingOutOfOrder,
    TrackingState,
    check_tracking,
)

WAYS = {
    "pending": "picked_up cancelled",
    "picked_up": "in_transit on_hold cancelled return_to_sender lost destroyed",
    "in_transit": (
        "on_hold out_for_delivery ready_for_pickup delivered return_to_sender lost destroyed"
    ),
    "on_hold": "picked_up in_transit cancelled return_to_sender lost destroyed",
    "out_for_delivery": (
        "delivered delivery_failed ready_for_pickup on_hold return_to_sender lost destroyed"
    ),
    "ready_for_pickup": "delivered return_to_sender lost destroyed",
    "delivery_failed": "out_for_delivery ready_for_pickup return_to_sender lost destroyed",
    "return_to_sender": "lost destroyed",
    "delivered": "",
    "cancelled": "",
    "lost": "",
    "destroyed": "",
}
EVERY_PAIR = [(old, new) for old in TrackingState for new in TrackingState]


class TestTracking:
    @pytest.mark.parametrize(("old", "new"), EVERY_PAIR)
    def test_goes_the_ways_there_are_and_no_others(
        self, old: TrackingState, new: TrackingState
    ) -> None:
        if new.value in WAYS[old.value].split():
            assert check_tracking(old, new) is new
        else:
            with pytest.raises(TrackingOutOfOrder) as refusal:
                check_tracking(old, new)
            assert refusal.value.details == {"state": old.value, "wanted": new.value}

    def test_has_the_twelve_states_that_carriers_agree_on(self) -> None:
        assert set(EDGES) == set(TrackingState)
        assert len(TrackingState) == 12

    def test_ends_delivered_cancelled_lost_or_destroyed(self) -> None:
        final = {state.value for state, after in EDGES.items() if not after}

        assert final == {"delivered", "cancelled", "lost", "destroyed"}
