"""Say that a unit's export was released, to the hub it goes to and to the permits it uses up."""

from collections.abc import Sequence

from services.customs.domain.export import (
    HS_DIGITS_SHARED,
    ExportDeclaration,
    ExportedParcel,
    ExportState,
    seller_goods,
)
from services.customs.domain.manifest import DeclaredParcel, DeclaredQuantity, DeclaredUnit
from services.customs.store.tx import CustomsTx
from services.customs.usecases.check_manifest import note_declared
from shared.contracts.customs.events import (
    ExportGoods,
    ExportLine,
    ExportParcel,
    ExportReleased,
)
from shared.contracts.event import MoneyWords


async def announce_export(
    tx: CustomsTx, declaration: ExportDeclaration, parcels: Sequence[ExportedParcel]
) -> None:
    """Say the release if the declaration has just reached it."""
    if declaration.state is not ExportState.RELEASED:
        return
    assert declaration.released_at is not None, "a released declaration knows when"
    assert declaration.fob_total is not None, "a released declaration knows its value"
    await note_declared(tx, declaration.unit.consolidation_id, _declared_unit(declaration, parcels))
    event = ExportReleased(
        declaration_id=declaration.id,
        form=declaration.forms[0],
        consolidation_id=declaration.unit.consolidation_id,
        master_waybill=declaration.unit.master_waybill,
        lines=tuple(
            ExportLine(
                hs_code=line.hs_code,
                quantity=line.quantity,
                net_weight_g=line.net_weight_g,
                fob=MoneyWords.of(line.fob),
            )
            for line in declaration.lines
        ),
        parcels=tuple(
            ExportParcel(
                parcel_id=parcel.parcel_id,
                logistics_no=parcel.logistics_no,
                order_id=parcel.order_id,
                order_no=parcel.order_no,
                gross_weight_g=parcel.gross_weight_g,
                net_weight_g=parcel.net_weight_g,
                fob=MoneyWords.of(parcel.fob),
            )
            for parcel in parcels
        ),
        goods=tuple(
            ExportGoods(
                seller_id=goods.seller_id,
                hs_code=goods.hs_code,
                quantity=goods.quantity,
                net_weight_g=goods.net_weight_g,
            )
            for goods in seller_goods(parcels)
        ),
        fob_total=MoneyWords.of(declaration.fob_total),
        fob_local=None if declaration.fob_local is None else MoneyWords.of(declaration.fob_local),
        released_at=declaration.released_at,
    )
    await tx.emit(
        event,
        key=declaration.id,
        audience=(declaration.unit.destination_hub,),
        sequence=declaration.version,
    )


def _declared_unit(
    declaration: ExportDeclaration, parcels: Sequence[ExportedParcel]
) -> DeclaredUnit:
    assert declaration.released_at is not None, "a released declaration knows when"
    return DeclaredUnit(
        declaration_id=declaration.id,
        master_waybill=declaration.unit.master_waybill,
        parcels=tuple(
            DeclaredParcel(
                logistics_no=parcel.logistics_no,
                order_no=parcel.order_no,
                gross_weight_g=parcel.gross_weight_g,
                goods=tuple(
                    DeclaredQuantity(
                        hs_code=goods.hs_code[:HS_DIGITS_SHARED], quantity=goods.quantity
                    )
                    for goods in parcel.goods
                ),
            )
            for parcel in parcels
        ),
        released_at=declaration.released_at,
    )
