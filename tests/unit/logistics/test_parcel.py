"""A parcel's place in a consolidation: every edge, and every refused one."""

from collections.abc import Callable

import pytest

from services.logistics.domain.parcel import (
    Parcel,
    ParcelMoving,
    PoolingOutOfOrder,
    PoolState,
)
from services.logistics.domain.tracking import TrackingOutOfOrder, TrackingState
from services.logistics.domain.weights import Load
from tests.builders.logistics import a_parcel, an_id

CONSOLIDATION = an_id("con", "1")
OTHER = an_id("con", "2")
P, T = PoolState, TrackingState
EVERY_PLACE: list[PoolState | None] = [None, *PoolState]

MOVES: dict[str, tuple[Callable[[Parcel], Parcel], dict[PoolState | None, PoolState | None]]] = {
    # what is done: from where it may be done, and where the parcel is then
    "pooled": (
        lambda p: p.pooled(OTHER),
        {None: P.POOLED, P.SHORT_SHIPPED: P.POOLED, P.SPLIT_OUT: P.POOLED},
    ),
    "taken_out": (lambda p: p.taken_out(), {P.POOLED: None}),
    "packed": (lambda p: p.packed(), {P.POOLED: P.PACKED, P.HELD: P.PACKED}),
    "left_behind": (
        lambda p: p.left_behind(),
        {P.PACKED: P.SHORT_SHIPPED, P.HELD: P.SPLIT_OUT},
    ),
    "held": (lambda p: p.held(), {P.POOLED: P.HELD, P.PACKED: P.HELD}),
    "freed before sealing": (lambda p: p.freed(sealed=False), {P.HELD: P.POOLED}),
    "freed after sealing": (lambda p: p.freed(sealed=True), {P.HELD: P.PACKED}),
    "unpacked": (lambda p: p.unpacked(), {P.PACKED: None}),
}


class TestPlaceInAConsolidation:
    @pytest.mark.parametrize("place", EVERY_PLACE)
    @pytest.mark.parametrize("move", MOVES)
    def test_changes_along_its_edges_and_no_others(
        self, move: str, place: PoolState | None
    ) -> None:
        do, edges = MOVES[move]
        parcel = a_parcel(pool=place, consolidation_id=CONSOLIDATION, state=T.PICKED_UP)

        if place in edges:
            moved = do(parcel)
            assert moved.pool == edges[place]
            assert moved.version == parcel.version + 1
        else:
            with pytest.raises(PoolingOutOfOrder):
                do(parcel)

    def test_is_in_the_consolidation_that_admitted_it(self) -> None:
        assert a_parcel().pooled(CONSOLIDATION).consolidation_id == CONSOLIDATION

    @pytest.mark.parametrize("leave", ["taken_out", "left_behind"])
    def test_is_nowhere_once_it_left(self, leave: str) -> None:
        place = P.POOLED if leave == "taken_out" else P.PACKED
        parcel = a_parcel(pool=place, consolidation_id=CONSOLIDATION)

        assert MOVES[leave][0](parcel).consolidation_id is None

    @pytest.mark.parametrize("state", sorted(set(T) - {T.PENDING, T.PICKED_UP}))
    def test_is_refused_to_a_parcel_that_moves_or_is_done(self, state: TrackingState) -> None:
        with pytest.raises(PoolingOutOfOrder):
            a_parcel(state=state).pooled(CONSOLIDATION)

    def test_counts_as_picked_up_once_it_is_sealed_in(self) -> None:
        assert a_parcel().pooled(CONSOLIDATION).packed().state is T.PICKED_UP


class TestCancelling:
    @pytest.mark.parametrize("place", [None, P.POOLED, P.SHORT_SHIPPED, P.SPLIT_OUT])
    def test_takes_a_parcel_that_waits_out_of_everything(self, place: PoolState | None) -> None:
        cancelled = a_parcel(pool=place, consolidation_id=CONSOLIDATION).cancelled()

        assert cancelled.state is T.CANCELLED
        assert cancelled.pool is None
        assert cancelled.consolidation_id is None

    @pytest.mark.parametrize("place", [P.PACKED, P.HELD])
    def test_is_refused_while_it_is_sealed_in(self, place: PoolState) -> None:
        with pytest.raises(ParcelMoving):
            a_parcel(pool=place).cancelled()

    @pytest.mark.parametrize("state", sorted(set(T) - {T.PENDING, T.PICKED_UP, T.ON_HOLD}))
    def test_is_refused_to_a_parcel_on_its_way_or_done(self, state: TrackingState) -> None:
        with pytest.raises(ParcelMoving):
            a_parcel(state=state).cancelled()


class TestFollowing:
    @pytest.mark.parametrize("state", [T.ON_HOLD, T.OUT_FOR_DELIVERY, T.DELIVERED, T.LOST])
    def test_puts_a_parcel_that_left_where_its_destination_says(self, state: TrackingState) -> None:
        parcel = a_parcel(state=T.IN_TRANSIT)

        followed = parcel.followed(state)

        assert (followed.state, followed.version) == (state, parcel.version + 1)

    def test_goes_even_where_a_carrier_would_not(self) -> None:
        assert a_parcel(state=T.ON_HOLD).followed(T.DELIVERED).state is T.DELIVERED

    @pytest.mark.parametrize("state", [T.PENDING, T.PICKED_UP])
    def test_is_refused_to_what_never_left(self, state: TrackingState) -> None:
        with pytest.raises(TrackingOutOfOrder):
            a_parcel(state=state).followed(T.LOST)

    @pytest.mark.parametrize("state", [T.DELIVERED, T.LOST, T.CANCELLED, T.DESTROYED])
    def test_ends_where_the_parcel_ended(self, state: TrackingState) -> None:
        parcel = a_parcel(state=state)

        assert parcel.followed(T.IN_TRANSIT) is parcel

    def test_told_twice_changes_nothing(self) -> None:
        parcel = a_parcel(state=T.ON_HOLD)

        assert parcel.followed(T.ON_HOLD) is parcel


class TestParcel:
    def test_counts_its_changes(self) -> None:
        assert a_parcel(version=4).cancelled().version == 5
        assert a_parcel(version=4).tracked(T.PICKED_UP).version == 5

    def test_weighs_and_measures_what_was_booked(self) -> None:
        assert a_parcel().load == Load(720, 220 * 160 * 90)

    def test_goes_on_where_there_is_a_way(self) -> None:
        assert a_parcel(state=T.PICKED_UP).tracked(T.IN_TRANSIT).state is T.IN_TRANSIT
        with pytest.raises(TrackingOutOfOrder):
            a_parcel().tracked(T.DELIVERED)
