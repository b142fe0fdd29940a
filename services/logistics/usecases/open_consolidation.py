"""Open a pool on a lane, under a master waybill, until its cut-off."""

from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.freight import Tariff
from services.logistics.domain.lane import Lane, Schedule, ScheduleBackwards
from services.logistics.domain.parcel import Handling
from services.logistics.domain.tracking import Classifier
from services.logistics.domain.waybill import check_master, check_unit
from services.logistics.store.specifications import unit_type_named
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.note_activity import note_activity
from shared.kernel.money import Money


async def open_consolidation(
    tx: LogisticsTx,
    *,
    opened_by: str,
    lane: Lane,
    schedule: Schedule,
    master_waybill: str,
    unit_no: str,
    handling: Handling,
    tariff: Tariff,
    unit_type: str | None = None,
    unit_cost: Money | None = None,
) -> Consolidation:
    """Open a consolidation; raises for a lane elsewhere, a cut-off that passed, a bad number."""
    lane.check_from(tx.hub)
    if schedule.cut_off_at <= tx.now:
        raise ScheduleBackwards("the cut-off has passed already", field="cut_off_at")
    consolidation = Consolidation(
        id=tx.ids.new("con"),
        opened_by=opened_by,
        lane=lane,
        schedule=schedule,
        master_waybill=check_master(master_waybill, by_air=lane.by_air, field="master_waybill"),
        unit_no=check_unit(unit_no, by_air=lane.by_air, field="unit_no"),
        handling=handling,
        tariff=tariff,
        unit_type=None if unit_type is None else unit_type_named(unit_type).code,
        unit_cost=unit_cost,
    )
    await tx.consolidations.add(consolidation)
    for activity, at, place in (
        ("departed", schedule.departs_at, lane.origin),
        ("arrived", schedule.arrives_at, lane.destination),
    ):
        if at is not None:
            await note_activity(
                tx,
                consolidation.id,
                activity=activity,
                classifier=Classifier.PLANNED,
                happens_at=at,
                place=place,
            )
    return consolidation
