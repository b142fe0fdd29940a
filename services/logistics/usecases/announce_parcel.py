"""Expect a parcel that a peer booked for a buyer here, or stop expecting it."""

from collections.abc import Sequence

from services.logistics.domain.inbound import InboundParcel
from services.logistics.domain.tracking import TrackingState
from services.logistics.store.tx import LogisticsTx
from shared.kernel.errors import Forbidden
from shared.kernel.money import Money


class NotTheSender(Forbidden):
    """Only the hub where an order is sold books and sends its parcels."""

    code = "logistics.not-the-sender"


async def announce_parcel(
    tx: LogisticsTx,
    *,
    blank: InboundParcel,
    parcel_id: str,
    said_by: str,
    insured: Money | None = None,
) -> None:
    """Keep a parcel under the sender's id for it; customs may have spoken of it before."""
    await check_sender(tx, [blank.order_id], said_by=said_by)
    known = await tx.inbound_parcels.hold(blank)
    await tx.inbound_parcels.save(
        known.announced(parcel_id=parcel_id, origin_hub=said_by, insured=insured)
    )


async def call_off_parcel(tx: LogisticsTx, *, blank: InboundParcel, said_by: str) -> None:
    """Take note that a parcel will not come; one that is under way goes on."""
    await check_sender(tx, [blank.order_id], said_by=said_by)
    known = await tx.inbound_parcels.hold(blank)
    await tx.inbound_parcels.save(known.called_off())


async def lose_before_departure(
    tx: LogisticsTx, *, blank: InboundParcel, parcel_id: str, said_by: str
) -> None:
    """Take note that a parcel was lost before it left; one that is under way goes on."""
    await check_sender(tx, [blank.order_id], said_by=said_by)
    known = (await tx.inbound_parcels.hold(blank)).announced(
        parcel_id=parcel_id, origin_hub=said_by
    )
    await tx.inbound_parcels.save(known.lost_before(TrackingState.LOST))


async def check_sender(tx: LogisticsTx, order_ids: Sequence[str], *, said_by: str) -> None:
    """Raise NotTheSender when an order is known and sold at another hub than `said_by`."""
    elsewhere = await tx.heard_orders.sold_elsewhere(order_ids, hub=said_by)
    if elsewhere is not None:
        raise NotTheSender(f"{said_by} does not sell order {elsewhere}")
