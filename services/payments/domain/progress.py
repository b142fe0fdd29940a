"""When an order's money may go on, whole or line by line, whichever fact came first.

A line is released once every parcel that carries it is delivered and cleared by customs and the
buyer's time to look at it is over, though another line is held or on its way home. A parcel that
does not name its lines carries all that no other parcel names. While the payment is in dispute
nothing moves. What never gets so far ends at a deadline, under a name: `not-shipped` or
`not-delivered`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from services.payments.domain.line import LineAmount, OrderLine, allocate
from services.payments.domain.order import OrderMoney, OrderParcel


class NextStep(StrEnum):
    """What the facts about an order ask for."""

    WAIT = "wait"
    RELEASE = "release"
    GIVE_BACK = "give-back"


class Fate(StrEnum):
    """What the parcels that carry a line have come to."""

    UNKNOWN = "unknown"
    KEPT = "kept"
    COMES_BACK = "comes-back"


WHOLE = OrderLine(0, 1, 0)
"""Stands for everything in an order whose lines are not known."""


def next_step(
    order: OrderMoney, parcels: Sequence[OrderParcel], *, now: datetime, inspection: timedelta
) -> NextStep:
    """Say what is to be done with all of the order's money that is still held."""
    if order.is_released or order.dispute_id:
        return NextStep.WAIT
    is_begun = any(not line.is_held for line in order.lines)
    if order.cancelled_reason and not is_begun:
        return NextStep.GIVE_BACK
    fates = set(fates_of(order, parcels, now=now, inspection=inspection).values())
    if Fate.UNKNOWN in fates:
        return NextStep.WAIT
    if fates == {Fate.COMES_BACK} and not is_begun:
        return NextStep.GIVE_BACK
    return NextStep.RELEASE


def fates_of(
    order: OrderMoney, parcels: Sequence[OrderParcel], *, now: datetime, inspection: timedelta
) -> Mapping[int, Fate]:
    """Return what became of each held line, by its number; an order without lines is one of them.

    A line in several parcels waits for all; if one of them arrived, the line counts as kept. Of
    several lines those wait that may be in a parcel whose booking was not heard.
    Raises LineNotKnown when a parcel names a line that is none of the order's.
    """
    carriers = _carriers(order, parcels)
    fates = {
        line.no: Fate.UNKNOWN
        if len(order.lines) > 1 and not all(parcel.is_booked for parcel in carriers[line.no])
        else _fate(carriers[line.no], now=now, inspection=inspection)
        for line in order.lines or (WHOLE,)
        if line.is_held
    }
    if not order.cancelled_reason:
        return fates
    return {no: fate if fate is Fate.KEPT else Fate.COMES_BACK for no, fate in fates.items()}


def _carriers(
    order: OrderMoney, parcels: Sequence[OrderParcel]
) -> Mapping[int, Sequence[OrderParcel]]:
    """Return the parcels that carry each line."""
    travelling = [parcel for parcel in parcels if not parcel.is_cancelled]
    if not order.lines:
        return {WHOLE.no: travelling}
    carriers: dict[int, list[OrderParcel]] = {line.no: [] for line in order.lines}
    for parcel in travelling:
        for no in parcel.lines:
            carriers[order.line(no).no].append(parcel)
    unnamed = [no for no, found in carriers.items() if not found]
    silent = [parcel for parcel in travelling if not parcel.lines]
    return carriers | dict.fromkeys(unnamed, silent)


def _fate(carriers: Sequence[OrderParcel], *, now: datetime, inspection: timedelta) -> Fate:
    if not carriers or not all(parcel.is_settled for parcel in carriers):
        return Fate.UNKNOWN
    delivered = [parcel.delivered_at for parcel in carriers if parcel.delivered_at is not None]
    if not delivered:
        return Fate.COMES_BACK
    return Fate.KEPT if now >= max(delivered) + inspection else Fate.UNKNOWN


def parcels_of(
    order: OrderMoney, parcels: Sequence[OrderParcel], lines: Collection[int]
) -> list[OrderParcel]:
    """Return the parcels that carry any of these lines."""
    carriers = _carriers(order, parcels)
    found = {parcel.logistics_no for no in lines for parcel in carriers[no]}
    return [parcel for parcel in parcels if parcel.logistics_no in found]


def given_back(
    order: OrderMoney, parcels: Sequence[OrderParcel], lines: Collection[int]
) -> tuple[LineAmount, ...]:
    """Return what the buyer gets for held lines that will not arrive: their share and their tax.

    Tax on which a bill has come belongs to the lines of the bill's parcel; what is left of the
    order's tax is shared by the lines that no customs has cleared.
    """
    claims = order.claims()
    carriers = _carriers(order, parcels)
    uncleared = [
        line
        for line in order.lines
        if line.is_held and all(parcel.cleared_at is None for parcel in carriers[line.no])
    ]
    tax = allocate(order.tax_expected_minor, [line.goods_minor for line in uncleared])
    tax_of = {line.no: part for line, part in zip(uncleared, tax, strict=True)}
    left = {no: share - order.line(no).refunded_minor for no, share in order.shares()}
    return tuple(
        LineAmount(no, max(0, min(left[no], claims[no] + tax_of.get(no, 0))))
        for no in sorted(lines)
    )
