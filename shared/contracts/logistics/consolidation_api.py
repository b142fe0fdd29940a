"""What one may ask `logistics` about consolidations, at either end of their way."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    Currency,
    HubName,
    Id,
    Moment,
    MoneyWords,
    ShortText,
    Text,
    Words,
)
from shared.contracts.logistics.events import PARCELS_PER_CONSOLIDATION_MAX
from shared.contracts.logistics.words import (
    PARCELS_PER_REQUEST_MAX,
    SEALS_MAX,
    Count,
    GramsSome,
    HandlingWords,
    ParcelIds,
    Place,
    ProofWord,
    Seals,
    Sha256,
    UnitTypeCode,
    Version,
    Weight,
)
from shared.contracts.times import AskedMoment

UNITS_MAX = 5_001
Sscc = Annotated[str, Field(pattern=r"^[0-9]{18}$")]


class PricePerKg(Words):
    """What one kilogram of chargeable weight costs."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=10**9)]
    currency: Currency


class UnitCost(Words):
    """What a unit costs."""

    amount_minor: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    currency: Currency


class OpenConsolidation(Words):
    """A pool on one lane. `price_per_kg` is the carrier's, per kilogram of chargeable weight."""

    origin: Place
    destination: Place
    destination_hub: HubName
    mode: Literal["air", "sea"] = "air"
    master_waybill: ShortText
    unit_no: ShortText
    cut_off_at: AskedMoment
    departs_at: AskedMoment | None = None
    arrives_at: AskedMoment | None = None
    price_per_kg: PricePerKg
    minimum_minor: Annotated[int, Field(strict=True, ge=0, le=10**12)] = 0
    volumetric_divisor: Annotated[int, Field(strict=True, ge=1_000, le=10_000)] = 6_000
    weight_step_g: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 500
    handling: HandlingWords = HandlingWords()
    unit_type: UnitTypeCode | None = None
    """Which kind of unit it is (20GP, 40HQ, AKE...); needed for assignments and load plans."""
    unit_cost: UnitCost | None = None
    """What the unit costs however full it is; assignments keep the sum of these low."""


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
    unit_type: ShortText | None = None
    unit_cost: MoneyWords | None = None
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
    proof_kind: ProofWord | None = None
    proof_at: Moment | None = None
    proof_place: Place | None = None
    insured: MoneyWords | None = None
    version: Version


class DeconsolidatedReply(Words):
    """The unit is empty: how many parcels go to their buyers, wait for customs, or return."""

    consolidation: InboundConsolidationView
    released: Count
    held: Count
    sent_back: Count


class NumberUnits(Words):
    """Boxes for these parcels, or one bag or pallet; in `parent`, or in the unit itself."""

    kind: Literal["box", "bag", "pallet"]
    parent: Sscc | None = None
    parcel_ids: Annotated[tuple[Id, ...], Field(max_length=PARCELS_PER_REQUEST_MAX)] = ()


class HandlingUnitView(Words):
    """One numbered unit, what it stands in, and which parcel is in it."""

    sscc: Sscc
    kind: Literal["box", "bag", "pallet", "transport"]
    parent: Sscc | None
    parcel_id: Id | None


class HandlingUnitsReply(Words):
    """The tree: the container or air unit is the root."""

    units: Annotated[tuple[HandlingUnitView, ...], Field(max_length=UNITS_MAX)]
