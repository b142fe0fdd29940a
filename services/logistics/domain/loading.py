"""A consolidation as a load: its unit's inside, a box per parcel, and who may not meet."""

from collections.abc import Sequence

from services.logistics.domain.packing.request import Container, Item, LoadRequest
from services.logistics.domain.parcel import Parcel
from services.logistics.domain.segregation import SegregationTable
from services.logistics.domain.units import UnitType


def load_of(
    parcels: Sequence[Parcel], *, unit: UnitType, segregation: SegregationTable
) -> LoadRequest:
    """Return the load of these parcels in a unit of this type; `sku` is the parcel's id.

    Parcels may stand on any side: what a seller packs has no mark for this side up yet.
    """
    return LoadRequest(
        container=Container(
            length_mm=unit.inside.length_mm,
            width_mm=unit.inside.width_mm,
            height_mm=unit.inside.height_mm,
            payload_g=unit.payload_g,
            door_width_mm=min(unit.door_width_mm, unit.inside.width_mm),
            door_height_mm=min(unit.door_height_mm, unit.inside.height_mm),
        ),
        items=tuple(
            Item(
                sku=parcel.id,
                length_mm=parcel.size.length_mm,
                width_mm=parcel.size.width_mm,
                height_mm=parcel.size.height_mm,
                weight_g=parcel.gross_g,
                dangerous_class=parcel.handling.dangerous_class or None,
            )
            for parcel in parcels
        ),
        apart=segregation.apart(parcel.handling.dangerous_class for parcel in parcels),
    )
