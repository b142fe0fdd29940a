"""Book a carrier for a parcel that travels by itself, have it come, or call it off."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.logistics.domain.carriage import (
    Carriage,
    CarriageOutOfOrder,
    CarriageRequest,
    Carrier,
    CarrierUnknown,
)
from services.logistics.domain.lane import office_of
from services.logistics.domain.parcel import Parcel, ParcelMoving
from services.logistics.domain.rates import Rate, RateCard, rates_for
from services.logistics.domain.tracking import Classifier, TrackingState, parcel_subject
from services.logistics.store.tx import LogisticsTx
from services.logistics.usecases.lock_parcel import lock_parcel
from services.logistics.usecases.note_activity import note_activity
from shared.kernel.errors import NotFound, Rejected


class LaneNotServed(NotFound):
    """This carrier has no rate in force on the parcel's lane."""

    code = "logistics.lane-not-served"


class PickupTooEarly(Rejected):
    """A pickup can't be asked for in the past."""

    code = "logistics.pickup-too-early"


def carrier_named(carriers: Mapping[str, Carrier], code: str) -> Carrier:
    """Return an adapter, or raise CarrierUnknown."""
    found = carriers.get(code)
    if found is None:
        raise CarrierUnknown(f"no carrier {code}", field="carrier", known=sorted(carriers))
    return found


async def book_carriage(
    tx: LogisticsTx,
    *,
    parcel_id: str,
    carrier: Carrier,
    cards: Sequence[RateCard],
    reference: str,
) -> Carriage:
    """Book the carrier's cheapest service; what the carrier answers is checked, never believed.

    Raises ParcelMoving for what is pooled, LaneNotServed, CarriageOutOfOrder for a second booking.
    """
    parcel, _ = await lock_parcel(tx, parcel_id=parcel_id)
    if parcel.state is not TrackingState.PENDING or parcel.consolidation_id is not None:
        raise ParcelMoving(f"parcel {parcel.id} is {parcel.pool or parcel.state}")
    if await tx.carriages.of_parcel(parcel_id) is not None:
        raise CarriageOutOfOrder(f"a carrier is booked for {parcel_id} already")
    rate = _cheapest(parcel, carrier, cards, now=tx.now, hub=tx.hub)
    receipt = carrier.book(
        CarriageRequest(
            parcel_id=parcel.id,
            gross_g=parcel.gross_g,
            size=parcel.size,
            packages=parcel.packages,
            reference=reference,
            asked_at=tx.now,
        ),
        serial=await tx.numbers.next(f"carrier:{carrier.code}"),
        price=rate.price,
    )
    carriage = Carriage(
        id=tx.ids.new("car"),
        parcel_id=parcel.id,
        carrier=carrier.code,
        service=rate.card.service,
        carrier_no=receipt.carrier_no,
        reference=reference,
        price=receipt.price,
        booked_at=tx.now,
    )
    await tx.carriages.add(carriage)
    await note_activity(
        tx,
        parcel_subject(parcel.order_id, parcel.logistics_no),
        activity="carrier_booked",
        simulated=carrier.simulated,
        remark=f"{carrier.name} {carriage.carrier_no}",
    )
    return carriage


async def ask_pickup(
    tx: LogisticsTx, *, parcel_id: str, carriers: Mapping[str, Carrier], ready_at: datetime
) -> Carriage:
    """Have the carrier come for a parcel; asked again, the newest time counts."""
    if ready_at < tx.now:
        raise PickupTooEarly("the parcel can't have been ready in the past", field="ready_at")
    parcel, _ = await lock_parcel(tx, parcel_id=parcel_id)
    known = await tx.carriages.get(parcel_id)
    carrier = carrier_named(carriers, known.carrier)
    asked = known.asked_to_come(ready_at=ready_at, pickup_at=carrier.pickup_at(ready_at))
    await tx.carriages.save(asked)
    await note_activity(
        tx,
        parcel_subject(parcel.order_id, parcel.logistics_no),
        activity=TrackingState.PICKED_UP.value,
        classifier=Classifier.PLANNED,
        happens_at=asked.pickup_at,
        simulated=carrier.simulated,
        remark="pickup asked for",
    )
    return asked


async def cancel_carriage(tx: LogisticsTx, *, parcel_id: str) -> Carriage:
    """Call a carrier off; raises CarriageOutOfOrder once it has the parcel."""
    await lock_parcel(tx, parcel_id=parcel_id)
    cancelled = (await tx.carriages.get(parcel_id)).cancelled()
    await tx.carriages.save(cancelled)
    return cancelled


def _cheapest(
    parcel: Parcel, carrier: Carrier, cards: Sequence[RateCard], *, now: datetime, hub: str
) -> Rate:
    rates = rates_for(
        [card for card in cards if card.carrier == carrier.code],
        origin=office_of(hub),
        destination=office_of(parcel.destination_hub),
        load=parcel.load,
        now=now,
    )
    if not rates:
        raise LaneNotServed(f"{carrier.code} does not go to {parcel.destination_hub}")
    return rates[0]
