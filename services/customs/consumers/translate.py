"""Events as they come, in the words of customs' own documents."""

from services.customs.domain.basis import Finding
from services.customs.domain.documents import (
    Booking,
    Consignee,
    Departure,
    ExportProof,
    OrderDocument,
    OrderedGoods,
    PaymentDocument,
    Person,
    WaybillDocument,
)
from services.customs.domain.manifest import (
    DeclaredParcel,
    DeclaredUnit,
    Manifest,
    ManifestedParcel,
)
from shared.contracts.customs.events import ExportParcel, ExportReleased
from shared.contracts.customs.events import Finding as FindingWords
from shared.contracts.logistics.events import (
    ConsolidationDeparted,
    ConsolidationManifested,
    ParcelBooked,
    WaybillRecorded,
)
from shared.contracts.orders.events import OrderLine, OrderPlaced
from shared.contracts.payments.events import PaymentCaptured


def order_of(event: OrderPlaced) -> OrderDocument:
    return OrderDocument(
        order_id=event.order_id,
        order_no=event.order_no,
        platform_code=event.platform_code,
        marketplace_id=event.marketplace_id,
        seller_id=event.seller_id,
        seller_hub=event.seller_hub,
        buyer_hub=event.buyer_hub,
        channel=event.channel,
        goods=event.goods.money(),
        freight=event.freight.money(),
        tax=event.tax.money(),
        discount=event.discount.money(),
        paid=event.paid.money(),
        lines=tuple(goods_of(line) for line in event.lines),
        orderer=Person(id_number=event.buyer_id_number, name=event.buyer_name),
        consignee=_consignee_of(event),
        placed_at=event.placed_at,
    )


def goods_of(line: OrderLine) -> OrderedGoods:
    return OrderedGoods(
        line_no=line.line_no,
        sku=line.sku,
        gtin=line.gtin,
        description=line.description,
        hs_code=line.hs_code,
        origin=line.origin,
        quantity=line.quantity,
        unit_price=line.unit_price.money(),
        total_price=line.total_price.money(),
        net_weight_g=line.net_weight_g,
    )


def payment_of(event: PaymentCaptured) -> PaymentDocument:
    payer = None
    if event.payer_id_number is not None:
        payer = Person(id_number=event.payer_id_number, name=event.payer_name)
    return PaymentDocument(
        payment_id=event.payment_id,
        pay_transaction_id=event.pay_transaction_id,
        order_id=event.order_id,
        order_no=event.order_no,
        amount=event.amount.money(),
        paid_at=event.captured_at,
        payer=payer,
    )


def waybill_of(event: WaybillRecorded) -> WaybillDocument:
    return WaybillDocument(
        waybill_id=event.waybill_id,
        version=event.version,
        logistics_no=event.logistics_no,
        order_no=event.order_no,
        carrier_code=event.carrier_code,
        master_waybill=event.master_waybill,
        freight=event.freight.money(),
        insured=event.insured.money(),
        gross_weight_g=event.gross_weight_g,
        packages=event.packages,
        consignee=Consignee(
            name=event.consignee_name,
            phone=event.consignee_phone,
            address=event.consignee_address,
        ),
    )


def booking_of(event: ParcelBooked) -> Booking:
    return Booking(
        parcel_id=event.parcel_id,
        logistics_no=event.logistics_no,
        order_id=event.order_id,
        order_no=event.order_no,
        seller_id=event.seller_id,
        gross_weight_g=event.gross_weight_g,
        packages=event.packages,
    )


def export_proof_of(event: ExportReleased, parcel: ExportParcel) -> ExportProof:
    return ExportProof(
        declaration_id=event.declaration_id,
        form=event.form,
        consolidation_id=event.consolidation_id,
        master_waybill=event.master_waybill,
        gross_weight_g=parcel.gross_weight_g,
        net_weight_g=parcel.net_weight_g,
        fob=parcel.fob.money(),
    )


def declared_unit_of(event: ExportReleased) -> DeclaredUnit:
    return DeclaredUnit(
        declaration_id=event.declaration_id,
        master_waybill=event.master_waybill,
        parcels=tuple(
            DeclaredParcel(
                logistics_no=parcel.logistics_no,
                order_no=parcel.order_no,
                gross_weight_g=parcel.gross_weight_g,
            )
            for parcel in event.parcels
        ),
        released_at=event.released_at,
    )


def manifest_of(event: ConsolidationManifested) -> Manifest:
    return Manifest(
        master_waybill=event.master_waybill,
        export_declaration_id=event.export_declaration_id,
        unit_no=event.unit_no,
        seals=event.seals,
        origin=event.origin,
        destination=event.destination,
        gate_weight_g=event.gate_weight_g,
        parcels=tuple(
            ManifestedParcel(
                logistics_no=house.logistics_no,
                order_no=house.order_no,
                gross_weight_g=house.gross_weight_g,
                packages=house.packages,
            )
            for house in event.houses
        ),
        departed_at=event.departed_at,
    )


def departure_of(event: ConsolidationDeparted) -> Departure:
    return Departure(
        consolidation_id=event.consolidation_id,
        master_waybill=event.master_waybill,
        departed_at=event.departed_at,
    )


def finding_of(words: FindingWords) -> Finding:
    return Finding(
        code=words.code, field=words.field, documents=words.documents, remedy=words.remedy
    )


def _consignee_of(event: OrderPlaced) -> Consignee | None:
    if event.buyer_name is None or event.buyer_phone is None or event.buyer_address is None:
        return None
    return Consignee(name=event.buyer_name, phone=event.buyer_phone, address=event.buyer_address)
