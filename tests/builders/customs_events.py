"""What the neighbours of customs say about one parcel of the sample lane, told apart by number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.customs.events import ExportLine, ExportParcel, ExportReleased
from shared.contracts.event import Event, MoneyWords
from shared.contracts.logistics.events import (
    ConsolidationDeparted,
    ConsolidationSealed,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    PooledParcel,
    WaybillRecorded,
)
from shared.contracts.orders.events import OrderCancelled, OrderLine, OrderPlaced
from shared.contracts.payments.events import PaymentCaptured
from shared.kernel.ids import derived_id

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
ORIGIN, DESTINATION = "my-kul", "cn-hgh"
SELLER = derived_id("mbr", ORIGIN, "kinta")
MARKETPLACE = derived_id("mbr", DESTINATION, "tasik")
BUYER_ID, BUYER_NAME = "330106190001010017", "林舒"
PHONE, ADDRESS = "13800000001", "浙江省杭州市西湖区文三路1号"
WRONG_PHONE = "13800000002"
MASTER = "232-12345675"


def yuan(text: str) -> MoneyWords:
    whole, _, fen = text.partition(".")
    return MoneyWords(amount_minor=int(whole) * 100 + int(fen), currency="CNY")


@dataclass(frozen=True)
class Parcel:
    """One parcel, told apart by `number`; `unit` is the consolidation it travels in."""

    number: str = "A-001"
    unit: str = ""

    @property
    def order_no(self) -> str:
        return f"TASIK-{self.number}"

    @property
    def logistics_no(self) -> str:
        return f"KV-{self.number}"

    @property
    def order_id(self) -> str:
        return derived_id("ord", DESTINATION, self.order_no)

    @property
    def parcel_id(self) -> str:
        return derived_id("pcl", ORIGIN, self.logistics_no)

    @property
    def declaration_id(self) -> str:
        return derived_id("dec", DESTINATION, self.logistics_no)

    @property
    def consolidation_id(self) -> str:
        return derived_id("con", ORIGIN, self.unit or self.number)

    def placed(self, **changes: Any) -> OrderPlaced:
        """The order as its own hub says it, with its buyer."""
        values: dict[str, Any] = {
            "order_id": self.order_id,
            "order_no": self.order_no,
            "platform_code": "TASIK",
            "marketplace_id": MARKETPLACE,
            "seller_id": SELLER,
            "seller_hub": ORIGIN,
            "buyer_hub": DESTINATION,
            "channel": "9610",
            "buyer_id_number": BUYER_ID,
            "buyer_name": BUYER_NAME,
            "buyer_phone": PHONE,
            "buyer_address": ADDRESS,
            "goods": yuan("58.00"),
            "freight": yuan("12.00"),
            "tax": yuan("6.37"),
            "discount": yuan("0.00"),
            "paid": yuan("76.37"),
            "lines": (coffee(),),
            "placed_at": NOON,
        }
        return OrderPlaced(**(values | changes))

    def placed_abroad(self, **changes: Any) -> OrderPlaced:
        """The order as the e-road brings it: a token in place of the buyer."""
        hidden: dict[str, Any] = {
            "buyer_id_number": "buyer_tok_7f3a",
            "buyer_name": None,
            "buyer_phone": None,
            "buyer_address": None,
        }
        return self.placed(**(hidden | changes))

    def cancelled(self, reason: str = "buyer-changed-mind") -> OrderCancelled:
        return OrderCancelled(order_id=self.order_id, order_no=self.order_no, reason=reason)

    def captured(self, **changes: Any) -> PaymentCaptured:
        values: dict[str, Any] = {
            "payment_id": derived_id("pay", DESTINATION, self.order_no),
            "pay_transaction_id": f"P-{self.number}",
            "order_id": self.order_id,
            "order_no": self.order_no,
            "amount": yuan("76.37"),
            "payer_id_number": BUYER_ID,
            "payer_name": BUYER_NAME,
            "captured_at": NOON,
        }
        return PaymentCaptured(**(values | changes))

    def waybill(self, **changes: Any) -> WaybillRecorded:
        values: dict[str, Any] = {
            "waybill_id": derived_id("wbl", DESTINATION, self.logistics_no),
            "logistics_no": self.logistics_no,
            "order_no": self.order_no,
            "version": 1,
            "carrier_code": "232",
            "master_waybill": MASTER,
            "freight": yuan("12.00"),
            "insured": yuan("0.00"),
            "gross_weight_g": 720,
            "packages": 1,
            "consignee_name": BUYER_NAME,
            "consignee_phone": PHONE,
            "consignee_address": ADDRESS,
        }
        return WaybillRecorded(**(values | changes))

    def booked(self, **changes: Any) -> ParcelBooked:
        values: dict[str, Any] = {
            "parcel_id": self.parcel_id,
            "logistics_no": self.logistics_no,
            "order_id": self.order_id,
            "order_no": self.order_no,
            "seller_id": SELLER,
            "destination_hub": DESTINATION,
            "gross_weight_g": 720,
            "length_mm": 180,
            "width_mm": 160,
            "height_mm": 110,
            "packages": 1,
        }
        return ParcelBooked(**(values | changes))

    def parcel_cancelled(self, reason: str = "short-shipped") -> ParcelCancelled:
        return ParcelCancelled(
            parcel_id=self.parcel_id,
            logistics_no=self.logistics_no,
            order_id=self.order_id,
            reason=reason,
        )

    def delivered(self) -> ParcelDelivered:
        return ParcelDelivered(
            parcel_id=self.parcel_id,
            logistics_no=self.logistics_no,
            order_id=self.order_id,
            order_no=self.order_no,
            delivered_at=NOON + timedelta(days=2),
            proof_sha256="0" * 64,
        )

    def pooled(self) -> PooledParcel:
        return PooledParcel(
            parcel_id=self.parcel_id,
            logistics_no=self.logistics_no,
            order_id=self.order_id,
            order_no=self.order_no,
            seller_id=SELLER,
            gross_weight_g=720,
        )

    def documents(self) -> dict[str, Event]:
        """Everything the destination needs to declare this parcel."""
        return {
            "order": self.placed(),
            "payment": self.captured(),
            "waybill": self.waybill(),
            "booking": self.booked(),
            "export": export_released([self]),
            "departure": departed([self]),
        }


def coffee(**changes: Any) -> OrderLine:
    values: dict[str, Any] = {
        "line_no": 1,
        "sku": "KV-3IN1-15",
        "gtin": "9556000000010",
        "description": "Kinta Valley white coffee 3-in-1, 15 x 38 g",
        "hs_code": "2101120000",
        "origin": "MY",
        "quantity": 1,
        "unit_price": yuan("58.00"),
        "total_price": yuan("58.00"),
        "net_weight_g": 570,
    }
    return OrderLine(**(values | changes))


def sealed(parcels: Sequence[Parcel], **changes: Any) -> ConsolidationSealed:
    values: dict[str, Any] = {
        "consolidation_id": parcels[0].consolidation_id,
        "version": 1,
        "master_waybill": MASTER,
        "unit_no": "AKE12345MH",
        "seals": ("S1", "S2"),
        "origin": "MYKUL",
        "destination": "CNHGH",
        "destination_hub": DESTINATION,
        "parcels": tuple(parcel.pooled() for parcel in parcels),
        "gross_weight_g": 720 * len(parcels),
        "chargeable_weight_g": 1_000 * len(parcels),
    }
    return ConsolidationSealed(**(values | changes))


def departed(parcels: Sequence[Parcel], **changes: Any) -> ConsolidationDeparted:
    values: dict[str, Any] = {
        "consolidation_id": parcels[0].consolidation_id,
        "master_waybill": MASTER,
        "unit_no": "AKE12345MH",
        "seals": ("S1", "S2"),
        "origin": "MYKUL",
        "destination": "CNHGH",
        "parcels": tuple(parcel.pooled() for parcel in parcels),
        "departed_at": NOON + timedelta(hours=2),
    }
    return ConsolidationDeparted(**(values | changes))


def export_released(parcels: Sequence[Parcel], **changes: Any) -> ExportReleased:
    """What the origin's customs say of these parcels, one box of coffee in each."""
    count = len(parcels)
    fob = MoneyWords(amount_minor=5_800 * count, currency="CNY")
    line = ExportLine(hs_code="210112", quantity=count, net_weight_g=570 * count, fob=fob)
    values: dict[str, Any] = {
        "declaration_id": derived_id("exp", ORIGIN, parcels[0].consolidation_id),
        "form": "K2",
        "consolidation_id": parcels[0].consolidation_id,
        "master_waybill": MASTER,
        "lines": (line,),
        "parcels": tuple(_exported(parcel) for parcel in parcels),
        "fob_total": fob,
        "released_at": NOON + timedelta(hours=1),
    }
    return ExportReleased(**(values | changes))


def _exported(parcel: Parcel) -> ExportParcel:
    return ExportParcel(
        parcel_id=parcel.parcel_id,
        logistics_no=parcel.logistics_no,
        order_id=parcel.order_id,
        order_no=parcel.order_no,
        gross_weight_g=720,
        net_weight_g=570,
        fob=yuan("58.00"),
    )


PEERS = frozenset({"booking", "export", "departure"})
"""The documents of `Parcel.documents` that come over the e-road."""
