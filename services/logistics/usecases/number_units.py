"""Give numbers to the boxes, bags and pallets of a consolidation, and say what stands in what."""

from collections.abc import Sequence

from services.logistics.domain.handling_unit import (
    HandlingUnit,
    ParcelBoxedAlready,
    UnitKind,
    UnitTreeWrong,
    check_parent,
    sscc_of,
)
from services.logistics.domain.stage import ConsolidationOutOfOrder, ConsolidationState
from services.logistics.store.parcels import ParcelNotFound
from services.logistics.store.tx import LogisticsTx

UNITS_PER_CONSOLIDATION_MAX = 5_000
BEFORE_THE_GATE = frozenset(
    {ConsolidationState.OPEN, ConsolidationState.CUT_OFF, ConsolidationState.SEALED}
)


async def number_units(
    tx: LogisticsTx,
    *,
    consolidation_id: str,
    kind: UnitKind,
    parent: str | None,
    parcel_ids: Sequence[str],
    company_prefix: str,
) -> list[HandlingUnit]:
    """Number a box per parcel, or one empty unit of a larger kind; the first makes the root.

    Raises UnitTreeWrong, ParcelBoxedAlready, ParcelNotFound, and ConsolidationOutOfOrder once the
    carrier has the unit.
    """
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    if consolidation.state not in BEFORE_THE_GATE:
        raise ConsolidationOutOfOrder(
            f"a consolidation that is {consolidation.state} is not packed any more",
            state=consolidation.state.value,
        )
    known = {unit.sscc: unit for unit in await tx.handling_units.of_consolidation(consolidation_id)}
    root = next((unit for unit in known.values() if unit.kind is UnitKind.TRANSPORT), None)
    made: list[HandlingUnit] = []
    if root is None:
        root = await _numbered(tx, consolidation_id, UnitKind.TRANSPORT, None, None, company_prefix)
        made.append(root)
        known[root.sscc] = root
    stands_in = parent or root.sscc
    check_parent(kind, stands_in, known)
    if (kind is UnitKind.BOX) is not bool(parcel_ids):
        raise UnitTreeWrong("a box holds a parcel, other units hold units", field="parcel_ids")
    await _check_boxable(tx, consolidation_id, parcel_ids, known)
    inside: list[str | None] = [*parcel_ids] or [None]
    made += [
        await _numbered(tx, consolidation_id, kind, stands_in, parcel_id, company_prefix)
        for parcel_id in inside
    ]
    if len(known) + len(made) > UNITS_PER_CONSOLIDATION_MAX:
        raise UnitTreeWrong(f"a consolidation has {UNITS_PER_CONSOLIDATION_MAX} units at most")
    await tx.handling_units.add_all(made)
    return made


async def _check_boxable(
    tx: LogisticsTx,
    consolidation_id: str,
    parcel_ids: Sequence[str],
    known: dict[str, HandlingUnit],
) -> None:
    boxed = {unit.parcel_id for unit in known.values()}
    aboard = {parcel.id for parcel in await tx.parcels.aboard(consolidation_id)}
    for parcel_id in parcel_ids:
        if parcel_id not in aboard:
            raise ParcelNotFound(f"{parcel_id} is not aboard", field="parcel_ids")
        if parcel_id in boxed:
            raise ParcelBoxedAlready(f"{parcel_id} stands in a box", field="parcel_ids")


async def _numbered(
    tx: LogisticsTx,
    consolidation_id: str,
    kind: UnitKind,
    parent: str | None,
    parcel_id: str | None,
    company_prefix: str,
) -> HandlingUnit:
    serial = await tx.numbers.next(f"sscc:{company_prefix}")
    return HandlingUnit(
        sscc=sscc_of(company_prefix, serial),
        consolidation_id=consolidation_id,
        kind=kind,
        parent=parent,
        parcel_id=parcel_id,
    )
