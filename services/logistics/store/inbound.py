"""How what comes in is kept: units of peer hubs, and their parcels."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.inbound import Clearance, InboundConsolidation, InboundParcel
from services.logistics.domain.parcel import PoolState
from services.logistics.domain.proof import Proof, ProofKind
from services.logistics.domain.stage import ConsolidationState
from services.logistics.domain.tracking import TrackingState
from services.logistics.store.rows import insert_missing, money_or_none
from services.logistics.store.tables import inbound_consolidation, inbound_parcel
from shared.kernel.errors import Conflict, NotFound

ROWS_PER_QUERY_MAX = 500
"""Both databases bound the parameters of one statement; 500 pairs stay far below."""


class InboundConsolidationNotKnown(NotFound):
    """No such unit is on its way to this hub, as far as it has heard (yet)."""

    code = "logistics.inbound-consolidation-not-known"
    help = "If it departed just now, try again in a few seconds with a new key."


class InboundParcelNotKnown(NotFound):
    """No such parcel is on its way to this hub, as far as it has heard (yet)."""

    code = "logistics.inbound-parcel-not-known"
    help = "If it was booked just now, try again in a few seconds with a new key."


class NumberAmbiguous(Conflict):
    """Two senders gave this number to two parcels; name the order too."""

    code = "logistics.number-ambiguous"
    help = "Add ?order_id= with one of the orders named."


class InboundConsolidations:
    """Units of peer hubs, from their departure on."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(
        self, consolidation_id: str, *, lock: bool = False
    ) -> InboundConsolidation | None:
        query = select(inbound_consolidation).where(inbound_consolidation.c.id == consolidation_id)
        row = (
            await self._connection.execute(query.with_for_update() if lock else query)
        ).one_or_none()
        return None if row is None else _consolidation(row)

    async def get(self, consolidation_id: str, *, lock: bool = False) -> InboundConsolidation:
        """Return a unit, locked if asked to; raises InboundConsolidationNotKnown."""
        found = await self.find(consolidation_id, lock=lock)
        if found is None:
            raise InboundConsolidationNotKnown(
                f"no consolidation {consolidation_id} is on its way here", retry_after_s=5
            )
        return found

    async def add(self, new: InboundConsolidation) -> None:
        await self._connection.execute(insert(inbound_consolidation), _consolidation_values(new))

    async def save(self, changed: InboundConsolidation) -> None:
        await self._connection.execute(
            update(inbound_consolidation)
            .where(inbound_consolidation.c.id == changed.id)
            .values(_consolidation_values(changed))
        )

    async def page(self, *, after: str, limit: int) -> list[InboundConsolidation]:
        """Return units by id, those after `after`."""
        rows = await self._connection.execute(
            select(inbound_consolidation)
            .where(inbound_consolidation.c.id > after)
            .order_by(inbound_consolidation.c.id)
            .limit(limit)
        )
        return [_consolidation(row) for row in rows]


class InboundParcels:
    """Parcels for buyers of this hub, from the first word anyone says of them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def hold_all(self, blanks: Sequence[InboundParcel]) -> list[InboundParcel]:
        """Return what is known of these parcels, the blanks where it is nothing, all locked.

        In the order of their keys, so that two who lock the same parcels never wait in a ring.
        """
        found: list[InboundParcel] = []
        ordered = sorted(blanks, key=lambda blank: (blank.logistics_no, blank.order_id))
        for start in range(0, len(ordered), ROWS_PER_QUERY_MAX):
            some = ordered[start : start + ROWS_PER_QUERY_MAX]
            await insert_missing(
                self._connection, inbound_parcel, [_parcel_values(blank) for blank in some]
            )
            keys = [(blank.logistics_no, blank.order_id) for blank in some]
            rows = await self._connection.execute(
                select(inbound_parcel)
                .where(tuple_(inbound_parcel.c.logistics_no, inbound_parcel.c.order_id).in_(keys))
                .order_by(inbound_parcel.c.logistics_no, inbound_parcel.c.order_id)
                .with_for_update()
            )
            found += [_parcel(row) for row in rows]
        return found

    async def hold(self, blank: InboundParcel) -> InboundParcel:
        """Return what is known of a parcel, be it nothing, locked."""
        return (await self.hold_all([blank]))[0]

    async def get(
        self, logistics_no: str, *, order_id: str | None, lock: bool = False
    ) -> InboundParcel:
        """Return a parcel by number; raises InboundParcelNotKnown or NumberAmbiguous."""
        query = (
            select(inbound_parcel)
            .where(inbound_parcel.c.logistics_no == logistics_no)
            .order_by(inbound_parcel.c.order_id)
            .limit(2)
        )
        if order_id is not None:
            query = query.where(inbound_parcel.c.order_id == order_id)
        rows = (await self._connection.execute(query.with_for_update() if lock else query)).all()
        if not rows:
            raise InboundParcelNotKnown(
                f"no parcel {logistics_no} is on its way here", retry_after_s=5
            )
        if len(rows) > 1:
            raise NumberAmbiguous(
                f"{logistics_no} is the number of two parcels",
                order_ids=[row.order_id for row in rows],
            )
        return _parcel(rows[0])

    async def of_consolidation(self, consolidation_id: str) -> list[InboundParcel]:
        """Return the parcels that came with a unit, locked, by their numbers."""
        rows = await self._connection.execute(
            select(inbound_parcel)
            .where(inbound_parcel.c.consolidation_id == consolidation_id)
            .order_by(inbound_parcel.c.logistics_no, inbound_parcel.c.order_id)
            .with_for_update()
        )
        return [_parcel(row) for row in rows]

    async def any_packed(self, consolidation_id: str) -> bool:
        """Say whether a parcel is still inside the unit."""
        return (
            await self._connection.scalar(
                select(inbound_parcel.c.order_id)
                .where(
                    inbound_parcel.c.consolidation_id == consolidation_id,
                    inbound_parcel.c.pool == PoolState.PACKED.value,
                )
                .limit(1)
            )
            is not None
        )

    async def save(self, changed: InboundParcel) -> None:
        await self.save_all([changed])

    async def save_all(self, changed: Sequence[InboundParcel]) -> None:
        if not changed:
            return
        values = [_parcel_values(one) for one in changed]
        settable = [name for name in values[0] if name not in {"logistics_no", "order_id"}]
        query = (
            update(inbound_parcel)
            .where(
                inbound_parcel.c.logistics_no == bindparam("of_logistics_no"),
                inbound_parcel.c.order_id == bindparam("of_order_id"),
            )
            .values({name: bindparam(f"of_{name}") for name in settable})
        )
        await self._connection.execute(
            query, [{f"of_{name}": value for name, value in row.items()} for row in values]
        )


def _consolidation_values(new: InboundConsolidation) -> dict[str, Any]:
    return {
        "id": new.id,
        "origin_hub": new.origin_hub,
        "master_waybill": new.master_waybill,
        "unit_no": new.unit_no,
        "seals": list(new.seals),
        "origin": new.origin,
        "destination": new.destination,
        "state": new.state.value,
        "departed_at": new.departed_at,
        "arrived_at": new.arrived_at,
        "closed_at": new.closed_at,
        "version": new.version,
    }


def _consolidation(row: Row[*tuple[Any, ...]]) -> InboundConsolidation:
    return InboundConsolidation(
        id=row.id,
        origin_hub=row.origin_hub,
        master_waybill=row.master_waybill,
        unit_no=row.unit_no,
        seals=tuple(row.seals),
        origin=row.origin,
        destination=row.destination,
        state=ConsolidationState(row.state),
        departed_at=row.departed_at,
        arrived_at=row.arrived_at,
        closed_at=row.closed_at,
        version=row.version,
    )


def _parcel_values(new: InboundParcel) -> dict[str, Any]:
    return {
        "logistics_no": new.logistics_no,
        "order_id": new.order_id,
        "order_no": new.order_no,
        "parcel_id": new.parcel_id,
        "origin_hub": new.origin_hub,
        "consolidation_id": new.consolidation_id,
        "clearance": new.clearance.value,
        "state": new.state.value,
        "pool": new.pool.value if new.pool else None,
        "delivered_at": new.delivered_at,
        "proof_sha256": new.proof.sha256 if new.proof else None,
        "proof_kind": new.proof.kind.value if new.proof else None,
        "proof_at": new.proof.taken_at if new.proof else None,
        "proof_place": new.proof.place if new.proof else None,
        "insured_minor": new.insured.minor if new.insured else None,
        "insured_currency": new.insured.currency if new.insured else None,
        "version": new.version,
    }


def _parcel(row: Row[*tuple[Any, ...]]) -> InboundParcel:
    return InboundParcel(
        logistics_no=row.logistics_no,
        order_id=row.order_id,
        order_no=row.order_no,
        parcel_id=row.parcel_id,
        origin_hub=row.origin_hub,
        consolidation_id=row.consolidation_id,
        clearance=Clearance(row.clearance),
        state=TrackingState(row.state),
        pool=PoolState(row.pool) if row.pool else None,
        delivered_at=row.delivered_at,
        proof=_proof(row),
        insured=money_or_none(row.insured_minor, row.insured_currency),
        version=row.version,
    )


def _proof(row: Row[*tuple[Any, ...]]) -> Proof | None:
    """Return the proof; one kept before kinds and places were is a signature of unknown place."""
    if row.proof_sha256 is None:
        return None
    return Proof(
        sha256=row.proof_sha256,
        taken_at=row.proof_at or row.delivered_at,
        kind=ProofKind(row.proof_kind or ProofKind.SIGNATURE),
        place=row.proof_place or "",
    )
