"""Read the bills of a sealed consolidation: forwarders the master, sellers their own houses."""

from services.logistics.domain.bill import BillNotIssued, HouseBill, MasterBill, master_bill_of
from services.logistics.domain.consolidation import Consolidation
from services.logistics.store.parcels import ParcelNotFound
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.queries import Viewer, read_consolidation


async def read_master_bill(tx: LogisticsTx, *, consolidation_id: str, viewer: Viewer) -> MasterBill:
    """Return the master bill for its forwarder or a carrier; raises BillNotIssued."""
    found = await read_consolidation(tx, consolidation_id=consolidation_id, viewer=viewer)
    return await _master(tx, found)


async def read_house_bill(tx: LogisticsTx, *, parcel_id: str, viewer: Viewer) -> HouseBill:
    """Return a parcel's house bill for its seller, platform or forwarder, or a carrier.

    Raises BillNotIssued for a parcel that is in no sealed unit.
    """
    parcel = await tx.parcels.get(parcel_id)
    forwarder = ""
    consolidation: Consolidation | None = None
    if parcel.consolidation_id is not None:
        consolidation = await tx.consolidations.get(parcel.consolidation_id)
        forwarder = consolidation.opened_by
    if not viewer.may_see(parcel.seller_id, parcel.marketplace_id, forwarder):
        raise ParcelNotFound(f"no parcel {parcel_id}")
    if consolidation is None:
        raise BillNotIssued(f"{parcel_id} is in no consolidation")
    master = await _master(tx, consolidation)
    return next(house for house in master.houses if house.parcel_id == parcel_id)


async def _master(tx: LogisticsTx, consolidation: Consolidation) -> MasterBill:
    aboard = await tx.parcels.aboard(consolidation.id)
    return master_bill_of(
        consolidation,
        aboard,
        await tx.consolidations.shares(consolidation.id),
        await tx.heard_orders.goods_of([parcel.order_id for parcel in aboard]),
    )
