"""Who is owed what after an order: the authority, the hub, the seller's hub, the seller.

`due_to_hub` here and `due_from_hub` at the peer are a mirror pair: both are fed by the same events,
so they are equal once both hubs have heard each other.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import Command, Touches
from services.payments.domain.facts import Fact, Reclaimed, Released
from services.payments.domain.line import all_ended
from services.payments.domain.order import OrderMoney
from services.payments.domain.payment import Step
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

TAX_SHORT = "tax-not-covered"
"""Why proceeds are reclaimed when the escrow does not cover the tax bill."""


class Seller(NamedTuple):
    """A seller as seen from one hub: at home, or standing behind a peer hub."""

    id: str
    hub: str

    def accounts(self, here: str, currency: str) -> tuple[AccountKey, ...]:
        """Return the accounts through which this seller is paid or charged at hub `here`."""
        if self.hub != here:
            return (accounts.due_to_hub(self.hub, currency),)
        return (
            accounts.seller_available(self.id, currency),
            accounts.seller_receivable(self.id, currency),
            accounts.seller_reserve(self.id, currency),
        )


def pay_seller(
    state: State, seller: Seller, here: str, *, source: AccountKey, amount: int, ref: str
) -> list[Transfer]:
    """Return the transfers that pay `amount` on; what the seller owes is repaid out of it."""
    if amount == 0:
        return []
    target = seller.accounts(here, source.currency)
    transfers = [Transfer(source, target[0], amount, Purpose.PROCEEDS, ref)]
    if len(target) > 1:
        repaid = min(amount, state.accounts[target[1]].balance)
        if repaid:
            purpose = Purpose.RECEIVABLE_REPAID
            transfers.append(Transfer(target[0], target[1], repaid, purpose, ref))
    return transfers


def charge_seller(
    state: State, seller: Seller, here: str, *, target: AccountKey, amount: int, ref: str
) -> list[Transfer]:
    """Return the transfers that take `amount` back: never refused, never silent.

    A seller at home pays from its reserve, then from what is available, and owes the rest; a peer
    hub is charged whole and does the same at its own place.
    """
    if amount == 0:
        return []
    purpose = Purpose.PROCEEDS_RECLAIMED
    source = seller.accounts(here, target.currency)
    if len(source) == 1:
        return [Transfer(source[0], target, amount, purpose, ref)]
    available, receivable, reserve = source
    kept_back = min(amount, max(0, state.accounts[reserve].available))
    paid = min(amount - kept_back, max(0, state.accounts[available].available))
    parts = ((reserve, kept_back), (available, paid), (receivable, amount - kept_back - paid))
    return [Transfer(account, target, part, purpose, ref) for account, part in parts if part]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrder(Command):
    """Everything of the order is delivered and cleared: pay tax, commission and seller.

    `tax_minor` is all of the order's tax; most of it was booked when its bills came.
    """

    NAME: ClassVar[str] = "release-order"
    ABOUT: ClassVar[str] = "order_id"

    order_id: str
    payment_id: str
    seller_id: str
    seller_hub: str
    currency: str
    tax_minor: int
    tax_authority: str
    tax_period: str

    def touches(self) -> Touches:
        return Touches(orders=(self.order_id,), payments=(self.payment_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.escrow(self.order_id, self.currency),
            accounts.tax_payable(self.tax_authority, self.tax_period, self.currency),
            accounts.fees(self.currency),
            *Seller(self.seller_id, self.seller_hub).accounts(hub, self.currency),
        )


class Waterfall(NamedTuple):
    """How an order's escrow divides, in minor units; `short` is tax it does not cover."""

    tax: int
    commission: int
    proceeds: int
    short: int


def waterfall(*, held: int, tax_due: int, commission: int) -> Waterfall:
    """Return the division: tax first, then commission, then the seller."""
    tax = min(tax_due, held)
    kept = min(commission, held - tax)
    return Waterfall(tax, kept, held - tax - kept, tax_due - tax)


def release_order(state: State, command: ReleaseOrder, context: Context) -> Decision | Rejection:
    order = state.orders.get(command.order_id)
    payment = state.payments.get(command.payment_id)
    if order is None or payment is None:
        return not_yet(OrderNotKnown, "the order is not known here", field="order_id")
    if order.dispute_id:
        return not_yet(DisputeOpen, "the order has an open dispute", dispute_id=order.dispute_id)
    if order.is_released:
        return refuse(OrderAlreadyReleased, "the order was released before", order_id=order.id)
    after = payment.after(Step.RELEASE)
    if isinstance(after, Rejection):
        return after
    escrow, tax_account, fee_account, *_ = command.accounts(context.hub)
    whole = order.with_commission_on(order.goods_minor)
    parts = waterfall(
        held=state.accounts[escrow].available,
        tax_due=max(0, command.tax_minor - order.tax_booked_minor),
        commission=order.commission_to(whole, context.rules.commission),
    )
    if over_cap(state, command.seller_hub, command.currency, context, parts.proceeds):
        return not_yet(CapExceeded, "we owe that hub as much as we may", peer=command.seller_hub)
    ours = (
        Transfer(escrow, tax_account, parts.tax, Purpose.TAX, order.id),
        Transfer(escrow, fee_account, parts.commission, Purpose.COMMISSION, order.id),
    )
    transfers = [transfer for transfer in ours if transfer.amount]
    seller = Seller(command.seller_id, command.seller_hub)
    # Without proceeds there is no such transfer; the command's first one stands for it.
    proceeds_at = len(transfers) if parts.proceeds else 0
    transfers += pay_seller(
        state, seller, context.hub, source=escrow, amount=parts.proceeds, ref=order.id
    )
    short_at = len(transfers)
    transfers += charge_seller(
        state, seller, context.hub, target=tax_account, amount=parts.short, ref=order.id
    )
    released, facts = _told(
        replace(whole, is_released=True, lines=all_ended(order.lines), version=order.version + 1),
        parts,
        tax=command.tax_minor,
        proceeds_id=transfer_id(context.hub, command.id, proceeds_at),
        short_id=transfer_id(context.hub, command.id, short_at),
        here=context.hub,
    )
    return decided(
        state,
        transfers,
        answer={
            "order_id": order.id,
            "proceeds_minor": parts.proceeds,
            "commission_minor": parts.commission,
        },
        changed=(replace(payment, state=after), released),
        facts=facts,
    )


def over_cap(state: State, seller_hub: str, currency: str, context: Context, proceeds: int) -> bool:
    """Say whether these proceeds would take what we owe the seller's hub above its cap.

    The account is locked with the command, so concurrent releases can't pass the cap together.
    """
    cap = context.rules.net_debit_caps.get((seller_hub, currency))
    if cap is None or seller_hub == context.hub or proceeds == 0:
        return False
    owed = state.accounts[accounts.due_to_hub(seller_hub, currency)].balance
    return owed + proceeds > cap


def _told(
    order: OrderMoney, parts: Waterfall, *, tax: int, proceeds_id: str, short_id: str, here: str
) -> tuple[OrderMoney, list[Fact]]:
    """Return what to say about a release, and the order with those words counted."""
    facts: list[Fact] = [
        released(
            order,
            amount=parts.proceeds,
            commission=parts.commission,
            tax=tax,
            transfer=proceeds_id,
        )
    ]
    if parts.short and order.seller_hub != here:
        order = replace(order, version=order.version + 1)
        facts.append(reclaimed(order, amount=parts.short, reason=TAX_SHORT, transfer=short_id))
    return order, facts


def released(
    order: OrderMoney,
    *,
    amount: int,
    commission: int,
    tax: int,
    transfer: str,
    lines: tuple[int, ...] = (),
) -> Released:
    """Say to the seller's hub what it is owed for an order."""
    return Released(
        order_id=order.id,
        order_no=order.order_no,
        seller_id=order.seller_id,
        creditor_hub=order.seller_hub,
        currency=order.currency,
        amount=amount,
        commission=commission,
        tax=tax,
        transfer_id=transfer,
        version=order.version,
        lines=lines,
    )


def reclaimed(order: OrderMoney, *, amount: int, reason: str, transfer: str) -> Reclaimed:
    """Say to the seller's hub what was taken back from it."""
    return Reclaimed(
        order_id=order.id,
        order_no=order.order_no,
        seller_id=order.seller_id,
        debtor_hub=order.seller_hub,
        currency=order.currency,
        amount=amount,
        reason=reason,
        transfer_id=transfer,
        version=order.version,
    )
