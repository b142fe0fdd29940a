"""At the origin: declare a sealed unit for export as soon as every order in it is known."""

from collections.abc import Mapping, Sequence

from services.customs.domain.documents import OrderDocument
from services.customs.domain.export import (
    ExportDeclaration,
    ExportedGoods,
    ExportedParcel,
    ExportState,
    SealedParcel,
    Unit,
    export_lines,
    fob_of,
)
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce_export import announce_export
from services.customs.usecases.check_permits import permit_doubt
from shared.kernel.ids import derived_id


async def draw_up_export(tx: CustomsTx, unit: Unit, parcels: Sequence[SealedParcel]) -> None:
    """Draw up, or draw up again, the declaration of a unit; an older sealing changes nothing."""
    await tx.locks.hold([unit.consolidation_id, *(parcel.order_id for parcel in parcels)])
    before = await tx.exports.of_unit(unit.consolidation_id)
    if before is not None and unit.version <= before.unit.version:
        return
    if before is None:
        declaration_id = derived_id("exp", tx.hub, unit.consolidation_id)
        draft = ExportDeclaration(id=declaration_id, unit=unit)
    else:
        draft = before.redrawn(unit)
    await tx.exports.save(draft)
    await tx.exports.load_unit(unit.consolidation_id, parcels)
    await lodge_export(tx, draft)


async def lodge_waiting_exports(tx: CustomsTx, order_id: str) -> None:
    """Lodge the drafts for which this order was the last one missing."""
    for draft in await tx.exports.drafts_waiting_for(order_id):
        await tx.locks.hold([draft.unit.consolidation_id])
        await lodge_export(tx, await tx.exports.get(draft.id))


async def lodge_export(tx: CustomsTx, draft: ExportDeclaration) -> None:
    """Lodge a draft whose orders are all known and take the simulated authority's answer."""
    sealed = await tx.exports.unit_parcels(draft.unit.consolidation_id)
    orders = await tx.documents.orders({parcel.order_id for parcel in sealed})
    if draft.state is not ExportState.DRAFT or len(orders) < len({p.order_id for p in sealed}):
        return
    parcels = [_exported(parcel, orders) for parcel in sealed]
    on = tx.rulebook.day_of(tx.country, tx.now)
    lines = export_lines(parcels)
    fob = fob_of(lines)
    rates = tx.rulebook.customs_rates(tx.country, on=on)
    local = rates.local(fob) if rates else None
    forms = tx.rulebook.forms(tx.country, "export", local or fob, on=on)
    lane = tx.rulebook.lane(
        tx.country,
        "export",
        subject=draft.unit.master_waybill,
        order_no=draft.unit.master_waybill,
        on=on,
    )
    accepted = draft.lodged(lines, forms=forms, fob_local=local).accepted(lane)
    after = accepted.routed(at=tx.now, doubt=await permit_doubt(tx, accepted, parcels))
    await tx.exports.save(after)
    await announce_export(tx, after, parcels)


async def exported_parcels(tx: CustomsTx, declaration: ExportDeclaration) -> list[ExportedParcel]:
    """Return what a lodged declaration covers, with the goods of each parcel."""
    sealed = await tx.exports.unit_parcels(declaration.unit.consolidation_id)
    orders = await tx.documents.orders({parcel.order_id for parcel in sealed})
    return [_exported(parcel, orders) for parcel in sealed]


def _exported(parcel: SealedParcel, orders: Mapping[str, OrderDocument]) -> ExportedParcel:
    return ExportedParcel(
        parcel_id=parcel.parcel_id,
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        order_no=parcel.order_no,
        seller_id=parcel.seller_id,
        gross_weight_g=parcel.gross_weight_g,
        goods=tuple(
            ExportedGoods(
                hs_code=line.hs_code,
                quantity=line.quantity,
                net_weight_g=line.net_weight_g,
                value=line.total_price,
            )
            for line in orders[parcel.order_id].lines
        ),
    )
