"""Give a sealed unit to its carrier, weighed at the gate; from here on its freight is final."""

from services.logistics.domain.consolidation import Consolidation
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import FreightShare, FreightShared


async def hand_over_consolidation(
    tx: LogisticsTx, *, consolidation_id: str, gate_weight_g: int | None, tolerance_permille: int
) -> Consolidation:
    """Hand a unit over; raises HeldAboard or GateWeightDiffers.

    Without a gate weight the simulated carrier takes it over, whose scales always agree.
    """
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    aboard = await tx.parcels.aboard(consolidation_id, lock=True)
    simulated = gate_weight_g is None
    handed = consolidation.hand_over(
        aboard,
        gate_weight_g=sum(p.gross_g for p in aboard) if gate_weight_g is None else gate_weight_g,
        tolerance_permille=tolerance_permille,
    )
    await tx.consolidations.save(handed)
    await note_activity(
        tx,
        handed.id,
        activity=handed.state.value,
        place=handed.lane.origin,
        simulated=simulated,
        remark="simulated carrier" if simulated else "",
    )
    sellers = {parcel.id: (parcel.order_id, parcel.seller_id) for parcel in aboard}
    await _say_shared(tx, handed, sellers)
    return handed


async def _say_shared(
    tx: LogisticsTx, handed: Consolidation, sellers: dict[str, tuple[str, str]]
) -> None:
    assert handed.figures is not None, "what is handed over was sealed"
    shares = await tx.consolidations.shares(handed.id)
    event = FreightShared(
        consolidation_id=handed.id,
        total=MoneyWords.of(handed.figures.freight),
        shares=tuple(
            FreightShare(
                parcel_id=share.parcel_id,
                order_id=sellers[share.parcel_id][0],
                seller_id=sellers[share.parcel_id][1],
                amount=MoneyWords.of(share.amount),
            )
            for share in shares
        ),
    )
    await tx.emit(event, key=handed.id, sequence=handed.version)
