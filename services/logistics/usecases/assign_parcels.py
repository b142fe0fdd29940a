"""Put waiting parcels into open consolidations at the least cost.

Three steps, and only the last holds a lock: look, plan, put. While a plan is made the pool lives
on; a parcel that was cancelled, held or pooled elsewhere meanwhile is refused by the same rules as
ever, so two planners never put one parcel into two units and a plan that died changed nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.logistics.domain.assignment.request import (
    SHIPMENTS_MAX,
    Assignment,
    AssignmentRequest,
    Shipment,
    Unit,
)
from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.lane import office_of
from services.logistics.domain.parcel import Parcel
from services.logistics.domain.weights import together
from services.logistics.store.specifications import segregation_table, unit_type_named
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.add_parcels import add_parcels
from shared.kernel.errors import EroadError, Rejected
from shared.kernel.ids import parse_id

NEVER = datetime.max.replace(tzinfo=UTC)


class UnitTypeMissing(Rejected):
    """A consolidation without a unit type, or without a cost, can't be planned for."""

    code = "logistics.unit-type-missing"
    help = "Open the consolidation with unit_type and unit_cost."


class CostsDiffer(Rejected):
    """Units that cost in different currencies can't be weighed against each other."""

    code = "logistics.unit-costs-differ"
    help = "Plan consolidations whose unit_cost is in one currency."


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """What became of a plan: who is aboard where, and who was refused when it was carried out."""

    plan: Assignment
    aboard: Mapping[str, str]
    refusals: Mapping[str, EroadError]


async def gather(tx: LogisticsTx, *, consolidation_ids: Sequence[str]) -> AssignmentRequest:
    """Return what a planner has to know: the open consolidations and the parcels that wait.

    Raises PoolClosed, UnitTypeMissing or CostsDiffer.
    """
    units: list[Unit] = []
    currencies: set[str] = set()
    for consolidation_id in dict.fromkeys(consolidation_ids):
        consolidation = await tx.consolidations.get(consolidation_id)
        consolidation.check_open(now=tx.now)
        unit, currency = _unit(consolidation, await tx.parcels.aboard(consolidation_id))
        units.append(unit)
        currencies.add(currency)
    if len(currencies) > 1:
        raise CostsDiffer("the units cost in different currencies", field="consolidation_ids")
    waiting: list[Parcel] = []
    for hub in sorted({unit.destination for unit in units}):
        waiting += await tx.parcels.free_for(hub, limit=SHIPMENTS_MAX)
    classes = {parcel.handling.dangerous_class for parcel in waiting}
    return AssignmentRequest(
        shipments=tuple(_shipment(parcel, tx.now) for parcel in waiting[:SHIPMENTS_MAX]),
        units=tuple(units),
        currency=next(iter(currencies)),
        apart=segregation_table().apart(classes),
    )


async def carry_out(tx: LogisticsTx, *, plan: Assignment) -> Assigned:
    """Pool the parcels as planned, units in the order of their ids so that no two wait in a ring.

    What changed since the plan was made is refused parcel by parcel.
    """
    per_unit: dict[str, list[str]] = {}
    for parcel_id, consolidation_id in plan.unit_of.items():
        per_unit.setdefault(consolidation_id, []).append(parcel_id)
    aboard: dict[str, str] = {}
    refusals: dict[str, EroadError] = {}
    for consolidation_id in sorted(per_unit):
        pooling = await add_parcels(
            tx, consolidation_id=consolidation_id, parcel_ids=per_unit[consolidation_id]
        )
        for parcel_id, refusal in pooling.refusals.items():
            if refusal is None:
                aboard[parcel_id] = consolidation_id
            else:
                refusals[parcel_id] = refusal
    return Assigned(plan=plan, aboard=aboard, refusals=refusals)


def _unit(consolidation: Consolidation, aboard: Sequence[Parcel]) -> tuple[Unit, str]:
    """Return the unit and its currency; one that somebody is in already costs nothing more."""
    if consolidation.unit_type is None or consolidation.unit_cost is None:
        raise UnitTypeMissing(f"{consolidation.id} names no unit type or cost", field="unit_type")
    load = together(parcel.load for parcel in aboard)
    unit = Unit(
        id=consolidation.id,
        origin=consolidation.lane.origin[:2],
        destination=consolidation.lane.destination_hub,
        cut_off_at=consolidation.schedule.cut_off_at,
        arrives_at=consolidation.schedule.arrives_at or NEVER,
        type=unit_type_named(consolidation.unit_type),
        temperature=consolidation.handling.temperature,
        cost_minor=0 if aboard else consolidation.unit_cost.minor,
        handling=consolidation.handling,
        aboard_mm3=load.volume_mm3,
        aboard_g=load.gross_g,
    )
    return unit, consolidation.unit_cost.currency


def _shipment(parcel: Parcel, now: datetime) -> Shipment:
    """Several packages of one parcel travel as one: its size is that of all together."""
    return Shipment(
        id=parcel.id,
        origin=office_of(parse_id(parcel.id).hub)[:2],
        destination=parcel.destination_hub,
        gross_g=parcel.gross_g,
        size=parcel.size,
        handling=parcel.handling,
        ready_at=now,
        due_at=parcel.due_at,
    )
