"""What `logistics` tells payments: an order's parcels, who got theirs, what freight cost."""

from services.payments.domain.settlement import FreightDue
from services.payments.store.tx import PaymentsTx
from services.payments.usecases.charge_freight import charge_freight
from services.payments.usecases.note_parcel import note_parcel
from shared.contracts.logistics.events import (
    FreightShared,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelLost,
)
from shared.messaging.consumer import on


async def on_parcel_booked(event: ParcelBooked, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        is_booked=True,
        lines=event.lines or (),
    )


async def on_parcel_cancelled(event: ParcelCancelled, tx: PaymentsTx) -> None:
    await note_parcel(
        tx, order_id=event.order_id, logistics_no=event.logistics_no, is_cancelled=True
    )


async def on_parcel_delivered(event: ParcelDelivered, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        delivered_at=event.delivered_at,
    )


async def on_parcel_lost(event: ParcelLost, tx: PaymentsTx) -> None:
    await note_parcel(
        tx,
        order_id=event.order_id,
        logistics_no=event.logistics_no,
        lost_at=event.lost_at,
        insured_minor=event.insured.amount_minor,
        insured_currency=event.insured.currency if event.insured.amount_minor else "",
    )


async def on_freight_shared(event: FreightShared, tx: PaymentsTx) -> None:
    shares = [
        FreightDue(share.order_id, share.seller_id, share.amount.amount_minor)
        for share in event.shares
    ]
    await charge_freight(
        tx,
        consolidation_id=event.consolidation_id,
        currency=event.total.currency,
        shares=shares,
    )


SUBSCRIPTIONS = [
    on(ParcelBooked, on_parcel_booked, source="both"),
    on(ParcelCancelled, on_parcel_cancelled, source="both"),
    on(ParcelDelivered, on_parcel_delivered),
    on(ParcelLost, on_parcel_lost, source="both"),
    on(FreightShared, on_freight_shared),
]
