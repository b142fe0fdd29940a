"""From what the domain knows to what callers read."""

from collections.abc import Sequence

from services.logistics.domain.consignee import CarrierWaybill
from services.logistics.domain.consolidation import Consolidation
from services.logistics.domain.fairness import Fairness
from services.logistics.domain.freight import FreightSplit, Share
from services.logistics.domain.inbound import InboundConsolidation, InboundParcel
from services.logistics.domain.parcel import Handling, Parcel
from services.logistics.domain.tracking import TrackingEvent
from shared.contracts.event import MoneyWords
from shared.contracts.logistics.api import ParcelView, TrackingLine, WaybillView
from shared.contracts.logistics.consolidation_api import (
    ConsolidationView,
    FairnessView,
    FreightView,
    InboundConsolidationView,
    InboundParcelView,
    SellerFairnessView,
    ShareView,
)
from shared.contracts.logistics.words import HandlingWords


def handling_words(handling: Handling) -> HandlingWords:
    return HandlingWords(
        temperature=handling.temperature.value,
        bonded=handling.bonded,
        dangerous_class=handling.dangerous_class,
    )


def parcel_view(parcel: Parcel) -> ParcelView:
    return ParcelView(
        id=parcel.id,
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        order_no=parcel.order_no,
        seller_id=parcel.seller_id,
        destination_hub=parcel.destination_hub,
        gross_weight_g=parcel.gross_g,
        length_mm=parcel.size.length_mm,
        width_mm=parcel.size.width_mm,
        height_mm=parcel.size.height_mm,
        packages=parcel.packages,
        handling=handling_words(parcel.handling),
        state=parcel.state.value,
        pool=parcel.pool.value if parcel.pool else None,
        consolidation_id=parcel.consolidation_id,
        insured=MoneyWords.of(parcel.insured) if parcel.insured else None,
        deliver_by=parcel.due_at,
        version=parcel.version,
    )


def consolidation_view(consolidation: Consolidation, *, aboard: int) -> ConsolidationView:
    figures = consolidation.figures
    return ConsolidationView(
        id=consolidation.id,
        origin=consolidation.lane.origin,
        destination=consolidation.lane.destination,
        destination_hub=consolidation.lane.destination_hub,
        mode="air" if consolidation.lane.by_air else "sea",
        master_waybill=consolidation.master_waybill,
        unit_no=consolidation.unit_no,
        cut_off_at=consolidation.schedule.cut_off_at,
        departs_at=consolidation.schedule.departs_at,
        arrives_at=consolidation.schedule.arrives_at,
        handling=handling_words(consolidation.handling),
        state=consolidation.state.value,
        seals=consolidation.seals,
        aboard=aboard,
        gross_weight_g=figures.gross_g if figures else None,
        volumetric_weight_g=figures.volumetric_g if figures else None,
        chargeable_weight_g=figures.chargeable_g if figures else None,
        freight=MoneyWords.of(figures.freight) if figures else None,
        freight_alone=MoneyWords.of(figures.alone) if figures else None,
        saved=MoneyWords.of(figures.alone - figures.freight) if figures else None,
        gate_weight_g=consolidation.gate_weight_g,
        export_declaration_id=consolidation.export_declaration_id,
        unit_type=consolidation.unit_type,
        unit_cost=MoneyWords.of(consolidation.unit_cost) if consolidation.unit_cost else None,
        version=consolidation.version,
    )


def freight_view(
    split: FreightSplit, shares: Sequence[Share], parcels: dict[str, Parcel]
) -> FreightView:
    return FreightView(
        chargeable_weight_g=split.chargeable_g,
        total=MoneyWords.of(split.total),
        alone=MoneyWords.of(split.alone),
        saved=MoneyWords.of(split.saved),
        shares=tuple(
            ShareView(
                parcel_id=share.parcel_id,
                logistics_no=parcels[share.parcel_id].logistics_no,
                chargeable_weight_g=share.chargeable_g,
                amount=MoneyWords.of(share.amount),
                alone=MoneyWords.of(share.alone),
            )
            for share in shares
        ),
    )


def fairness_view(fairness: Fairness, visible: frozenset[str]) -> FairnessView:
    return FairnessView(
        nobody_pays_more_than_alone=fairness.nobody_pays_more_than_alone,
        worst_excess=MoneyWords.of(fairness.worst_excess),
        worst_group_sellers=len(fairness.worst_group),
        exact=fairness.exact,
        sellers=tuple(
            SellerFairnessView(
                seller_id=seller.seller_id,
                parcels=seller.parcels,
                pays=MoneyWords.of(seller.pays),
                alone=MoneyWords.of(seller.alone),
                singly=MoneyWords.of(seller.singly),
                saved=MoneyWords.of(seller.saved),
                shapley=MoneyWords.of(seller.shapley),
            )
            for seller in fairness.sellers
            if seller.seller_id in visible
        ),
    )


def waybill_view(waybill: CarrierWaybill) -> WaybillView:
    return WaybillView(
        id=waybill.id,
        logistics_no=waybill.logistics_no,
        order_no=waybill.order_no,
        carrier_code=waybill.carrier_code,
        master_waybill=waybill.master_waybill,
        freight=MoneyWords.of(waybill.freight),
        insured=MoneyWords.of(waybill.insured),
        gross_weight_g=waybill.gross_g,
        packages=waybill.packages,
        consignee_name=waybill.consignee.name,
        consignee_phone=waybill.consignee.phone,
        consignee_address=waybill.consignee.address,
        version=waybill.version,
    )


def inbound_consolidation_view(unit: InboundConsolidation) -> InboundConsolidationView:
    return InboundConsolidationView(
        id=unit.id,
        origin_hub=unit.origin_hub,
        origin=unit.origin,
        destination=unit.destination,
        master_waybill=unit.master_waybill,
        unit_no=unit.unit_no,
        seals=unit.seals,
        state=unit.state.value,
        departed_at=unit.departed_at,
        arrived_at=unit.arrived_at,
        closed_at=unit.closed_at,
        version=unit.version,
    )


def inbound_parcel_view(parcel: InboundParcel) -> InboundParcelView:
    return InboundParcelView(
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        order_no=parcel.order_no,
        parcel_id=parcel.parcel_id or None,
        origin_hub=parcel.origin_hub or None,
        consolidation_id=parcel.consolidation_id,
        clearance=parcel.clearance.value,
        state=parcel.state.value,
        pool=parcel.pool.value if parcel.pool else None,
        delivered_at=parcel.delivered_at,
        proof_sha256=parcel.proof.sha256 if parcel.proof else None,
        proof_kind=parcel.proof.kind.value if parcel.proof else None,
        proof_at=parcel.proof.taken_at if parcel.proof else None,
        proof_place=(parcel.proof.place or None) if parcel.proof else None,
        insured=MoneyWords.of(parcel.insured) if parcel.insured else None,
        version=parcel.version,
    )


def tracking_line(event: TrackingEvent) -> TrackingLine:
    return TrackingLine(
        activity=event.activity,
        classifier=event.classifier.value,
        happens_at=event.happens_at,
        place=event.place,
        simulated=event.simulated,
        remark=event.remark or None,
        reason=event.reason,
    )
