"""The state of an order: worked out from what is known, whatever came first."""

import random
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.domain.facts import (
    EITHER_SAYS,
    SELLERS_HUB_SAYS,
    STAGES,
    FactKind,
    NotTheirFact,
    Stage,
)
from services.orders.domain.order import CANCELLABLE, Order, OrderNotCancellable, OrderState
from tests.builders.orders import CN, MY, a_fact, an_order

K = FactKind
ALL = tuple(FactKind)


def after(*kinds: FactKind) -> Order:
    return reduce(Order.after, (a_fact(kind) for kind in kinds), an_order())


IN_STATE: dict[OrderState, tuple[FactKind, ...]] = {
    OrderState.PLACED: (),
    OrderState.PAID: (K.PAYMENT_CAPTURED,),
    OrderState.PACKED: (K.PAYMENT_CAPTURED, K.PARCEL_BOOKED),
    OrderState.SHIPPED: (K.PAYMENT_CAPTURED, K.PARCEL_BOOKED, K.PARCEL_DEPARTED),
    OrderState.CLEARED: (K.PAYMENT_CAPTURED, K.PARCEL_DEPARTED, K.DECLARATION_RELEASED),
    OrderState.DELIVERED: (K.PAYMENT_CAPTURED, K.DECLARATION_RELEASED, K.PARCEL_DELIVERED),
    OrderState.CANCELLED: (K.PAYMENT_CAPTURED, K.ORDER_CANCELLED),
    OrderState.RETURNED: (K.PAYMENT_CAPTURED, K.PARCEL_DEPARTED, K.DECLARATION_SENT_BACK),
}
"""Facts that lead to each state."""

MOVERS = (
    K.PAYMENT_CAPTURED,
    K.PARCEL_BOOKED,
    K.PARCEL_DEPARTED,
    K.DECLARATION_RELEASED,
    K.PARCEL_DELIVERED,
    K.DECLARATION_SENT_BACK,
    K.PARCEL_CANCELLED,
    K.ORDER_CANCELLED,
)
S = OrderState
EDGES: dict[OrderState, tuple[OrderState, ...]] = {
    # The states after: captured, booked, departed, released, delivered, sent back, unbooked.
    S.PLACED: (S.PAID, S.PACKED, S.SHIPPED, S.CLEARED, S.DELIVERED, S.RETURNED, S.PLACED),
    S.PAID: (S.PAID, S.PACKED, S.SHIPPED, S.CLEARED, S.DELIVERED, S.RETURNED, S.PAID),
    S.PACKED: (S.PACKED, S.PACKED, S.SHIPPED, S.CLEARED, S.DELIVERED, S.RETURNED, S.PAID),
    S.SHIPPED: (*(S.SHIPPED,) * 3, S.CLEARED, S.DELIVERED, S.RETURNED, S.SHIPPED),
    S.CLEARED: (*(S.CLEARED,) * 4, S.DELIVERED, S.RETURNED, S.CLEARED),
    S.DELIVERED: (*(S.DELIVERED,) * 5, S.RETURNED, S.DELIVERED),
    S.RETURNED: (S.RETURNED,) * 7,
    S.CANCELLED: (S.CANCELLED,) * 7,
}
"""The state after each mover but the last, which always cancels."""


class TestState:
    @pytest.mark.parametrize("state", OrderState)
    def test_is_reached_by_its_facts(self, state: OrderState) -> None:
        assert after(*IN_STATE[state]).state is state

    @pytest.mark.parametrize("state", OrderState)
    def test_goes_from_each_state_where_each_fact_leads(self, state: OrderState) -> None:
        reached = [after(*IN_STATE[state], kind).state for kind in MOVERS]

        assert reached == [*EDGES[state], S.CANCELLED]

    @pytest.mark.parametrize("kind", sorted(set(ALL) - set(MOVERS)))
    def test_is_not_moved_by_what_only_stands_in_the_timeline(self, kind: FactKind) -> None:
        for state, facts in IN_STATE.items():
            assert after(*facts, kind) == after(*facts), state

    @given(st.lists(st.sampled_from(ALL), max_size=12), st.randoms(use_true_random=False))
    def test_is_the_same_in_whatever_order_and_however_often_facts_come(
        self, kinds: list[FactKind], chance: random.Random
    ) -> None:
        again = [*kinds, *chance.sample(kinds, k=len(kinds))]
        chance.shuffle(again)

        one, other = after(*kinds), after(*again)

        assert other.state is one.state
        assert (other.parcels, other.paid) == (one.parcels, one.paid)

    def test_waits_for_the_hindmost_parcel(self) -> None:
        two = after(*IN_STATE[OrderState.DELIVERED]).after(
            a_fact(K.PARCEL_BOOKED, logistics_no="KV2")
        )
        arrived = two.after(a_fact(K.PARCEL_DELIVERED, logistics_no="KV2"))

        assert (two.state, arrived.state) == (OrderState.PACKED, OrderState.DELIVERED)

    def test_forgets_a_parcel_that_will_not_travel(self) -> None:
        two = after(*IN_STATE[OrderState.DELIVERED]).after(
            a_fact(K.PARCEL_CANCELLED, logistics_no="KV2")
        )

        assert two.state is OrderState.DELIVERED

    def test_counts_its_changes(self) -> None:
        versions = [after(*IN_STATE[OrderState.SHIPPED][:count]).version for count in range(4)]

        assert versions == [1, 2, 3, 4]
        assert after(K.PAYMENT_CAPTURED, K.PAYMENT_CAPTURED).version == 2


class TestCancel:
    @pytest.mark.parametrize("state", sorted(CANCELLABLE))
    def test_may_happen_while_nothing_has_left(self, state: OrderState) -> None:
        after(*IN_STATE[state]).check_cancellable()

    @pytest.mark.parametrize("state", sorted(set(OrderState) - CANCELLABLE))
    def test_is_refused_afterwards(self, state: OrderState) -> None:
        with pytest.raises(OrderNotCancellable) as refusal:
            after(*IN_STATE[state]).check_cancellable()

        assert refusal.value.details == {"state": state.value}

    def test_keeps_the_first_reason(self) -> None:
        again = a_fact(K.ORDER_CANCELLED, detail={"reason": "other"})

        assert after(K.ORDER_CANCELLED).after(again).cancelled_for == "buyer-request"


class TestSpeakers:
    def test_at_the_sellers_hub_pack_and_export(self) -> None:
        assert {
            K.PRE_CLEARANCE_ANSWERED,
            K.PARCEL_BOOKED,
            K.PARCEL_CANCELLED,
            K.PARCEL_SEALED,
            K.EXPORT_RELEASED,
            K.PARCEL_DEPARTED,
            K.COMPLAINT_ANSWERED,
        } == SELLERS_HUB_SAYS

    @pytest.mark.parametrize("kind", ALL)
    def test_are_heard_only_on_what_they_can_know(self, kind: FactKind) -> None:
        right = a_fact(kind)
        other = CN if right.hub == MY else MY
        wrong = a_fact(kind, hub="sg-sin" if kind in EITHER_SAYS else other)

        right.check_speaker(buyer_hub=CN, seller_hub=MY)
        with pytest.raises(NotTheirFact):
            wrong.check_speaker(buyer_hub=CN, seller_hub=MY)

    def test_may_be_one_hub_for_both_parties(self) -> None:
        for kind in ALL:
            a_fact(kind, hub=CN).check_speaker(buyer_hub=CN, seller_hub=CN)


def test_every_stage_has_its_fact() -> None:
    assert set(STAGES.values()) == set(Stage)
