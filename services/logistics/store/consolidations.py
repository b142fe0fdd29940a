"""How the consolidations that this hub sends are kept, and how their freight was shared."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.logistics.domain.consolidation import Consolidation, Figures
from services.logistics.domain.freight import Break, Share, Tariff
from services.logistics.domain.lane import Lane, Schedule
from services.logistics.domain.parcel import Handling, Temperature
from services.logistics.domain.stage import ConsolidationState
from services.logistics.domain.weights import WeightRule
from services.logistics.store.rows import money_or_none
from services.logistics.store.tables import consolidation, freight_share
from shared.kernel.errors import NotFound
from shared.kernel.money import Money


class ConsolidationNotFound(NotFound):
    """This hub sends no such consolidation."""

    code = "logistics.consolidation-not-found"


class Consolidations:
    """Consolidations opened at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, consolidation_id: str, *, lock: bool = False) -> Consolidation:
        """Return a consolidation, locked for changing it if asked to.

        Raises ConsolidationNotFound. Lock it before its parcels, never after.
        """
        query = select(consolidation).where(consolidation.c.id == consolidation_id)
        row = (
            await self._connection.execute(query.with_for_update() if lock else query)
        ).one_or_none()
        if row is None:
            raise ConsolidationNotFound(f"no consolidation {consolidation_id}")
        return _consolidation(row)

    async def past_cut_off(self, *, now: datetime, limit: int) -> list[Consolidation]:
        """Return open consolidations whose cut-off has passed, locked, the oldest first."""
        rows = await self._connection.execute(
            select(consolidation)
            .where(
                consolidation.c.state == ConsolidationState.OPEN.value,
                consolidation.c.cut_off_at <= now,
            )
            .order_by(consolidation.c.cut_off_at, consolidation.c.id)
            .limit(limit)
            .with_for_update()
        )
        return [_consolidation(row) for row in rows]

    async def add(self, new: Consolidation) -> None:
        await self._connection.execute(insert(consolidation), _values(new))

    async def save(self, changed: Consolidation) -> None:
        await self._connection.execute(
            update(consolidation).where(consolidation.c.id == changed.id).values(_values(changed))
        )

    async def page(self, *, opened_by: str | None, after: str, limit: int) -> list[Consolidation]:
        """Return consolidations by id, those after `after`; of one opener unless that is None."""
        query = select(consolidation).where(consolidation.c.id > after)
        if opened_by is not None:
            query = query.where(consolidation.c.opened_by == opened_by)
        rows = await self._connection.execute(query.order_by(consolidation.c.id).limit(limit))
        return [_consolidation(row) for row in rows]

    async def keep_shares(self, consolidation_id: str, shares: Sequence[Share]) -> None:
        """Put these shares in the place of those kept before."""
        mine = freight_share.c.consolidation_id == consolidation_id
        await self._connection.execute(delete(freight_share).where(mine))
        await self._connection.execute(
            insert(freight_share),
            [
                {
                    "consolidation_id": consolidation_id,
                    "parcel_id": share.parcel_id,
                    "chargeable_g": share.chargeable_g,
                    "amount_minor": share.amount.minor,
                    "alone_minor": share.alone.minor,
                    "currency": share.amount.currency,
                }
                for share in shares
            ],
        )

    async def shares(self, consolidation_id: str) -> list[Share]:
        """Return the shares of a sealed consolidation, by parcel; none before."""
        rows = await self._connection.execute(
            select(freight_share)
            .where(freight_share.c.consolidation_id == consolidation_id)
            .order_by(freight_share.c.parcel_id)
        )
        return [
            Share(
                parcel_id=row.parcel_id,
                chargeable_g=row.chargeable_g,
                amount=Money(row.amount_minor, row.currency),
                alone=Money(row.alone_minor, row.currency),
            )
            for row in rows
        ]


def _values(new: Consolidation) -> dict[str, Any]:
    figures = new.figures
    return {
        "id": new.id,
        "opened_by": new.opened_by,
        "origin": new.lane.origin,
        "destination": new.lane.destination,
        "destination_hub": new.lane.destination_hub,
        "by_air": new.lane.by_air,
        "cut_off_at": new.schedule.cut_off_at,
        "departs_at": new.schedule.departs_at,
        "arrives_at": new.schedule.arrives_at,
        "master_waybill": new.master_waybill,
        "unit_no": new.unit_no,
        "temperature": new.handling.temperature.value,
        "bonded": new.handling.bonded,
        "dangerous_class": new.handling.dangerous_class,
        "tariff": _tariff_document(new.tariff),
        "state": new.state.value,
        "seals": list(new.seals),
        "gross_g": figures.gross_g if figures else None,
        "volumetric_g": figures.volumetric_g if figures else None,
        "chargeable_g": figures.chargeable_g if figures else None,
        "freight_minor": figures.freight.minor if figures else None,
        "alone_minor": figures.alone.minor if figures else None,
        "gate_weight_g": new.gate_weight_g,
        "export_declaration_id": new.export_declaration_id,
        "unit_type": new.unit_type,
        "unit_cost_minor": new.unit_cost.minor if new.unit_cost else None,
        "unit_cost_currency": new.unit_cost.currency if new.unit_cost else None,
        "version": new.version,
    }


def _tariff_document(tariff: Tariff) -> dict[str, Any]:
    return {
        "currency": tariff.currency,
        "divisor": tariff.weight_rule.divisor,
        "step_g": tariff.weight_rule.step_g,
        "minimum_minor": tariff.minimum_minor,
        "breaks": [[b.from_g, b.per_kg_minor] for b in tariff.breaks],
    }


def _tariff(document: dict[str, Any]) -> Tariff:
    return Tariff(
        currency=document["currency"],
        weight_rule=WeightRule(divisor=document["divisor"], step_g=document["step_g"]),
        minimum_minor=document["minimum_minor"],
        breaks=tuple(Break(from_g=g, per_kg_minor=minor) for g, minor in document["breaks"]),
    )


def _consolidation(row: Row[*tuple[Any, ...]]) -> Consolidation:
    tariff = _tariff(row.tariff)
    return Consolidation(
        id=row.id,
        opened_by=row.opened_by,
        lane=Lane(
            origin=row.origin,
            destination=row.destination,
            destination_hub=row.destination_hub,
            by_air=row.by_air,
        ),
        schedule=Schedule(
            cut_off_at=row.cut_off_at, departs_at=row.departs_at, arrives_at=row.arrives_at
        ),
        master_waybill=row.master_waybill,
        unit_no=row.unit_no,
        handling=Handling(
            temperature=Temperature(row.temperature),
            bonded=row.bonded,
            dangerous_class=row.dangerous_class,
        ),
        tariff=tariff,
        state=ConsolidationState(row.state),
        seals=tuple(row.seals),
        figures=_figures(row, tariff.currency),
        gate_weight_g=row.gate_weight_g,
        export_declaration_id=row.export_declaration_id,
        unit_type=row.unit_type,
        unit_cost=money_or_none(row.unit_cost_minor, row.unit_cost_currency),
        version=row.version,
    )


def _figures(row: Row[*tuple[Any, ...]], currency: str) -> Figures | None:
    if row.chargeable_g is None:
        return None
    return Figures(
        gross_g=row.gross_g,
        volumetric_g=row.volumetric_g,
        chargeable_g=row.chargeable_g,
        freight=Money(row.freight_minor, currency),
        alone=Money(row.alone_minor, currency),
    )
