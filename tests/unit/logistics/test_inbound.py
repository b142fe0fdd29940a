"""Units and parcels at the destination: customs' word decides, and only for its own parcel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.logistics.domain.gate import SealsDiffer
from services.logistics.domain.inbound import (
    Clearance,
    InboundParcel,
    NotOffered,
    NotReleased,
    SentBack,
)
from services.logistics.domain.parcel import PoolingOutOfOrder, PoolState
from services.logistics.domain.proof import Proof, ProofTimeWrong
from services.logistics.domain.stage import ConsolidationOutOfOrder, ConsolidationState
from services.logistics.domain.tracking import TrackingOutOfOrder, TrackingState
from tests.builders.logistics import (
    NOON,
    an_id,
    an_inbound_consolidation,
    an_inbound_parcel,
)

K, T = Clearance, TrackingState
PROOF = Proof(sha256="ab" * 32, taken_at=NOON)
FINAL = {K.RELEASED, K.SENT_BACK}


def aboard(**changes: object) -> InboundParcel:
    return an_inbound_parcel(
        **{
            "state": T.IN_TRANSIT,
            "pool": PoolState.PACKED,
            "consolidation_id": an_id("con", "1"),
            **changes,
        }
    )


class TestClearance:
    @pytest.mark.parametrize("new", [K.RETURNED, K.HELD, K.RELEASED, K.SENT_BACK])
    @pytest.mark.parametrize("old", K)
    def test_is_the_newest_word_until_one_is_final(self, old: Clearance, new: Clearance) -> None:
        parcel = aboard(clearance=old)

        after = parcel.cleared(new)

        assert after.clearance is (old if old in FINAL else new)
        assert (after is parcel) == (old in FINAL)

    def test_sets_a_held_parcel_going_again(self) -> None:
        held = aboard().taken_out()
        assert held.state is T.ON_HOLD

        assert held.cleared(K.RELEASED).state is T.IN_TRANSIT

    def test_turns_a_held_parcel_back(self) -> None:
        assert aboard().taken_out().cleared(K.SENT_BACK).state is T.RETURN_TO_SENDER

    @pytest.mark.parametrize("word", [K.RETURNED, K.HELD, K.RELEASED, K.SENT_BACK])
    def test_moves_no_parcel_that_is_under_way(self, word: Clearance) -> None:
        assert aboard().cleared(word).state is T.IN_TRANSIT

    @pytest.mark.parametrize("word", [K.RETURNED, K.HELD])
    def test_leaves_a_held_parcel_where_it_is_until_a_final_word(self, word: Clearance) -> None:
        assert aboard().taken_out().cleared(word).state is T.ON_HOLD


class TestTakingOut:
    @pytest.mark.parametrize(
        ("clearance", "state", "pool"),
        [
            (K.RELEASED, T.OUT_FOR_DELIVERY, None),
            (K.SENT_BACK, T.RETURN_TO_SENDER, PoolState.SPLIT_OUT),
            (K.RETURNED, T.ON_HOLD, PoolState.SPLIT_OUT),
            (K.HELD, T.ON_HOLD, PoolState.SPLIT_OUT),
            (K.AWAITED, T.ON_HOLD, PoolState.SPLIT_OUT),
        ],
    )
    def test_sends_each_parcel_where_customs_says(
        self, clearance: Clearance, state: TrackingState, pool: PoolState | None
    ) -> None:
        out = aboard(clearance=clearance).taken_out()

        assert out.state is state
        assert out.pool is pool

    def test_of_what_is_out_changes_nothing(self) -> None:
        out = aboard(clearance=K.RELEASED).taken_out()

        assert out.taken_out() is out


class TestDelivery:
    @pytest.mark.parametrize("state", [T.IN_TRANSIT, T.OUT_FOR_DELIVERY, T.READY_FOR_PICKUP])
    def test_gives_a_released_parcel_to_its_buyer(self, state: TrackingState) -> None:
        given = aboard(clearance=K.RELEASED, state=state).delivered(PROOF)

        assert given.state is T.DELIVERED
        assert (given.delivered_at, given.proof) == (NOON, PROOF)
        assert given.pool is None

    @pytest.mark.parametrize(
        ("clearance", "refusal"),
        [
            (K.AWAITED, NotReleased),
            (K.HELD, NotReleased),
            (K.RETURNED, NotReleased),
            (K.SENT_BACK, SentBack),
        ],
    )
    def test_is_refused_before_customs_released_it(
        self, clearance: Clearance, refusal: type[Exception]
    ) -> None:
        with pytest.raises(refusal):
            aboard(clearance=clearance).delivered(PROOF)

    @pytest.mark.parametrize("state", [T.DELIVERED, T.LOST, T.RETURN_TO_SENDER, T.PENDING])
    def test_happens_once_and_to_what_is_there(self, state: TrackingState) -> None:
        with pytest.raises(TrackingOutOfOrder):
            aboard(clearance=K.RELEASED, state=state, pool=None).delivered(PROOF)


class TestRefusal:
    @pytest.mark.parametrize("state", [T.OUT_FOR_DELIVERY, T.READY_FOR_PICKUP])
    def test_turns_a_parcel_back_with_the_proof(self, state: TrackingState) -> None:
        refused = aboard(clearance=K.RELEASED, state=state, pool=None).refused(PROOF)

        assert (refused.state, refused.proof) == (T.RETURN_TO_SENDER, PROOF)
        assert refused.delivered_at is None
        with pytest.raises(TrackingOutOfOrder):
            refused.delivered(PROOF)

    @pytest.mark.parametrize("state", sorted(set(T) - {T.OUT_FOR_DELIVERY, T.READY_FOR_PICKUP}))
    def test_is_of_what_was_offered_only(self, state: TrackingState) -> None:
        with pytest.raises(NotOffered):
            aboard(clearance=K.RELEASED, state=state, pool=None).refused(PROOF)


class TestProof:
    @pytest.mark.parametrize("minutes", [0, 5, -60])
    def test_is_taken_between_arrival_and_now(self, minutes: int) -> None:
        taken = replace(PROOF, taken_at=NOON + timedelta(minutes=minutes))

        taken.check(since=NOON - timedelta(hours=1), now=NOON)

    @pytest.mark.parametrize("minutes", [6, -61])
    def test_is_not_taken_before_arrival_or_in_the_future(self, minutes: int) -> None:
        taken = replace(PROOF, taken_at=NOON + timedelta(minutes=minutes))

        with pytest.raises(ProofTimeWrong) as refused:
            taken.check(since=NOON - timedelta(hours=1), now=NOON)

        assert refused.value.field == "taken_at"


class TestCallingOff:
    def test_ends_a_parcel_that_did_not_leave(self) -> None:
        assert an_inbound_parcel().called_off().state is T.CANCELLED

    def test_comes_too_late_for_one_under_way(self) -> None:
        parcel = aboard()

        assert parcel.called_off() is parcel


class TestInboundParcel:
    def test_counts_its_changes(self) -> None:
        assert aboard(version=4).cleared(K.RELEASED).version == 5
        assert (
            an_inbound_consolidation(version=4).arrive(seals=("MY0001", "MY0002"), at=NOON).version
            == 5
        )

    def test_is_aboard_once(self) -> None:
        parcel = aboard(state=T.DELIVERED)

        assert parcel.aboard(an_id("con", "2")) is parcel

    def test_is_announced_after_customs_spoke_of_it(self) -> None:
        first = an_inbound_parcel(parcel_id="", origin_hub="").cleared(K.RELEASED)

        announced = first.announced(parcel_id=an_id("pcl", "1"), origin_hub="my-kul")

        assert announced.clearance is K.RELEASED
        assert announced.parcel_id == an_id("pcl", "1")

    def test_is_packed_and_in_transit_once_its_consolidation_left(self) -> None:
        parcel = an_inbound_parcel().aboard(an_id("con", "1"))

        assert (parcel.pool, parcel.state) == (PoolState.PACKED, T.IN_TRANSIT)

    def test_leaves_its_unit_by_the_ways_there_are(self) -> None:
        with pytest.raises(PoolingOutOfOrder):
            an_inbound_parcel(pool=PoolState.SPLIT_OUT)._placed(PoolState.HELD)


class TestInboundConsolidation:
    def test_is_taken_in_with_the_seals_it_left_with(self) -> None:
        arrived = an_inbound_consolidation().arrive(seals=("MY0002", "MY0001"), at=NOON)

        assert arrived.state is ConsolidationState.ARRIVED
        assert arrived.arrived_at == NOON
        assert arrived.is_here

    def test_is_not_taken_in_with_others(self) -> None:
        with pytest.raises(SealsDiffer):
            an_inbound_consolidation().arrive(seals=("MY0001",), at=NOON)

    def test_arrives_once(self) -> None:
        arrived = an_inbound_consolidation().arrive(seals=("MY0001", "MY0002"), at=NOON)

        with pytest.raises(ConsolidationOutOfOrder):
            arrived.arrive(seals=("MY0001", "MY0002"), at=NOON)

    def test_opens_once_and_stays_open(self) -> None:
        opened = an_inbound_consolidation(state=ConsolidationState.ARRIVED).opened()

        assert opened.opened() is opened
        assert opened.close(at=NOON).state is ConsolidationState.CLOSED

    @pytest.mark.parametrize("state", [ConsolidationState.DEPARTED, ConsolidationState.CLOSED])
    def test_opens_only_after_it_arrived(self, state: ConsolidationState) -> None:
        with pytest.raises(ConsolidationOutOfOrder):
            an_inbound_consolidation(state=state).opened()
