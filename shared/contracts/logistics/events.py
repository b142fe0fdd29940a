"""What `logistics` says: parcels booked, pooled, moved and delivered.

The waybill's consignee lives only at the destination hub; the origin knows the parcel by number.
"""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import (
    Event,
    Grams,
    HubName,
    Id,
    LineNumbers,
    Millimetres,
    Moment,
    MoneyWords,
    Pii,
    Residency,
    ShortText,
    Text,
    Words,
    personal,
)

PARCELS_PER_CONSOLIDATION_MAX = 1_500
"""One event carries them all and must stay under the bus limit of 1,000,000 bytes."""


class ParcelBooked(Event, wire_name="logistics.parcel-booked.v1", leaves_hub=True):
    """The seller's hub booked a parcel for an order; `logistics_no` is its house waybill."""

    parcel_id: Id
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    seller_id: Id
    destination_hub: HubName
    gross_weight_g: Grams
    length_mm: Millimetres
    width_mm: Millimetres
    height_mm: Millimetres
    packages: Annotated[int, Field(strict=True, ge=1, le=99)]
    insured: MoneyWords | None = None
    """What is paid out when the parcel is lost; absent where nothing is."""
    lines: LineNumbers | None = None
    """The lines of the order that it carries; absent: all that no other parcel names."""


class ParcelCancelled(Event, wire_name="logistics.parcel-cancelled.v1", leaves_hub=True):
    """A booked parcel will not travel."""

    parcel_id: Id
    logistics_no: ShortText
    order_id: Id
    reason: ShortText


class WaybillRecorded(Event, wire_name="logistics.waybill-recorded.v1"):
    """The carrier's waybill at the destination hub; a correction raises `version`."""

    waybill_id: Id
    logistics_no: ShortText
    order_no: ShortText
    version: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    carrier_code: ShortText
    master_waybill: ShortText | None = None
    freight: MoneyWords
    insured: MoneyWords
    gross_weight_g: Grams
    packages: Annotated[int, Field(strict=True, ge=1, le=99)]
    consignee_name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.LOCAL)]
    consignee_phone: Annotated[ShortText, personal(Pii.CONTACT, Residency.LOCAL)]
    consignee_address: Annotated[Text, personal(Pii.CONTACT, Residency.LOCAL)]


class PooledParcel(Words):
    """One parcel of a consolidation."""

    parcel_id: Id
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    seller_id: Id
    gross_weight_g: Grams
    insured: MoneyWords | None = None


class ConsolidationSealed(Event, wire_name="logistics.consolidation-sealed.v1"):
    """The pool is closed, weighed and sealed; export customs may begin.

    Said again, with a higher `version`, when parcels were left behind and the unit sealed anew:
    the newest is what travels.
    """

    consolidation_id: Id
    version: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    master_waybill: ShortText
    unit_no: ShortText
    seals: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=10)]
    origin: ShortText
    destination: ShortText
    destination_hub: HubName
    parcels: Annotated[
        tuple[PooledParcel, ...], Field(min_length=1, max_length=PARCELS_PER_CONSOLIDATION_MAX)
    ]
    gross_weight_g: Grams
    chargeable_weight_g: Grams


class FreightShare(Words):
    """What one parcel pays of the consolidation's freight."""

    parcel_id: Id
    order_id: Id
    seller_id: Id
    amount: MoneyWords


class FreightShared(Event, wire_name="logistics.freight-shared.v1"):
    """The master's freight, split over its parcels; the shares sum to the total exactly.

    Said once, when the carrier takes the unit over: after that no parcel is left behind.
    """

    consolidation_id: Id
    total: MoneyWords
    shares: Annotated[
        tuple[FreightShare, ...], Field(min_length=1, max_length=PARCELS_PER_CONSOLIDATION_MAX)
    ]


class ConsolidationDeparted(
    Event, wire_name="logistics.consolidation-departed.v1", leaves_hub=True
):
    """The consolidation left the origin under its export release."""

    consolidation_id: Id
    master_waybill: ShortText
    unit_no: ShortText
    seals: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=10)]
    origin: ShortText
    destination: ShortText
    parcels: Annotated[
        tuple[PooledParcel, ...], Field(min_length=1, max_length=PARCELS_PER_CONSOLIDATION_MAX)
    ]
    departed_at: Moment


class HouseBill(Words):
    """One parcel under the master bill; `sscc` is the unit it stands in, where one is numbered."""

    parcel_id: Id
    logistics_no: ShortText
    order_no: ShortText
    gross_weight_g: Grams
    packages: Annotated[int, Field(strict=True, ge=1, le=99)]
    sscc: ShortText | None = None


class ConsolidationManifested(
    Event, wire_name="logistics.consolidation-manifested.v1", leaves_hub=True
):
    """The manifest of a unit that left, for customs at both ends: master, houses, seals, weights.

    Said once, at departure: before it parcels may still be left behind.
    """

    consolidation_id: Id
    master_waybill: ShortText
    mode: ShortText
    unit_no: ShortText
    unit_type: ShortText | None = None
    sscc: ShortText | None = None
    seals: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=10)]
    origin: ShortText
    destination: ShortText
    export_declaration_id: Id
    gross_weight_g: Grams
    gate_weight_g: Grams
    packages: Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
    temperature: ShortText
    bonded: bool
    dangerous_class: ShortText | None = None
    houses: Annotated[
        tuple[HouseBill, ...], Field(min_length=1, max_length=PARCELS_PER_CONSOLIDATION_MAX)
    ]
    departed_at: Moment


class ConsolidationArrived(Event, wire_name="logistics.consolidation-arrived.v1", leaves_hub=True):
    """The destination hub took the consolidation in, seals checked."""

    consolidation_id: Id
    master_waybill: ShortText
    arrived_at: Moment


class ConsolidationClosed(Event, wire_name="logistics.consolidation-closed.v1", leaves_hub=True):
    """The destination hub took every parcel out; those customs did not release are named."""

    consolidation_id: Id
    master_waybill: ShortText
    split_out: Annotated[tuple[ShortText, ...], Field(max_length=PARCELS_PER_CONSOLIDATION_MAX)]
    closed_at: Moment


class ParcelTracked(Event, wire_name="logistics.parcel-tracked.v1", leaves_hub=True):
    """The parcel went on at its destination, but is not delivered: `state` says where it is."""

    parcel_id: Id
    logistics_no: ShortText
    order_id: Id
    state: ShortText
    happened_at: Moment
    reason: ShortText | None = None
    """Why, where it is not as planned: a code of the normalised list."""


class ParcelLost(Event, wire_name="logistics.parcel-lost.v1", leaves_hub=True):
    """The parcel is lost or destroyed: `insured` is due, zero where it travelled uninsured.

    Said once, by the hub that had it; its seller is owed the insurance, its buyer the money back.
    """

    parcel_id: Id | None = None
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    seller_id: Id | None = None
    insured: MoneyWords
    reason: ShortText | None = None
    lost_at: Moment


class ParcelDelivered(Event, wire_name="logistics.parcel-delivered.v1", leaves_hub=True):
    """The buyer has the parcel; `proof_sha256` is the hash of the proof of delivery."""

    parcel_id: Id
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    delivered_at: Moment
    proof_sha256: ShortText
    proof_kind: ShortText | None = None
    place: ShortText | None = None
    """The UN/LOCODE of the place where it was delivered; never the buyer's address."""


EVENTS: tuple[type[Event], ...] = (
    ParcelBooked,
    ParcelCancelled,
    WaybillRecorded,
    ConsolidationSealed,
    FreightShared,
    ConsolidationDeparted,
    ConsolidationManifested,
    ConsolidationArrived,
    ConsolidationClosed,
    ParcelTracked,
    ParcelLost,
    ParcelDelivered,
)
