"""What one may ask `logistics` over HTTP."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from shared.contracts.event import (
    Currency,
    Grams,
    HubName,
    Id,
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
from shared.contracts.logistics.events import PARCELS_PER_CONSOLIDATION_MAX

PARCELS_PER_REQUEST_MAX = 500
TIMELINE_MAX = 200
SEALS_MAX = 10

Place = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$", description="UN/LOCODE")]
LogisticsNo = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{3,34}$")]
Seals = Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=SEALS_MAX)]
Packages = Annotated[int, Field(strict=True, ge=1, le=99)]
GramsSome = Annotated[int, Field(strict=True, ge=1, le=10**9, description="whole grams")]
ParcelIds = Annotated[tuple[Id, ...], Field(min_length=1, max_length=PARCELS_PER_REQUEST_MAX)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Weight = Annotated[int, Field(strict=True, ge=0, le=10**12, description="whole grams")]
Version = Annotated[int, Field(strict=True, ge=1)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
IncidentCode = Literal[
    "carrier_damaged",
    "carrier_delayed",
    "carrier_lost",
    "carrier_misrouted",
    "carrier_missed_pickup",
    "carrier_no_capacity",
    "carrier_strike",
    "carrier_vehicle",
    "consignee_absent",
    "consignee_address",
    "consignee_closed",
    "consignee_duty_unpaid",
    "consignee_moved",
    "consignee_no_identity",
    "consignee_refused",
    "consignee_rescheduled",
    "consignee_unclaimed",
    "customs_documents",
    "customs_duty",
    "customs_inspection",
    "customs_prohibited",
    "customs_seized",
    "customs_valuation",
    "nature_disaster",
    "nature_weather",
    "security_dangerous_goods",
    "security_screening",
    "security_stolen",
    "sender_cancelled",
    "sender_label",
    "sender_no_show",
    "sender_packaging",
    "sender_weight",
    "temperature_broken",
    "unknown",
]
Classifier = Literal["planned", "estimated", "actual"]


class HandlingWords(Words):
    """What decides who may travel with whom; `dangerous_class` is the UN class or division."""

    temperature: Literal["ambient", "chilled", "frozen"] = "ambient"
    bonded: bool = False
    dangerous_class: Annotated[str, Field(pattern=r"^([1-9](\.[1-6])?)?$")] = ""


class InsuredValue(Words):
    """What is paid out when the parcel is lost."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    currency: Currency


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


class PricePerKg(Words):
    """What one kilogram of chargeable weight costs."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    currency: Currency


class OpenConsolidation(Words):
    """A pool on one lane. `price_per_kg` is the carrier's, per kilogram of chargeable weight."""

    origin: Place
    destination: Place
    destination_hub: HubName
    mode: Literal["air", "sea"] = "air"
    master_waybill: ShortText
    unit_no: ShortText
    cut_off_at: AwareDatetime
    departs_at: AwareDatetime | None = None
    arrives_at: AwareDatetime | None = None
    price_per_kg: PricePerKg
    minimum_minor: Annotated[int, Field(strict=True, ge=0, le=10**12)] = 0
    volumetric_divisor: Annotated[int, Field(strict=True, ge=1_000, le=10_000)] = 6_000
    weight_step_g: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 500
    handling: HandlingWords = HandlingWords()


class PoolParcels(Words):
    """Parcels to put into an open consolidation; each gets its own answer."""

    parcel_ids: ParcelIds


class PooledLine(Words):
    """What became of one parcel: pooled, or the code and sentence why not."""

    parcel_id: Id
    pooled: bool
    code: ShortText | None = None
    detail: Text | None = None


class PooledReply(Words):
    """One line per parcel asked for, and how many are aboard now."""

    lines: Annotated[tuple[PooledLine, ...], Field(max_length=PARCELS_PER_REQUEST_MAX)]
    aboard: Count


class SealConsolidation(Words):
    """The seals put on the unit."""

    seals: Seals


class DropParcels(Words):
    """Parcels that stay behind, and the seals put on after they were taken out."""

    parcel_ids: ParcelIds
    seals: Seals
    reason: ShortText


class HandOver(Words):
    """What the carrier's scales at the gate said."""

    gate_weight_g: GramsSome


class Depart(Words):
    """A unit not handed over yet is: at the weight given, or the simulated carrier's."""

    gate_weight_g: GramsSome | None = None


class ConsolidationView(Words):
    """A consolidation at the hub that sends it; weights and money are known once it is sealed."""

    id: Id
    origin: Place
    destination: Place
    destination_hub: HubName
    mode: Literal["air", "sea"]
    master_waybill: ShortText
    unit_no: ShortText
    cut_off_at: Moment
    departs_at: Moment | None
    arrives_at: Moment | None
    handling: HandlingWords
    state: ShortText
    seals: Annotated[tuple[ShortText, ...], Field(max_length=SEALS_MAX)]
    aboard: Count
    gross_weight_g: Weight | None = None
    volumetric_weight_g: Weight | None = None
    chargeable_weight_g: Weight | None = None
    freight: MoneyWords | None = None
    freight_alone: MoneyWords | None = None
    saved: MoneyWords | None = None
    gate_weight_g: Weight | None = None
    export_declaration_id: Id | None = None
    version: Version


class ShareView(Words):
    """One parcel's share, beside what it would have paid travelling alone."""

    parcel_id: Id
    logistics_no: ShortText
    chargeable_weight_g: Weight
    amount: MoneyWords
    alone: MoneyWords


class FreightView(Words):
    """The freight of a consolidation as it stands, and the shares the caller may see."""

    chargeable_weight_g: Weight
    total: MoneyWords
    alone: MoneyWords
    saved: MoneyWords
    shares: Annotated[tuple[ShareView, ...], Field(max_length=PARCELS_PER_CONSOLIDATION_MAX)]


class SellerFairnessView(Words):
    """One seller's side: what its parcels pay, and what they would cost in a shipment of its own.

    `singly` is each parcel by itself; `shapley` what it adds to the cost in the mean over every
    order of joining.
    """

    seller_id: Id
    parcels: Count
    pays: MoneyWords
    alone: MoneyWords
    singly: MoneyWords
    saved: MoneyWords
    shapley: MoneyWords


class FairnessView(Words):
    """Whether the split is fair. `worst_excess` above zero: that group would pay less by itself."""

    nobody_pays_more_than_alone: bool
    worst_excess: MoneyWords
    worst_group_sellers: Count
    exact: bool
    sellers: Annotated[
        tuple[SellerFairnessView, ...], Field(max_length=PARCELS_PER_CONSOLIDATION_MAX)
    ]


class ArriveConsolidation(Words):
    """The seals found on the unit; they must be the ones it left with."""

    seals: Seals


class InboundConsolidationView(Words):
    """A unit on its way to this hub, or in it."""

    id: Id
    origin_hub: HubName
    origin: Place
    destination: Place
    master_waybill: ShortText
    unit_no: ShortText
    seals: Annotated[tuple[ShortText, ...], Field(max_length=SEALS_MAX)]
    state: ShortText
    departed_at: Moment
    arrived_at: Moment | None
    closed_at: Moment | None
    version: Version


class InboundParcelView(Words):
    """A parcel for a buyer of this hub: where it is and what customs said of it."""

    logistics_no: ShortText
    order_id: Id
    order_no: ShortText
    parcel_id: Id | None
    origin_hub: HubName | None
    consolidation_id: Id | None
    clearance: ShortText
    state: ShortText
    pool: ShortText | None
    delivered_at: Moment | None
    proof_sha256: Sha256 | None
    insured: MoneyWords | None = None
    version: Version


class DeconsolidatedReply(Words):
    """The unit is empty: how many parcels go to their buyers, wait for customs, or return."""

    consolidation: InboundConsolidationView
    released: Count
    held: Count
    sent_back: Count


class DeliverParcel(Words):
    """The hash of the proof of delivery; the proof itself stays with the carrier."""

    proof_sha256: Sha256


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
