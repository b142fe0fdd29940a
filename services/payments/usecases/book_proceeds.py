"""Book what a peer hub says about our sellers' proceeds: owed to us, or taken back."""

from typing import Any

from services.payments.domain.settlement import ReceiveProceeds, ReturnProceeds
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.commit import post
from shared.kernel.errors import Rejected
from shared.kernel.ids import derived_id
from shared.kernel.money import Money


class ProceedsNotOurs(Rejected):
    """Proceeds are told to the seller's hub only, and are never negative."""

    code = "payments.proceeds-not-ours"


async def book_proceeds(
    tx: PaymentsTx,
    kind: type[ReceiveProceeds] | type[ReturnProceeds],
    *,
    peer: str,
    hub: str,
    order_id: str,
    seller_id: str,
    amount: Money,
    transfer_id: str,
    order_no: str,
    obligation_no: int | None,
) -> None:
    """Book one message of `peer` to `hub`; the same transfer of the peer is booked once."""
    if hub != tx.hub or peer == tx.hub or amount.minor < 0:
        raise ProceedsNotOurs(f"{peer} told {hub} {amount.minor}", order_id=order_id)
    looked_up: dict[str, Any] = {}
    if kind is ReceiveProceeds:
        open_ids = await tx.finance.open_ids(seller_id, currency=amount.currency)
        looked_up = {"advances": open_ids}
    command = kind(
        id=derived_id("cmd", tx.hub, kind.NAME, peer, transfer_id),
        peer=peer,
        peer_transfer_id=transfer_id,
        order_id=order_id,
        seller_id=seller_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        **looked_up,
    )
    outcome = await post(tx, command)
    outcome.answered()
    if obligation_no is not None and amount.minor:
        await tx.windows.add(
            peer,
            tx.hub,
            amount.currency,
            no=obligation_no,
            transfer_id=transfer_id,
            order_id=order_id,
            order_no=order_no,
            seller_id=seller_id,
            amount_minor=amount.minor if kind is ReceiveProceeds else -amount.minor,
        )
