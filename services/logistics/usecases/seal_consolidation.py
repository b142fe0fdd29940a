"""Seal a unit: weigh it, price it, share the freight, and tell customs what is inside."""

from collections.abc import Sequence

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.parcel import Parcel, PoolState
from services.logistics.domain.tracking import parcel_subject
from services.logistics.domain.waybill import check_seal
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.events import ConsolidationSealed, PooledParcel


async def seal_consolidation(
    tx: LogisticsTx, *, consolidation_id: str, seals: Sequence[str]
) -> Consolidation:
    """Seal the pooled parcels in; held ones are split out first. Raises PoolEmpty for none."""
    checked = check_seals(seals)
    consolidation = await tx.consolidations.get(consolidation_id, lock=True)
    aboard = await tx.parcels.aboard(consolidation_id, lock=True)
    held = [parcel.left_behind() for parcel in aboard if parcel.pool is PoolState.HELD]
    packed = [parcel.packed() for parcel in aboard if parcel.pool is PoolState.POOLED]
    sealed, split = consolidation.seal(packed, seals=checked)
    await tx.parcels.save_all([*held, *packed])
    await tx.consolidations.save(sealed)
    await tx.consolidations.keep_shares(sealed.id, split.shares)
    subjects = [parcel_subject(parcel.order_id, parcel.logistics_no) for parcel in held]
    await note_activity(tx, *subjects, activity=PoolState.SPLIT_OUT.value)
    await say_sealed(tx, sealed, packed)
    return sealed


def check_seals(seals: Sequence[str]) -> tuple[str, ...]:
    """Return the seals as they are written, each once."""
    return tuple(dict.fromkeys(check_seal(seal, field="seals") for seal in seals))


async def say_sealed(tx: LogisticsTx, sealed: Consolidation, parcels: Sequence[Parcel]) -> None:
    """Tell customs and everybody here what is under the seals now."""
    assert sealed.figures is not None, "a sealed consolidation was weighed"
    event = ConsolidationSealed(
        consolidation_id=sealed.id,
        version=sealed.version,
        master_waybill=sealed.master_waybill,
        unit_no=sealed.unit_no,
        seals=sealed.seals,
        origin=sealed.lane.origin,
        destination=sealed.lane.destination,
        destination_hub=sealed.lane.destination_hub,
        parcels=pooled_words(parcels),
        gross_weight_g=sealed.figures.gross_g,
        chargeable_weight_g=sealed.figures.chargeable_g,
    )
    await tx.emit(event, key=sealed.id, sequence=sealed.version)
    await note_activity(tx, sealed.id, activity=sealed.state.value, place=sealed.lane.origin)


def pooled_words(parcels: Sequence[Parcel]) -> tuple[PooledParcel, ...]:
    """Return parcels as events name them."""
    return tuple(
        PooledParcel(
            parcel_id=parcel.id,
            logistics_no=parcel.logistics_no,
            order_id=parcel.order_id,
            order_no=parcel.order_no,
            seller_id=parcel.seller_id,
            gross_weight_g=parcel.gross_g,
            insured=MoneyWords.of(parcel.insured) if parcel.insured else None,
        )
        for parcel in parcels
    )
