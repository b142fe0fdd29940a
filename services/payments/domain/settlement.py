"""The seller's hub: proceeds a peer owes, proceeds it takes back, and freight the seller owes."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from services.payments.domain import accounts
from services.payments.domain.accounts import AccountKey
from services.payments.domain.commands import Command
from services.payments.domain.proceeds import Seller, charge_seller, pay_seller
from services.payments.domain.rejections import Rejection
from services.payments.domain.state import Context, Decision, State, decided
from services.payments.domain.transfers import Purpose, Transfer


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
    return decided(state, transfers, answer={"order_id": command.order_id})


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
