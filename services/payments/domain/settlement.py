"""The seller's hub: proceeds a peer owes, proceeds it takes back, and freight the seller owes."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import LOOKED_UP, Command, Touches
from services.payments.domain.proceeds import Seller, charge_seller, pay_seller
from services.payments.domain.rejections import (
    AlreadySettled,
    Rejection,
    ReserveNotDue,
    not_yet,
    refuse,
)
from services.payments.domain.repayment import repay, repayment_accounts
from services.payments.domain.reserve import ReserveSlice
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer
from shared.kernel.ids import derived_id


@dataclass(frozen=True, slots=True, kw_only=True)
class _PeerProceeds(Command):
    """What a peer hub says about one order's proceeds; `peer_transfer_id` is its own posting."""

    ABOUT: ClassVar[str] = "order_id"

    peer: str
    peer_transfer_id: str
    order_id: str
    seller_id: str
    currency: str
    amount_minor: int

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.due_from_hub(self.peer, self.currency),
            *Seller(self.seller_id, hub).accounts(hub, self.currency),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveProceeds(_PeerProceeds):
    """A peer hub released an order of one of our sellers and owes us the proceeds."""

    NAME: ClassVar[str] = "receive-proceeds"

    advances: tuple[str, ...] = field(default=(), metadata=LOOKED_UP)
    """The seller's open advances in this currency: repaid out of what arrives."""

    def touches(self) -> Touches:
        return Touches(advances=self.advances)

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.due_from_hub(self.peer, self.currency),
            *Seller(self.seller_id, hub).accounts(hub, self.currency),
            *repayment_accounts(self.seller_id, self.currency, self.advances),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnProceeds(_PeerProceeds):
    """A peer hub took proceeds back: a refund after release, or tax the escrow did not cover."""

    NAME: ClassVar[str] = "return-proceeds"


class FreightDue(NamedTuple):
    """What one order pays of a consolidation's freight."""

    order_id: str
    seller_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFreight(Command):
    """Book a consolidation's freight: its sellers owe it, its carrier is owed it."""

    NAME: ClassVar[str] = "charge-freight"
    ABOUT: ClassVar[str] = "consolidation_id"

    consolidation_id: str
    currency: str
    shares: tuple[FreightDue, ...]

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        sellers = dict.fromkeys(share.seller_id for share in self.shares)
        return (
            accounts.freight(self.consolidation_id, self.currency),
            *(accounts.seller_freight(seller, self.currency) for seller in sellers),
        )


def receive_proceeds(
    state: State, command: ReceiveProceeds, context: Context
) -> Decision | Rejection:
    transfers = pay_seller(
        state,
        Seller(command.seller_id, context.hub),
        context.hub,
        source=accounts.due_from_hub(command.peer, command.currency),
        amount=command.amount_minor,
        ref=command.order_id,
    )
    left = command.amount_minor - sum(t.amount for t in transfers[1:])
    repaid = repay(
        state,
        context,
        seller_id=command.seller_id,
        currency=command.currency,
        advances=command.advances,
        out_of=left,
    )
    transfers += repaid.transfers
    kept = keep_back(command, context, left - repaid.amount)
    if kept is not None:
        _, available, _, reserve, *_ = command.accounts(context.hub)
        moved = Transfer(available, reserve, kept.amount_minor, Purpose.RESERVE, command.order_id)
        transfers.append(moved)
    return decided(
        state,
        transfers,
        answer={"order_id": command.order_id},
        changed=(*repaid.changed, *(() if kept is None else (kept,))),
        facts=repaid.facts,
    )


def keep_back(command: ReceiveProceeds, context: Context, left: int) -> ReserveSlice | None:
    """Return the slice of a seller's proceeds that is kept back a while, if the hub does that."""
    amount = 0 if context.rules.reserve is None else context.rules.reserve.of(left)
    if amount == 0:
        return None
    return ReserveSlice(
        id=derived_id("rsv", context.hub, command.id),
        seller_id=command.seller_id,
        order_id=command.order_id,
        currency=command.currency,
        amount_minor=min(amount, left),
        release_at=context.now + context.rules.reserve_lifetime,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeReserve(Command):
    """A slice's time is over: what refunds have left of it becomes available."""

    NAME: ClassVar[str] = "free-reserve"
    ABOUT: ClassVar[str] = "order_id"

    slice_id: str
    order_id: str
    seller_id: str
    currency: str

    def touches(self) -> Touches:
        return Touches(reserves=(self.slice_id,))

    def accounts(self, hub: str) -> tuple[AccountKey, ...]:
        return (
            accounts.seller_reserve(self.seller_id, self.currency),
            accounts.seller_available(self.seller_id, self.currency),
        )


def free_reserve(state: State, command: FreeReserve, context: Context) -> Decision | Rejection:
    kept = state.reserves.get(command.slice_id)
    if kept is None or context.now < kept.release_at:
        return not_yet(ReserveNotDue, "the reserve is not due yet", slice_id=command.slice_id)
    if kept.released_at is not None:
        return refuse(AlreadySettled, "the reserve is free already", slice_id=kept.id)
    reserve, available = command.accounts(context.hub)
    amount = min(kept.amount_minor, state.accounts[reserve].available)
    transfer = Transfer(reserve, available, amount, Purpose.RESERVE_RELEASED, kept.order_id)
    return decided(
        state,
        (transfer,) if amount else (),
        answer={"slice_id": kept.id, "freed_minor": amount},
        changed=(replace(kept, released_at=context.now),),
    )


def return_proceeds(
    state: State, command: ReturnProceeds, context: Context
) -> Decision | Rejection:
    transfers = charge_seller(
        state,
        Seller(command.seller_id, context.hub),
        context.hub,
        target=accounts.due_from_hub(command.peer, command.currency),
        amount=command.amount_minor,
        ref=command.order_id,
    )
    return decided(state, transfers, answer={"order_id": command.order_id})


def charge_freight(state: State, command: ChargeFreight, context: Context) -> Decision | Rejection:
    carrier = accounts.freight(command.consolidation_id, command.currency)
    transfers = [
        Transfer(
            accounts.seller_freight(share.seller_id, command.currency),
            carrier,
            share.amount_minor,
            Purpose.FREIGHT,
            share.order_id,
        )
        for share in command.shares
        if share.amount_minor
    ]
    return decided(state, transfers, answer={"consolidation_id": command.consolidation_id})
