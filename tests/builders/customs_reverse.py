"""The reverse leg: a Hangzhou seller's parcel as customs and payments of my-kul hear of it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from shared.contracts.customs.events import ExportLine, ExportParcel, ExportReleased
from shared.contracts.event import Event, MoneyWords
from shared.contracts.logistics.events import (
    ConsolidationDeparted,
    ParcelBooked,
    PooledParcel,
    WaybillRecorded,
)
from shared.contracts.orders.events import (
    OrderLine,
    OrderPlaced,
    ReturnedLine,
    ReturnReceived,
    ReturnRequested,
)
from shared.contracts.payments.events import PaymentCaptured
from shared.kernel.ids import derived_id

CHINA, MALAYSIA = "cn-hgh", "my-kul"
STANDS_SELLER = derived_id("mbr", CHINA, "stands")
MARKET = derived_id("mbr", MALAYSIA, "pasar")
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
NAME, PHONE, ADDRESS = "Aminah", "0120000001", "1 Jalan Ampang"
IDENTITY = "900101145001"
MASTER = "784-00000001"


def ringgit(minor: int) -> MoneyWords:
    return MoneyWords(amount_minor=minor, currency="MYR")


@dataclass(frozen=True, kw_only=True)
class ReverseParcel:
    """Phone stands for a Malaysian buyer; amounts in sen, `tax` as the order states it."""

    number: str
    price: int
    tax: int
    freight: int = 0
    quantity: int = 1
    channel: str = "air-courier"
    seller_id: str = STANDS_SELLER

    @property
    def order_no(self) -> str:
        return f"PASAR-{self.number}"

    @property
    def logistics_no(self) -> str:
        return f"HZ-{self.number}"

    @property
    def order_id(self) -> str:
        return derived_id("ord", MALAYSIA, self.order_no)

    @property
    def parcel_id(self) -> str:
        return derived_id("pcl", CHINA, self.logistics_no)

    @property
    def consolidation_id(self) -> str:
        return derived_id("con", CHINA, self.number)

    @property
    def declaration_id(self) -> str:
        return derived_id("dec", MALAYSIA, self.logistics_no)

    @property
    def goods(self) -> int:
        return self.price * self.quantity

    @property
    def paid(self) -> int:
        return self.goods + self.freight + self.tax

    @property
    def _named(self) -> dict[str, Any]:
        return {"order_id": self.order_id, "order_no": self.order_no}

    def placed(self) -> OrderPlaced:
        line = OrderLine(
            line_no=1,
            sku="STAND",
            description="phone stand",
            hs_code="3926909900",
            origin="CN",
            quantity=self.quantity,
            unit_price=ringgit(self.price),
            total_price=ringgit(self.goods),
            net_weight_g=300,
        )
        return OrderPlaced(
            **self._named,
            platform_code="PASAR",
            marketplace_id=MARKET,
            seller_id=self.seller_id,
            seller_hub=CHINA,
            buyer_hub=MALAYSIA,
            channel=self.channel,
            buyer_id_number=IDENTITY,
            buyer_name=NAME,
            buyer_phone=PHONE,
            buyer_address=ADDRESS,
            goods=ringgit(self.goods),
            freight=ringgit(self.freight),
            tax=ringgit(self.tax),
            discount=ringgit(0),
            paid=ringgit(self.paid),
            lines=(line,),
            placed_at=NOON,
        )

    def captured(self) -> PaymentCaptured:
        return PaymentCaptured(
            **self._named,
            payment_id=derived_id("pay", MALAYSIA, self.order_no),
            pay_transaction_id=f"P-{self.number}",
            amount=ringgit(self.paid),
            payer_id_number=IDENTITY,
            payer_name=NAME,
            captured_at=NOON,
        )

    def documents(self) -> list[tuple[Event, str | None]]:
        """Every document that makes the dossier complete, and the peer that says it."""
        return [
            (self.placed(), None),
            (self.captured(), None),
            (self._waybill(), None),
            (self._booked(), CHINA),
            (self._exported(), CHINA),
            (self._departed(), CHINA),
        ]

    def return_requested(self) -> ReturnRequested:
        return ReturnRequested(
            **self._of_return,
            **self._named,
            seller_id=self.seller_id,
            seller_hub=CHINA,
            buyer_hub=MALAYSIA,
            reason="changed-mind",
            requested_at=NOON,
        )

    def return_received(self) -> ReturnReceived:
        return ReturnReceived(
            **self._of_return,
            **self._named,
            requested_at=NOON,
            condition="original",
            received_at=NOON,
            goods_refund=ringgit(self.price),
        )

    @property
    def _of_return(self) -> dict[str, Any]:
        return {
            "return_id": derived_id("ret", MALAYSIA, self.number),
            "logistics_no": self.logistics_no,
            "lines": (ReturnedLine(line_no=1, quantity=1),),
        }

    def _waybill(self) -> WaybillRecorded:
        return WaybillRecorded(
            waybill_id=derived_id("wbl", MALAYSIA, self.logistics_no),
            logistics_no=self.logistics_no,
            order_no=self.order_no,
            version=1,
            carrier_code="784",
            master_waybill=MASTER,
            freight=ringgit(self.freight),
            insured=ringgit(0),
            gross_weight_g=400,
            packages=1,
            consignee_name=NAME,
            consignee_phone=PHONE,
            consignee_address=ADDRESS,
        )

    def _booked(self) -> ParcelBooked:
        return ParcelBooked(
            **self._named,
            parcel_id=self.parcel_id,
            logistics_no=self.logistics_no,
            seller_id=self.seller_id,
            destination_hub=MALAYSIA,
            gross_weight_g=400,
            length_mm=100,
            width_mm=100,
            height_mm=100,
            packages=1,
        )

    def _exported(self) -> ExportReleased:
        fob = ringgit(self.goods)
        parcel = ExportParcel(
            **self._named,
            parcel_id=self.parcel_id,
            logistics_no=self.logistics_no,
            gross_weight_g=400,
            net_weight_g=300,
            fob=fob,
        )
        line = ExportLine(hs_code="392690", quantity=self.quantity, net_weight_g=300, fob=fob)
        return ExportReleased(
            declaration_id=derived_id("exp", CHINA, self.consolidation_id),
            form="603",
            consolidation_id=self.consolidation_id,
            master_waybill=MASTER,
            lines=(line,),
            parcels=(parcel,),
            fob_total=fob,
            released_at=NOON,
        )

    def _departed(self) -> ConsolidationDeparted:
        pooled = PooledParcel(
            **self._named,
            parcel_id=self.parcel_id,
            logistics_no=self.logistics_no,
            seller_id=self.seller_id,
            gross_weight_g=400,
        )
        return ConsolidationDeparted(
            consolidation_id=self.consolidation_id,
            master_waybill=MASTER,
            unit_no="AKE1",
            seals=("S1",),
            origin="CNHGH",
            destination="MYKUL",
            parcels=(pooled,),
            departed_at=NOON,
        )
