"""Book a parcel for an order that is cleared and paid for."""

from dataclasses import dataclass
from datetime import datetime

from services.logistics.domain.booking import RETRY_AFTER_S, HeardOrder, OrderNotKnown
from services.logistics.domain.lane import office_of
from services.logistics.domain.parcel import Handling, Parcel
from services.logistics.domain.tracking import parcel_subject
from services.logistics.domain.waybill import check_logistics_no, house_waybill
from services.logistics.domain.weights import Dimensions
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import ParcelBooked
from shared.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class Packed:
    """What the seller packed."""

    gross_g: int
    size: Dimensions
    packages: int
    handling: Handling
    insured: Money | None = None
    due_at: datetime | None = None
    lines: tuple[int, ...] | None = None


async def book_parcel(
    tx: LogisticsTx, *, order_id: str, member_id: str, packed: Packed, logistics_no: str | None
) -> Parcel:
    """Book a parcel for the order's seller or platform, who alone may know of the order.

    Raises OrderNotKnown, or the first reason of HeardOrder.check_bookable; a number of the hub's
    own series is given unless `logistics_no` brings one.
    """
    order = await tx.heard_orders.find(order_id, lock=True)
    if order is None or not order.sold_by(member_id, hub=tx.hub):
        raise OrderNotKnown("no such order is sold here", retry_after_s=RETRY_AFTER_S)
    order.check_bookable()
    order.check_lines(packed.lines or ())
    parcel = Parcel(
        id=tx.ids.new("pcl"),
        logistics_no=await _number(tx, logistics_no),
        order_id=order.order_id,
        order_no=order.order_no,
        seller_id=order.seller_id,
        marketplace_id=order.marketplace_id,
        destination_hub=order.buyer_hub,
        gross_g=packed.gross_g,
        size=packed.size,
        packages=packed.packages,
        handling=packed.handling,
        insured=packed.insured,
        due_at=packed.due_at,
    )
    await tx.parcels.add(parcel, booked_at=tx.now)
    await _say_booked(tx, parcel, order, packed)
    return parcel


async def _number(tx: LogisticsTx, given: str | None) -> str:
    office = office_of(tx.hub)
    if given is not None:
        return check_logistics_no(given, office=office, field="logistics_no")
    return house_waybill(office, await tx.numbers.next(f"house:{office}"))


async def _say_booked(tx: LogisticsTx, parcel: Parcel, order: HeardOrder, packed: Packed) -> None:
    event = ParcelBooked(
        parcel_id=parcel.id,
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        order_no=parcel.order_no,
        seller_id=parcel.seller_id,
        destination_hub=parcel.destination_hub,
        gross_weight_g=parcel.gross_g,
        length_mm=parcel.size.length_mm,
        width_mm=parcel.size.width_mm,
        height_mm=parcel.size.height_mm,
        packages=parcel.packages,
        insured=MoneyWords.of(parcel.insured) if parcel.insured else None,
        lines=packed.lines,
    )
    await tx.emit(event, key=parcel.id, audience=(order.buyer_hub,), sequence=parcel.version)
    await note_activity(
        tx, parcel_subject(parcel.order_id, parcel.logistics_no), activity=parcel.state.value
    )
