"""Record the carrier's waybill, at the buyer's hub only, and correct it."""

from services.logistics.domain.booking import RETRY_AFTER_S, OrderNotKnown
from services.logistics.domain.consignee import CarrierWaybill
from services.logistics.store.tx import LogisticsTx
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import WaybillRecorded


async def record_waybill(
    tx: LogisticsTx, *, waybill: CarrierWaybill, for_anyone: bool
) -> CarrierWaybill:
    """Record a waybill of an order placed here by the recorder, or by anyone for a carrier.

    Raises OrderNotKnown or WaybillExists.
    """
    await _check_order(tx, waybill, for_anyone=for_anyone)
    await tx.waybills.add(waybill)
    await _say_recorded(tx, waybill)
    return waybill


async def correct_waybill(
    tx: LogisticsTx, *, waybill_id: str, correction: CarrierWaybill, for_anyone: bool
) -> CarrierWaybill:
    """Put the correction in the place of the waybill; raises WaybillUnchanged."""
    known = await tx.waybills.get(waybill_id, lock=True)
    await _check_order(tx, correction, for_anyone=for_anyone)
    corrected = known.corrected(correction)
    await tx.waybills.save(corrected)
    await _say_recorded(tx, corrected)
    return corrected


async def _check_order(tx: LogisticsTx, waybill: CarrierWaybill, *, for_anyone: bool) -> None:
    orders = await tx.heard_orders.numbered(waybill.order_no)
    here = [order for order in orders if order.buyer_hub == tx.hub]
    if not any(for_anyone or order.marketplace_id == waybill.recorded_by for order in here):
        raise OrderNotKnown(
            "no such order was placed here", field="order_no", retry_after_s=RETRY_AFTER_S
        )


async def _say_recorded(tx: LogisticsTx, waybill: CarrierWaybill) -> None:
    event = WaybillRecorded(
        waybill_id=waybill.id,
        logistics_no=waybill.logistics_no,
        order_no=waybill.order_no,
        version=waybill.version,
        carrier_code=waybill.carrier_code,
        master_waybill=waybill.master_waybill,
        freight=MoneyWords.of(waybill.freight),
        insured=MoneyWords.of(waybill.insured),
        gross_weight_g=waybill.gross_g,
        packages=waybill.packages,
        consignee_name=waybill.consignee.name,
        consignee_phone=waybill.consignee.phone,
        consignee_address=waybill.consignee.address,
    )
    await tx.emit(event, key=waybill.id, sequence=waybill.version)
