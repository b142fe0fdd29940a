"""Returns: every edge of their states, and what each piece is worth when it comes back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from services.orders.domain.goods_return import (
    Answer,
    GoodsReturn,
    Outcome,
    ReturnNotThere,
    ReturnState,
)
from services.orders.domain.return_label import zpl_of
from services.orders.domain.return_terms import (
    Grade,
    InspectionIncomplete,
    RefundTooHigh,
    ReturnLine,
    ReturnLineUnknown,
    ReturnTooMuch,
    check_lines,
    condition_of,
    goods_refund,
    terms_from,
)
from tests.builders.orders import NOON, a_line, cny
from tests.builders.returns import (
    ALLOWED,
    LATER,
    RULES,
    TAX_BACK,
    TAX_STAYS,
    a_return,
    found,
    graded,
)

S = ReturnState
AT: dict[ReturnState, GoodsReturn] = {
    S.REQUESTED: a_return(),
    S.APPROVED: a_return(answer=ALLOWED),
    S.IN_TRANSIT: a_return(answer=ALLOWED, sent_at=NOON),
    S.RECEIVED: a_return(answer=ALLOWED, received_at=NOON),
    S.INSPECTED: a_return(answer=ALLOWED, received_at=NOON, inspection=found()),
    S.CUSTOMS_CONFIRMED: a_return(
        answer=ALLOWED, received_at=NOON, inspection=found(), tax=TAX_BACK
    ),
    S.REFUNDED: a_return(outcome=Outcome.REFUNDED),
    S.REJECTED: a_return(outcome=Outcome.REJECTED),
    S.WITHDRAWN: a_return(outcome=Outcome.WITHDRAWN),
}
MOVES: dict[str, Callable[[GoodsReturn], GoodsReturn]] = {
    "allow": lambda it: it.answered(ALLOWED, due_at=LATER),
    "refuse": lambda it: it.answered(Answer(approved=False, by="seller", at=NOON), due_at=None),
    "send": lambda it: it.sent("SF123456", at=NOON),
    "receive": lambda it: it.arrived(at=NOON),
    "inspect": lambda it: it.inspected(found(), due_at=LATER),
    "withdraw": lambda it: it.withdrawn("buyer-request"),
    "close": lambda it: it.closed(Outcome.REJECTED, "not-arrived"),
}
EDGES: dict[ReturnState, dict[str, ReturnState]] = {
    S.REQUESTED: {
        "allow": S.APPROVED,
        "refuse": S.REJECTED,
        "withdraw": S.WITHDRAWN,
        "close": S.REJECTED,
    },
    S.APPROVED: {
        "send": S.IN_TRANSIT,
        "receive": S.RECEIVED,
        "withdraw": S.WITHDRAWN,
        "close": S.REJECTED,
    },
    S.IN_TRANSIT: {"receive": S.RECEIVED, "withdraw": S.WITHDRAWN, "close": S.REJECTED},
    S.RECEIVED: {"inspect": S.INSPECTED, "close": S.REJECTED},
    S.INSPECTED: {"close": S.REJECTED},
    S.CUSTOMS_CONFIRMED: {"close": S.REJECTED},
    S.REFUNDED: {},
    S.REJECTED: {},
    S.WITHDRAWN: {},
}
"""What each deed leads to; what is not named is refused."""


class TestStates:
    @pytest.mark.parametrize("move", MOVES)
    @pytest.mark.parametrize("state", ReturnState)
    def test_move_along_their_edges_and_no_others(self, state: ReturnState, move: str) -> None:
        before = AT[state]
        assert before.state is state

        if move in EDGES[state]:
            after = MOVES[move](before)
            assert after.state is EDGES[state][move]
            assert after.version > before.version
        else:
            with pytest.raises(ReturnNotThere) as refused:
                MOVES[move](before)
            assert refused.value.details == {"state": state.value}

    def test_end_with_the_refund_of_goods_and_tax_and_not_before(self) -> None:
        waiting = AT[S.CUSTOMS_CONFIRMED]

        assert waiting.due == cny(6_437)
        assert waiting.settled() is waiting
        assert waiting.paid(cny(6_436)).settled().state is S.CUSTOMS_CONFIRMED
        assert waiting.paid(cny(5_800)).paid(cny(637)).settled().state is S.REFUNDED

    def test_end_with_the_goods_alone_when_the_tax_stays(self) -> None:
        inspected = AT[S.INSPECTED].taxed(TAX_STAYS)

        assert inspected.due == cny(5_800)
        assert inspected.paid(cny(5_800)).settled().state is S.REFUNDED

    def test_wait_for_customs_even_when_the_money_came_first(self) -> None:
        paid = AT[S.INSPECTED].paid(cny(6_437))

        assert paid.settled().state is S.INSPECTED
        assert paid.taxed(TAX_BACK).settled().state is S.REFUNDED

    def test_end_rejected_when_nothing_is_due(self) -> None:
        wrong = a_return(answer=ALLOWED, received_at=NOON, inspection=found("wrong-goods", None))

        closed = wrong.taxed(TAX_STAYS).settled()

        assert (closed.state, closed.outcome_reason) == (S.REJECTED, "wrong-goods")

    def test_keep_the_first_answer_of_customs(self) -> None:
        assert AT[S.INSPECTED].taxed(TAX_BACK).taxed(TAX_STAYS).tax == TAX_BACK


class TestWindow:
    def test_holds_to_the_end_of_its_last_day_in_the_country_and_not_after(self) -> None:
        terms = terms_from(RULES, released_at=NOON)  # 2026-09-01, 20:00 in Shanghai
        ends = datetime(2026, 10, 1, 16, tzinfo=UTC)  # the midnight after 2026-10-01 there

        assert not terms.is_late(ends - timedelta(microseconds=1))
        assert terms.is_late(ends)
        assert terms.arrive_by == ends + timedelta(days=15)


class TestLines:
    ORDERED = (a_line(quantity=3),)

    def test_may_come_back_in_parts_up_to_what_was_ordered(self) -> None:
        check_lines([ReturnLine(line_no=1, quantity=2)], self.ORDERED, returning={1: 1})

        with pytest.raises(ReturnTooMuch) as refused:
            check_lines([ReturnLine(line_no=1, quantity=3)], self.ORDERED, returning={1: 1})
        assert refused.value.details == {"left": 2}

    def test_must_be_lines_of_the_order_and_each_once(self) -> None:
        line = ReturnLine(line_no=1, quantity=1)
        for wanted in ([ReturnLine(line_no=2, quantity=1)], [line, line]):
            with pytest.raises(ReturnLineUnknown):
                check_lines(wanted, self.ORDERED, returning={})


class TestRefund:
    ORDERED = (a_line(quantity=2),)
    ANNOUNCED = (ReturnLine(line_no=1, quantity=2),)

    def test_is_the_price_of_what_is_as_new_or_opened_and_less_for_damage(self) -> None:
        one_each = [graded(), graded(Grade.DAMAGED, refund=cny(1_000))]

        assert goods_refund(one_each, self.ANNOUNCED, self.ORDERED) == cny(6_800)
        opened = [graded(Grade.OPENED, quantity=2)]
        assert goods_refund(opened, self.ANNOUNCED, self.ORDERED) == cny(11_600)

    def test_is_nothing_for_wrong_goods(self) -> None:
        wrong = [graded(Grade.WRONG_GOODS, quantity=2)]

        assert goods_refund(wrong, self.ANNOUNCED, self.ORDERED) is None

    @pytest.mark.parametrize(
        "line",
        [
            graded(refund=cny(5_801)),
            graded(refund=cny(-1)),
            graded(Grade.DAMAGED),
            graded(Grade.WRONG_GOODS, refund=cny(1)),
        ],
    )
    def test_stays_between_nothing_and_the_price(self, line: object) -> None:
        with pytest.raises(RefundTooHigh):
            goods_refund([line, graded()], self.ANNOUNCED, self.ORDERED)  # type: ignore[list-item]

    def test_needs_every_piece_graded(self) -> None:
        for pieces in ([graded()], [graded(quantity=3)], [graded(quantity=2, line_no=2)]):
            with pytest.raises(InspectionIncomplete):
                goods_refund(pieces, self.ANNOUNCED, self.ORDERED)


class TestCondition:
    @pytest.mark.parametrize(
        ("grades", "condition"),
        [
            ((Grade.AS_NEW,), "original"),
            ((Grade.AS_NEW, Grade.OPENED), "damaged"),
            ((Grade.DAMAGED,), "damaged"),
            ((Grade.DAMAGED, Grade.WRONG_GOODS), "wrong-goods"),
        ],
    )
    def test_is_that_of_the_worst_piece(self, grades: tuple[Grade, ...], condition: str) -> None:
        assert condition_of([graded(grade) for grade in grades]) == condition


class TestLabel:
    def test_shows_the_number_and_lets_no_command_through(self) -> None:
        zpl = zpl_of(return_id="ret_cn-hgh_1", order_no="A^XZ~1", address="1 Wensan Road " * 5)

        assert "^FDret_cn-hgh_1^FS" in zpl
        assert "order A XZ 1" in zpl
        assert zpl.count("^XZ") == 1
        assert zpl.count("Wensan") == 5
