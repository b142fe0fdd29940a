"""Release some lines of an order while others are held: their proceeds, and not a unit more.

What the held lines may claim stays in escrow, with the tax on which no bill has come; the last
release takes all that is left, so whatever was rounded or refunded on the way, the order ends at
zero.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import Command, Touches
from services.payments.domain.line import LineEnd, OrderLine
from services.payments.domain.order import OrderMoney
from services.payments.domain.payment import Step
from services.payments.domain.proceeds import Seller, over_cap, pay_seller, released
from services.payments.domain.rejections import (
    CapExceeded,
    DisputeOpen,
    OrderAlreadyReleased,
    OrderNotKnown,
    Rejection,
    not_yet,
    refuse,
)
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer, transfer_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseLines(Command):
    """These lines are delivered and cleared, and others of the order are not."""

    NAME: ClassVar[str] = "release-lines"
    ABOUT: ClassVar[str] = "order_id"

    order_id: str
    payment_id: str
    seller_id: str
    seller_hub: str
    currency: str
    lines: tuple[int, ...]

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.escrow(self.order_id, self.currency),
            accounts.fees(self.currency),
            *Seller(self.seller_id, self.seller_hub).accounts(hub, self.currency),
        )


def release_lines(state: State, command: ReleaseLines, context: Context) -> Decision | Rejection:
    order = state.orders.get(command.order_id)
    payment = state.payments.get(command.payment_id)
    if order is None or payment is None:
        return not_yet(OrderNotKnown, "the order is not known here", field="order_id")
    if order.dispute_id:
        return not_yet(DisputeOpen, "the order has an open dispute", dispute_id=order.dispute_id)
    claims = order.claims()
    if order.is_released or not claims.keys() >= set(command.lines):
        return refuse(OrderAlreadyReleased, "a line was released before", order_id=order.id)
    after = payment.after(Step.RELEASE)
    if isinstance(after, Rejection):
        return after
    escrow, fees, *_ = command.accounts(context.hub)
    taken = _taken(order, claims, command.lines, held=state.accounts[escrow].available)
    next_order = order.with_commission_on(_goods(order, command.lines))
    commission = min(taken, order.commission_to(next_order, context.rules.commission))
    proceeds = taken - commission
    if over_cap(state, command.seller_hub, command.currency, context, proceeds):
        return not_yet(CapExceeded, "we owe that hub as much as we may", peer=command.seller_hub)
    transfers = []
    if commission:
        transfers.append(Transfer(escrow, fees, commission, Purpose.COMMISSION, order.id))
    proceeds_at = len(transfers) if proceeds else 0
    seller = Seller(command.seller_id, command.seller_hub)
    transfers += pay_seller(
        state, seller, context.hub, source=escrow, amount=proceeds, ref=order.id
    )
    next_order = replace(next_order, lines=_ended(order, command.lines), version=order.version + 1)
    fact = released(
        next_order,
        amount=proceeds,
        commission=commission,
        tax=0,
        transfer=transfer_id(context.hub, command.id, proceeds_at),
        lines=command.lines,
    )
    answer = {
        "order_id": order.id,
        "lines": list(command.lines),
        "proceeds_minor": proceeds,
        "commission_minor": commission,
    }
    return decided(state, transfers, answer=answer, changed=(next_order,), facts=(fact,))


def _taken(order: OrderMoney, claims: dict[int, int], lines: tuple[int, ...], *, held: int) -> int:
    """Return what of the escrow is for these lines: never what others or the tax may need."""
    asked = sum(claims[no] for no in lines)
    needed = sum(claims.values()) - asked + order.tax_expected_minor
    return max(0, min(asked, held - needed))


def _goods(order: OrderMoney, lines: tuple[int, ...]) -> int:
    return sum(line.goods_left_minor for line in order.lines if line.no in lines)


def _ended(order: OrderMoney, lines: tuple[int, ...]) -> tuple[OrderLine, ...]:
    released_now = LineEnd.RELEASED.value
    return tuple(
        line._replace(end=released_now) if line.no in lines else line for line in order.lines
    )
