"""One order's money under every sequence Hypothesis can think of; it shrinks what it breaks."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.payments.domain.commands import Command
from services.payments.domain.rejections import Rejection
from services.payments.domain.state import Decision
from tests.builders.payments import (
    CN,
    MY,
    Books,
    an_id,
    an_order,
    authorise,
    capture,
    confirm,
    end,
    refund,
    release,
)

AMOUNTS = st.one_of(st.integers(1, 9_000), st.sampled_from([1, 637, 638, 7636, 7637, 7638]))


class OrderMachine(RuleBasedStateMachine):
    """Any command at any time, any amount, any repetition."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.order = self.books.knows(an_order(seller_hub=CN))
        self.posted: list[tuple[Command, Decision | Rejection]] = []
        self.names = 0

    def post(self, command: Command) -> None:
        before, rows = self.books.counters(), dict(self.books.state.payments)
        outcome = self.books.post(command)
        if isinstance(outcome, Rejection):
            after = self.books.counters()
            assert {key: counters for key, counters in after.items() if any(counters)} == {
                key: counters for key, counters in before.items() if any(counters)
            }
            assert self.books.state.payments == rows
            if not outcome.is_final:
                return
        self.posted.append((command, outcome))

    def name(self) -> str:
        self.names += 1
        return str(self.names)

    @rule(amount=st.one_of(st.just(7637), AMOUNTS), approved=st.booleans())
    def authorise(self, amount: int, *, approved: bool) -> None:
        name = self.name()
        self.post(
            authorise(
                self.order,
                id=an_id("cmd", name),
                payment_id=an_id("pay", name),
                amount_minor=amount,
                is_approved=approved,
            )
        )

    @precondition(lambda self: self.books.state.payments)
    @rule(data=st.data(), amount=AMOUNTS)
    def capture(self, data: st.DataObject, amount: int) -> None:
        payment = data.draw(st.sampled_from(sorted(self.books.state.payments.values(), key=str)))
        self.post(capture(payment, id=an_id("cmd", self.name()), amount_minor=amount))

    @precondition(lambda self: self.books.state.payments)
    @rule(data=st.data(), expired=st.booleans())
    def end(self, data: st.DataObject, *, expired: bool) -> None:
        payment = data.draw(st.sampled_from(sorted(self.books.state.payments.values(), key=str)))
        self.post(end(payment, id=an_id("cmd", self.name()), has_expired=expired))

    @precondition(lambda self: self.books.state.payments)
    @rule(data=st.data(), amount=st.one_of(st.none(), AMOUNTS))
    def refund(self, data: st.DataObject, amount: int | None) -> None:
        payment = data.draw(st.sampled_from(sorted(self.books.state.payments.values(), key=str)))
        self.post(refund(payment, self.name(), amount_minor=amount, seller_hub=CN))

    @precondition(lambda self: self.books.state.refunds)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        asked = data.draw(st.sampled_from(sorted(self.books.state.refunds.values(), key=str)))
        command = refund(self.books.state.payments[asked.payment_id])
        self.post(confirm(command, id=an_id("cmd", self.name()), refund_id=asked.id))

    @precondition(lambda self: self.books.state.orders[self.order.id].payment_id)
    @rule(tax=AMOUNTS)
    def release(self, tax: int) -> None:
        order = self.books.state.orders[self.order.id]
        self.post(
            release(order, id=an_id("cmd", self.name()), payment_id=order.payment_id, tax_minor=tax)
        )

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        command, outcome = data.draw(st.sampled_from(self.posted))
        before = self.books.counters()
        assert self.books.post(command) is outcome
        assert self.books.counters() == before

    @invariant()
    def everything_sums_to_zero(self) -> None:
        assert not any(self.books.sums().values())

    @invariant()
    def counters_are_the_replay(self) -> None:
        assert self.books.counters() == self.books.replayed()

    @invariant()
    def nothing_is_below_its_floor(self) -> None:
        for account in self.books.state.accounts.values():
            assert account.floor is None or account.available >= account.floor

    @invariant()
    def refunds_stay_within_the_capture(self) -> None:
        for payment in self.books.state.payments.values():
            assert 0 <= payment.refunded_minor <= payment.captured_minor
            left = payment.captured_minor - payment.refunded_minor
            assert self.books.balance(f"refundable:{payment.id}") == left

    @invariant()
    def a_seller_at_home_involves_no_other_hub(self) -> None:
        assert self.books.balance(f"due_to_hub:{MY}") == 0


OrderMachine.TestCase.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
TestOrderMachine = OrderMachine.TestCase
