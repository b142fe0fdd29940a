"""Tell customs at both ends what a unit that left carries: one master bill, a house bill each."""

from collections.abc import Sequence
from datetime import datetime

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.handling_unit import UnitKind
from services.logistics.domain.parcel import Parcel
from services.logistics.store.tx import LogisticsTx
from shared.contracts.logistics.events import ConsolidationManifested, HouseBill


async def say_manifest(
    tx: LogisticsTx, departed: Consolidation, parcels: Sequence[Parcel], *, departed_at: datetime
) -> None:
    """Say the manifest of a unit that was weighed and released."""
    assert departed.gate_weight_g is not None, "what departed was weighed at the gate"
    assert departed.export_declaration_id is not None, "what departed was released"
    tree = await tx.handling_units.of_consolidation(departed.id)
    stands_in = {unit.parcel_id: unit.sscc for unit in tree if unit.parcel_id is not None}
    root = next((unit.sscc for unit in tree if unit.kind is UnitKind.TRANSPORT), None)
    event = ConsolidationManifested(
        consolidation_id=departed.id,
        master_waybill=departed.master_waybill,
        mode="air" if departed.lane.by_air else "sea",
        unit_no=departed.unit_no,
        unit_type=departed.unit_type,
        sscc=root,
        seals=departed.seals,
        origin=departed.lane.origin,
        destination=departed.lane.destination,
        export_declaration_id=departed.export_declaration_id,
        gross_weight_g=sum(parcel.gross_g for parcel in parcels),
        gate_weight_g=departed.gate_weight_g,
        packages=sum(parcel.packages for parcel in parcels),
        temperature=departed.handling.temperature.value,
        bonded=departed.handling.bonded,
        dangerous_class=departed.handling.dangerous_class or None,
        houses=tuple(
            HouseBill(
                parcel_id=parcel.id,
                logistics_no=parcel.logistics_no,
                order_no=parcel.order_no,
                gross_weight_g=parcel.gross_g,
                packages=parcel.packages,
                sscc=stands_in.get(parcel.id),
            )
            for parcel in parcels
        ),
        departed_at=departed_at,
    )
    await tx.emit(
        event,
        key=departed.id,
        audience=(departed.lane.destination_hub,),
        sequence=departed.version,
    )
