"""An order line by line: what arrived is released, what will not come is given back, to the sen."""

from datetime import timedelta
from typing import Any

import pytest

from services.payments.domain.facts import Released
from services.payments.domain.line import LineAmount
from services.payments.domain.order import (
    LineNotKnown,
    OrderMoney,
    OrderParcel,
    returned_amounts,
)
from services.payments.domain.progress import Fate, NextStep, fates_of, given_back, next_step
from tests.builders.payments import (
    MY,
    NOON,
    Books,
    a_parcel,
    an_id,
    an_order_of_three,
    book_tax,
    refund,
    release,
    release_lines,
)

ARRIVED: dict[str, Any] = {"delivered_at": NOON, "cleared_at": NOON, "tax_currency": "CNY"}
HOME: dict[str, Any] = {"sent_back_reason": "inspection-700"}
NO_WAIT: dict[str, Any] = {"now": NOON, "inspection": timedelta(0)}


def parcel(*lines: int, **facts: Any) -> OrderParcel:
    return a_parcel("A-003", logistics_no=f"KV{lines}", lines=lines, **facts)


def fates(order: OrderMoney, *parcels: OrderParcel) -> list[str]:
    return [fate.value for fate in fates_of(order, parcels, **NO_WAIT).values()]


class TestShares:
    def test_add_up_to_what_was_paid(self) -> None:
        order = an_order_of_three()

        assert order.shares() == ((1, 3969), (2, 3969), (3, 3972))
        assert sum(share for _, share in order.shares()) == order.paid_minor
        assert sum(order.claims().values()) == order.paid_minor - order.tax_minor


class TestFates:
    def test_follow_the_parcels_that_carry_each_line(self) -> None:
        order = an_order_of_three()

        assert fates(order, parcel(1, **ARRIVED), parcel(2), parcel(3, **HOME)) == [
            "kept",
            "unknown",
            "comes-back",
        ]

    def test_wait_for_every_parcel_of_a_line(self) -> None:
        order = an_order_of_three()
        split = [parcel(1, 2, **ARRIVED), parcel(2, 3)]

        assert fates(order, *split) == ["kept", "unknown", "unknown"]

    def test_count_a_line_as_kept_when_a_part_of_it_arrived(self) -> None:
        parcels = [parcel(1, 2, 3, **ARRIVED), parcel(3, **HOME)]

        assert fates(an_order_of_three(), *parcels) == ["kept", "kept", "kept"]

    def test_give_a_silent_parcel_what_no_other_names(self) -> None:
        silent = a_parcel("A-003", logistics_no="KV-rest")

        assert fates(an_order_of_three(), parcel(1, **ARRIVED), silent) == [
            "kept",
            "unknown",
            "unknown",
        ]

    def test_wait_for_the_booking_of_a_parcel_that_may_carry_them(self) -> None:
        order = an_order_of_three()
        unbooked = a_parcel("A-003", logistics_no="KV-9", is_booked=False, **ARRIVED)

        assert fates(order, unbooked) == ["unknown"] * 3
        assert fates(order, unbooked, parcel(1, **ARRIVED)) == ["kept", "unknown", "unknown"]

    def test_do_not_take_a_line_without_a_parcel_for_delivered(self) -> None:
        order = an_order_of_three()

        step = next_step(order, [parcel(1, **ARRIVED)], **NO_WAIT)

        assert step is NextStep.WAIT
        assert fates(order, parcel(1, **ARRIVED), parcel(2, 3, is_cancelled=True)) == [
            "kept",
            "unknown",
            "unknown",
        ]

    def test_send_the_rest_of_a_cancelled_order_home(self) -> None:
        order = an_order_of_three(cancelled_reason="recalled")

        assert set(fates_of(order, [parcel(1, **ARRIVED)], **NO_WAIT).values()) == {
            Fate.KEPT,
            Fate.COMES_BACK,
        }

    def test_refuse_a_line_the_order_does_not_have(self) -> None:
        with pytest.raises(LineNotKnown):
            fates_of(an_order_of_three(), [parcel(4)], **NO_WAIT)


class TestReleaseLines:
    def test_leaves_what_the_others_may_claim_and_the_tax(self) -> None:
        books = Books()
        payment = books.captured(an_order_of_three())
        order = books.state.orders[payment.order_id]

        books.accepted(release_lines(order, 1))

        claims = order.claims()
        assert books.balance(f"escrow:{order.id}") == claims[2] + claims[3] + 910
        assert books.balance("fees") == 167
        fact = books.facts[-1]
        assert isinstance(fact, Released)
        assert (fact.amount, fact.commission, fact.lines) == (claims[1] - 167, 167, (1,))
        assert [line.end for line in books.state.orders[order.id].lines] == [
            "released",
            "held",
            "held",
        ]

    @pytest.mark.parametrize("first", [(1,), (2, 3), (1, 2)])
    def test_in_any_parts_comes_to_what_one_release_would_give(
        self, first: tuple[int, ...]
    ) -> None:
        books, at_once = Books(), Books()
        whole = at_once.released(an_order_of_three())
        payment = books.captured(an_order_of_three())
        order = books.state.orders[payment.order_id]
        books.accepted(book_tax(order))

        books.accepted(release_lines(order, *first))
        books.accepted(release(books.state.orders[order.id]))

        for account in ("fees", f"due_to_hub:{MY}", "tax_payable:CN-GACC:2026-09"):
            assert books.balance(account) == at_once.balance(account)
        assert books.balance(f"escrow:{whole.order_id}") == 0

    def test_happens_once_for_each_line(self) -> None:
        books = Books()
        payment = books.captured(an_order_of_three())
        order = books.state.orders[payment.order_id]
        books.accepted(release_lines(order, 1))
        before = books.counters()

        again = release_lines(order, 1, 2, id=an_id("cmd", "again"))

        assert books.refused(again) == "payments.order-already-released"
        assert books.counters() == before

    def test_takes_no_more_than_is_there_after_a_refund_of_no_line(self) -> None:
        books = Books()
        payment = books.captured(an_order_of_three())
        order = books.state.orders[payment.order_id]
        books.accepted(refund(payment, amount_minor=1000))

        books.accepted(release_lines(books.state.orders[order.id], 1))

        claims = order.claims()
        assert books.balance(f"escrow:{order.id}") == claims[2] + claims[3] + 910


class TestRefundOfLines:
    def test_gives_all_that_is_left_of_a_line_and_no_more(self) -> None:
        books = Books()
        payment = books.captured(an_order_of_three())

        books.accepted(refund(payment, "1", of_lines=(2,), amount_minor=1000))
        books.accepted(refund(payment, "2", of_lines=(2,)))
        too_much = refund(payment, "3", of_lines=(2,), amount_minor=1)

        assert books.refused(too_much) == "payments.refund-exceeds-line"
        nothing = refund(payment, "4", of_lines=(2,))
        assert books.refused(nothing) == "payments.refund-exceeds-line"
        line = books.state.orders[payment.order_id].lines[1]
        assert (line.refunded_minor, books.balance("buyer_refund_payable")) == (3969, 3969)

    def test_returns_the_commission_of_a_released_line(self) -> None:
        books = Books()
        payment = books.captured(an_order_of_three())
        order = books.state.orders[payment.order_id]
        books.accepted(release_lines(order, 1, 2))
        books.accepted(refund(payment, of_lines=(1,), goods_minor=3333))

        books.accepted(release(books.state.orders[order.id]))

        kept = books.state.orders[order.id].goods_kept_minor
        assert (kept, books.balance("fees")) == (6667, 333)
        assert books.balance(f"escrow:{order.id}") == 0

    def test_that_will_not_come_is_their_share_and_the_tax_no_customs_took(self) -> None:
        order = an_order_of_three(tax_booked_minor=303)
        parcels = [parcel(1, **ARRIVED), parcel(2, **HOME), parcel(3)]

        (amount,) = given_back(order, parcels, [2])

        assert amount == LineAmount(2, order.claims()[2] + 303)

    def test_of_a_return_follows_what_the_returned_pieces_cost(self) -> None:
        order = an_order_of_three()

        assert returned_amounts(order, [(1, 1), (3, 1)], 1000) == (
            LineAmount(1, 750),
            LineAmount(3, 250),
        )
