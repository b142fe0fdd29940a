"""Say that a parcel is gone and what is due for it, at whichever end it was lost."""

from dataclasses import dataclass

from services.logistics.domain.incident import IncidentReason
from services.logistics.domain.insurance import due
from services.logistics.store.tx import LogisticsTx
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import ParcelLost
from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A parcel nobody will see again."""

    parcel_id: str
    logistics_no: str
    order_id: str
    order_no: str
    insured: Money | None


async def say_lost(
    tx: LogisticsTx, gone: Gone, *, reason: IncidentReason | None, audience: str, sequence: int
) -> None:
    """Tell both hubs once; the states a parcel can be lost in are final."""
    order = await tx.heard_orders.find(gone.order_id)
    event = ParcelLost(
        parcel_id=gone.parcel_id,
        logistics_no=gone.logistics_no,
        order_id=gone.order_id,
        order_no=gone.order_no,
        seller_id=order.seller_id if order is not None and order.known else None,
        insured=MoneyWords.of(due(gone.insured, reason)),
        reason=reason,
        lost_at=tx.now,
    )
    await tx.emit(event, key=gone.parcel_id, audience=(audience,), sequence=sequence)
