"""From what callers write to what the domain speaks of."""

from services.logistics.domain.consignee import CarrierWaybill, Consignee
from services.logistics.domain.freight import Break, Tariff
from services.logistics.domain.lane import Lane, Schedule
from services.logistics.domain.parcel import Handling, Temperature
from services.logistics.domain.waybill import check_logistics_no
from services.logistics.domain.weights import Dimensions, WeightRule
from services.logistics.usecases.book_parcel import Packed
from shared.contracts.logistics.api import BookParcel, CorrectWaybill, RecordWaybill
from shared.contracts.logistics.consolidation_api import OpenConsolidation
from shared.contracts.logistics.words import HandlingWords
from shared.kernel.codes import check_unlocode
from shared.kernel.money import Money


def packed_of(body: BookParcel) -> Packed:
    return Packed(
        gross_g=body.gross_weight_g,
        size=Dimensions(length_mm=body.length_mm, width_mm=body.width_mm, height_mm=body.height_mm),
        packages=body.packages,
        handling=handling_of(body.handling),
        insured=Money(body.insured.amount_minor, body.insured.currency) if body.insured else None,
        due_at=body.deliver_by,
        lines=body.lines,
    )


def handling_of(words: HandlingWords) -> Handling:
    return Handling(
        temperature=Temperature(words.temperature),
        bonded=words.bonded,
        dangerous_class=words.dangerous_class,
    )


def lane_of(body: OpenConsolidation) -> Lane:
    return Lane(
        origin=check_unlocode(body.origin, field="origin"),
        destination=check_unlocode(body.destination, field="destination"),
        destination_hub=body.destination_hub,
        by_air=body.mode == "air",
    )


def schedule_of(body: OpenConsolidation) -> Schedule:
    return Schedule(
        cut_off_at=body.cut_off_at, departs_at=body.departs_at, arrives_at=body.arrives_at
    )


def tariff_of(body: OpenConsolidation) -> Tariff:
    return Tariff(
        currency=body.price_per_kg.currency,
        weight_rule=WeightRule(divisor=body.volumetric_divisor, step_g=body.weight_step_g),
        breaks=(Break(from_g=0, per_kg_minor=body.price_per_kg.amount_minor),),
        minimum_minor=body.minimum_minor,
    )


def waybill_of(body: RecordWaybill, *, waybill_id: str, recorded_by: str) -> CarrierWaybill:
    """A new waybill; it may carry any hub's number, so only a number's own check digit counts."""
    number = check_logistics_no(body.logistics_no, field="logistics_no")
    return _waybill(body, waybill_id=waybill_id, logistics_no=number, recorded_by=recorded_by)


def correction_of(body: CorrectWaybill, *, old: CarrierWaybill) -> CarrierWaybill:
    """The waybill as it should have been: id, number and recorder stay."""
    return _waybill(
        body, waybill_id=old.id, logistics_no=old.logistics_no, recorded_by=old.recorded_by
    )


def _waybill(
    body: RecordWaybill | CorrectWaybill, *, waybill_id: str, logistics_no: str, recorded_by: str
) -> CarrierWaybill:
    return CarrierWaybill(
        id=waybill_id,
        logistics_no=logistics_no,
        order_no=body.order_no,
        recorded_by=recorded_by,
        carrier_code=body.carrier_code,
        master_waybill=body.master_waybill,
        freight=body.freight.money(),
        insured=body.insured.money(),
        gross_g=body.gross_weight_g,
        packages=body.packages,
        consignee=Consignee(
            name=body.consignee_name,
            phone=body.consignee_phone,
            address=body.consignee_address,
        ),
    )
