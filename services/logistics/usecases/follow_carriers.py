"""Take in what carriers saw: each event once, in the order of happening, whatever order they came.

An event that fits no way a parcel can go is put on the timeline and moves nothing: a carrier may
say what it likes, the parcel's state stays sound.
"""

from collections.abc import Mapping

from services.logistics.domain.carriage import (
    EVENTS_PER_POLL_MAX,
    Carriage,
    Carrier,
    CarrierEvent,
    CarrierSilent,
)
from services.logistics.domain.insurance import is_gone
from services.logistics.domain.parcel import Parcel
from services.logistics.domain.tracking import EDGES, parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_parcel import lock_parcel
from services.logistics.usecases.note_activity import note_activity
from services.logistics.usecases.say_lost import Gone, say_lost

CARRIAGES_PER_RUN_MAX = 200


async def follow_carriers(tx: LogisticsTx, *, carriers: Mapping[str, Carrier]) -> None:
    """Ask every carrier about its open bookings; one that is silent is asked the next time."""
    for carriage in await tx.carriages.open(after="", limit=CARRIAGES_PER_RUN_MAX):
        carrier = carriers.get(carriage.carrier)
        if carrier is None:
            continue
        try:
            seen = carrier.seen(carriage, now=tx.now)
        except CarrierSilent:
            continue
        await _take_in(tx, carriage, carrier, list(seen)[:EVENTS_PER_POLL_MAX])


async def _take_in(
    tx: LogisticsTx, carriage: Carriage, carrier: Carrier, seen: list[CarrierEvent]
) -> None:
    taken = await tx.carriages.events_taken(carriage.id)
    fresh = {event.carrier_event: event for event in seen if event.carrier_event not in taken}
    if not fresh:
        return
    parcel, _ = await lock_parcel(tx, parcel_id=carriage.parcel_id)
    for event in sorted(fresh.values(), key=lambda one: (one.happened_at, one.carrier_event)):
        parcel = await _apply(tx, parcel, event, simulated=carrier.simulated)
        carriage = carriage.followed(parcel.state)
    await tx.carriages.take_events(carriage.id, list(fresh))
    await tx.carriages.save(carriage)


async def _apply(
    tx: LogisticsTx, parcel: Parcel, event: CarrierEvent, *, simulated: bool
) -> Parcel:
    moves = event.state is not None and event.state in EDGES[parcel.state]
    activity = event.state.value if event.state is not None else "carrier_remark"
    await note_activity(
        tx,
        parcel_subject(parcel.order_id, parcel.logistics_no),
        activity=activity,
        classifier=event.classifier,
        happens_at=event.happened_at,
        place=event.place,
        simulated=simulated,
        remark=event.said,
        reason=event.reason,
    )
    if not moves or event.state is None:
        return parcel
    moved = parcel.tracked(event.state)
    await tx.parcels.save(moved)
    if is_gone(event.state):
        gone = Gone(
            parcel_id=moved.id,
            logistics_no=moved.logistics_no,
            order_id=moved.order_id,
            order_no=moved.order_no,
            insured=moved.insured,
        )
        await say_lost(
            tx, gone, reason=event.reason, audience=moved.destination_hub, sequence=moved.version
        )
    return moved
