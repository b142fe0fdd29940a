"""Requests for assignments, drawn from a seed: many small sellers, a few lanes, some departures."""

import random
from datetime import datetime, timedelta

from services.logistics.domain.assignment.request import AssignmentRequest, Shipment, Unit
from services.logistics.domain.parcel import Handling, Temperature
from services.logistics.domain.weights import Dimensions
from services.logistics.store.specifications import segregation_table, unit_types
from tests.builders.logistics import NOON

LANES = (("MYPKG", "CNNBG"), ("MYPEN", "CNSHA"), ("MYPKG", "CNSHA"), ("MYTPP", "CNNSA"))
DRY = (("20GP", 150_000), ("40GP", 250_000), ("40HQ", 265_000))
CHILLED = (("20RF", 320_000), ("40RH", 520_000))
CLASSES = ("3", "8", "5.1", "2.1", "9")


def drawn_request(
    shipments: int, units: int, *, seed: int = 1, dangerous: float = 0.08
) -> AssignmentRequest:
    """Shipments of 0.02 to 2 m3 for `units` slots; about a tenth chilled, as much dangerous."""
    draw = random.Random(seed)
    slots = [_unit(draw, number, units) for number in range(units)]
    return AssignmentRequest(
        shipments=tuple(
            _shipment(draw, number, slots, dangerous=dangerous) for number in range(shipments)
        ),
        units=tuple(slots),
        currency="MYR",
        apart=segregation_table().apart(CLASSES),
    )


def _unit(draw: random.Random, number: int, units: int) -> Unit:
    """Slots take turns over lanes and three departures; each fifth of a lane is refrigerated."""
    lane = LANES[number % len(LANES)]
    turn = number // len(LANES)
    departs = NOON + timedelta(days=2 + 3 * (turn % 3))
    chilled = turn % 5 == 4
    kinds = CHILLED if chilled else DRY
    code, cost_minor = kinds[(turn // 3) % len(kinds)]
    return Unit(
        id=f"unit-{number:03}",
        origin=lane[0],
        destination=lane[1],
        cut_off_at=departs - timedelta(hours=24),
        arrives_at=departs + timedelta(days=6),
        type=unit_types()[code],
        temperature=Temperature.CHILLED if chilled else Temperature.AMBIENT,
        cost_minor=cost_minor + 1_000 * draw.randrange(-15, 16),
    )


def _shipment(draw: random.Random, number: int, slots: list[Unit], *, dangerous: float) -> Shipment:
    lane = draw.choice(LANES[: max(1, min(len(LANES), len(slots)))])
    size = Dimensions(
        length_mm=draw.randrange(300, 1_200),
        width_mm=draw.randrange(250, 900),
        height_mm=draw.randrange(200, 900),
    )
    own = [slot for slot in slots if (slot.origin, slot.destination) == lane]
    chilled = draw.random() < 0.08 and any(s.temperature is Temperature.CHILLED for s in own)
    handling = Handling(
        temperature=Temperature.CHILLED if chilled else Temperature.AMBIENT,
        bonded=not chilled and draw.random() < 0.1,
        dangerous_class=draw.choice(CLASSES) if draw.random() < dangerous else "",
    )
    density = draw.randrange(80, 400)
    return Shipment(
        id=f"shipment-{number:05}",
        origin=lane[0],
        destination=lane[1],
        gross_g=max(500, size.volume_mm3 * density // 1_000_000),
        size=size,
        handling=handling,
        ready_at=NOON + timedelta(hours=draw.choice((0, 12, 30, 60, 96))),
        due_at=_promise(draw),
    )


def _promise(draw: random.Random) -> datetime | None:
    """Half of the shipments are promised: in 9, 12 or 16 days."""
    if draw.random() < 0.5:
        return None
    return NOON + timedelta(days=draw.choice((12, 15, 16)))
