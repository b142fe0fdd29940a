"""What one may ask `logistics` about parcels, waybills, rates and tracking."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
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
from shared.contracts.logistics.words import (
    TIMELINE_MAX,
    Classifier,
    Count,
    GramsSome,
    HandlingWords,
    IncidentCode,
    InsuredValue,
    LogisticsNo,
    Packages,
    Place,
    ProofWord,
    Sha256,
    Version,
    Weight,
)
from shared.contracts.times import AskedMoment


class BookParcel(Words):
    """One order, packed. Without `logistics_no` the hub gives it a house waybill number."""

    order_id: Id
    logistics_no: LogisticsNo | None = None
    gross_weight_g: GramsSome
    length_mm: Millimetres
    width_mm: Millimetres
    height_mm: Millimetres
    packages: Packages = 1
    handling: HandlingWords = HandlingWords()
    insured: InsuredValue | None = None
    deliver_by: AskedMoment | None = None
    """What the seller promised; plans only use departures that arrive in time."""
    lines: LineNumbers | None = None
    """The lines of the order in it, where several parcels share them; each is paid when it is
    there. Absent: all that no other parcel names."""


class ParcelReason(Words):
    """Why a parcel is cancelled or held."""

    reason: ShortText


class ParcelView(Words):
    """A parcel at the hub that sends it."""

    id: Id
    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    seller_id: Id
    destination_hub: HubName
    gross_weight_g: Grams
    length_mm: Millimetres
    width_mm: Millimetres
    height_mm: Millimetres
    packages: Packages
    handling: HandlingWords
    state: ShortText
    pool: ShortText | None
    consolidation_id: Id | None
    insured: MoneyWords | None = None
    deliver_by: Moment | None = None
    version: Version


class RecordWaybill(Words):
    """The carrier's waybill of a parcel, with its consignee; kept at the buyer's hub only."""

    logistics_no: LogisticsNo
    order_no: ShortText
    carrier_code: ShortText
    master_waybill: ShortText | None = None
    freight: MoneyWords
    insured: MoneyWords
    gross_weight_g: GramsSome
    packages: Packages = 1
    consignee_name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.LOCAL)]
    consignee_phone: Annotated[ShortText, personal(Pii.CONTACT, Residency.LOCAL)]
    consignee_address: Annotated[Text, personal(Pii.CONTACT, Residency.LOCAL)]


class CorrectWaybill(Words):
    """The waybill as it should have been, whole; its number can't change."""

    order_no: ShortText
    carrier_code: ShortText
    master_waybill: ShortText | None = None
    freight: MoneyWords
    insured: MoneyWords
    gross_weight_g: GramsSome
    packages: Packages = 1
    consignee_name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.LOCAL)]
    consignee_phone: Annotated[ShortText, personal(Pii.CONTACT, Residency.LOCAL)]
    consignee_address: Annotated[Text, personal(Pii.CONTACT, Residency.LOCAL)]


class WaybillView(RecordWaybill):
    """A waybill as it is kept, for whoever recorded it and for carriers."""

    id: Id
    version: Version


class DeliverParcel(Words):
    """The hash of the proof of delivery; the proof itself stays with the carrier."""

    proof_sha256: Sha256
    proof_kind: ProofWord = "signature"
    taken_at: AskedMoment | None = None
    """When it was signed or photographed; without it, now."""
    place: Place | None = None


class RefuseParcel(DeliverParcel):
    """The buyer refused the parcel: the hash of what shows it, and what was said."""

    remark: ShortText | None = None


class TrackParcel(Words):
    """Where the parcel is now, short of delivered."""

    state: Literal[
        "on_hold",
        "in_transit",
        "out_for_delivery",
        "ready_for_pickup",
        "delivery_failed",
        "return_to_sender",
        "lost",
        "destroyed",
    ]
    remark: ShortText | None = None
    reason: IncidentCode | None = None


class TrackSent(Words):
    """Where a parcel is at the hub that sends it, before it leaves in a consolidation."""

    state: Literal["picked_up", "on_hold", "return_to_sender", "lost", "destroyed"]
    remark: ShortText | None = None
    reason: IncidentCode | None = None


class TrackingLine(Words):
    """One thing that is planned, expected or has happened."""

    activity: ShortText
    classifier: Classifier
    happens_at: Moment
    place: ShortText
    simulated: bool
    remark: ShortText | None = None
    reason: ShortText | None = None


class TrackingView(Words):
    """A parcel's timeline, its consolidation's part included, oldest first."""

    logistics_no: ShortText
    order_id: Id
    state: ShortText
    timeline: Annotated[tuple[TrackingLine, ...], Field(max_length=TIMELINE_MAX)]


class RateView(Words):
    """What a carrier asks for a parcel. `simulated` carriers carry nothing anywhere."""

    carrier: ShortText
    service: ShortText
    simulated: bool
    confidence: Literal["verified", "unverified"]
    chargeable_weight_g: Weight
    price: MoneyWords
    transit_hours: Count
    tariff_id: ShortText
    valid_from: Moment
    valid_until: Moment | None


class RatesReply(Words):
    """Every rate of the lane in force now, the cheapest first; empty where nobody goes."""

    rates: Annotated[tuple[RateView, ...], Field(max_length=50)]
