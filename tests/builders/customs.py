"""The sample lane's documents for customs: parcel A-001, one box of coffee to Hangzhou."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from services.customs.domain.admission import Rates
from services.customs.domain.documents import (
    Booking,
    CompleteDossier,
    Consignee,
    Departure,
    ExportProof,
    OrderDocument,
    OrderedGoods,
    PaymentDocument,
    Person,
    WaybillDocument,
)
from services.customs.domain.import_rules import ImportRules
from services.customs.usecases.country_rules import PackRulebook
from shared.kernel.ids import derived_id
from shared.kernel.money import Money
from shared.packs.loader import load_packs
from shared.packs.pack import Packs

TODAY = date(2026, 9, 1)
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
ORDER_NO = "TASIK-20260901-A001"
LOGISTICS_NO = "KV26090100001"
MASTER = "232-12345675"
BUYER_ID = "330106190001010017"
BUYER = Person(id_number=BUYER_ID, name="林舒")
CONSIGNEE = Consignee(name="林舒", phone="13800000001", address="浙江省杭州市西湖区文三路1号")
COFFEE, PILLOW, MATTRESS = "2101120000", "9404909000", "9404210000"


@cache
def packs() -> Packs:
    return load_packs()


def rulebook(*, seed: str = "1", forces_lanes: bool = False) -> PackRulebook:
    return PackRulebook(packs(), seed=seed, forces_lanes=forces_lanes)


def china() -> ImportRules:
    return rulebook().import_rules("CN", on=TODAY)


def cny(text: str) -> Money:
    whole, _, fen = text.partition(".")
    return Money(int(whole) * 100 + int(fen.ljust(2, "0") or 0), "CNY")


def goods(**changes: Any) -> OrderedGoods:
    values: dict[str, Any] = {
        "line_no": 1,
        "sku": "KV-3IN1-15",
        "description": "Kinta Valley white coffee 3-in-1, 15 x 38 g",
        "hs_code": COFFEE,
        "origin": "MY",
        "quantity": 1,
        "unit_price": cny("58.00"),
        "net_weight_g": 570,
        "gtin": "9556000000010",
    }
    values |= changes
    values.setdefault("total_price", values["unit_price"] * values["quantity"])
    return OrderedGoods(**values)


def order(*lines: OrderedGoods, **changes: Any) -> OrderDocument:
    """An order that adds up: whatever is changed, goods and paid follow unless given too."""
    kept = lines or (goods(),)
    values: dict[str, Any] = {
        "order_id": derived_id("ord", "cn-hgh", ORDER_NO),
        "order_no": ORDER_NO,
        "platform_code": "TASIK",
        "marketplace_id": derived_id("mbr", "cn-hgh", "tasik"),
        "seller_id": derived_id("mbr", "my-kul", "kinta"),
        "seller_hub": "my-kul",
        "buyer_hub": "cn-hgh",
        "channel": "9610",
        "goods": Money(sum(line.total_price.minor for line in kept), "CNY"),
        "freight": cny("12.00"),
        "tax": cny("6.37"),
        "discount": cny("0.00"),
        "lines": kept,
        "orderer": BUYER,
        "placed_at": NOON,
        "consignee": CONSIGNEE,
    }
    values |= changes
    paid = values["goods"] + values["freight"] + values["tax"] - values["discount"]
    return OrderDocument(**{"paid": paid, **values})


def pillows(quantity: int, *, freight: str, tax: str = "0.00") -> OrderDocument:
    line = goods(
        sku="KV-PIL", hs_code=PILLOW, quantity=quantity, unit_price=cny("368.00"), gtin=None
    )
    return order(line, freight=cny(freight), tax=cny(tax))


def mattress() -> OrderDocument:
    line = goods(sku="KV-MAT", hs_code=MATTRESS, unit_price=cny("5480.00"), gtin=None)
    return order(line, freight=cny("220.00"), tax=cny("1385.10"))


def rates_of(document: OrderDocument, *, country: str = "CN") -> Rates:
    return rulebook().rates(country, document.lines, on=TODAY)


def payment(**changes: Any) -> PaymentDocument:
    values: dict[str, Any] = {
        "payment_id": derived_id("pay", "cn-hgh", ORDER_NO),
        "pay_transaction_id": "P260901000001",
        "order_id": derived_id("ord", "cn-hgh", ORDER_NO),
        "order_no": ORDER_NO,
        "amount": cny("76.37"),
        "paid_at": NOON,
        "payer": BUYER,
    }
    return PaymentDocument(**(values | changes))


def waybill(**changes: Any) -> WaybillDocument:
    values: dict[str, Any] = {
        "waybill_id": derived_id("wbl", "cn-hgh", LOGISTICS_NO),
        "version": 1,
        "logistics_no": LOGISTICS_NO,
        "order_no": ORDER_NO,
        "carrier_code": "232",
        "master_waybill": MASTER,
        "freight": cny("12.00"),
        "insured": cny("0.00"),
        "gross_weight_g": 720,
        "packages": 1,
        "consignee": CONSIGNEE,
    }
    return WaybillDocument(**(values | changes))


def booking(**changes: Any) -> Booking:
    values: dict[str, Any] = {
        "parcel_id": derived_id("pcl", "my-kul", LOGISTICS_NO),
        "logistics_no": LOGISTICS_NO,
        "order_id": derived_id("ord", "cn-hgh", ORDER_NO),
        "order_no": ORDER_NO,
        "seller_id": derived_id("mbr", "my-kul", "kinta"),
        "gross_weight_g": 720,
        "packages": 1,
    }
    return Booking(**(values | changes))


def export_proof(**changes: Any) -> ExportProof:
    values: dict[str, Any] = {
        "declaration_id": derived_id("exp", "my-kul", MASTER),
        "form": "K2",
        "consolidation_id": derived_id("con", "my-kul", MASTER),
        "master_waybill": MASTER,
        "gross_weight_g": 720,
        "net_weight_g": 570,
        "fob": cny("58.00"),
    }
    return ExportProof(**(values | changes))


def departure(**changes: Any) -> Departure:
    values: dict[str, Any] = {
        "consolidation_id": derived_id("con", "my-kul", MASTER),
        "master_waybill": MASTER,
        "departed_at": NOON,
    }
    return Departure(**(values | changes))


def dossier(**changes: Any) -> CompleteDossier:
    values: dict[str, Any] = {
        "order": order(),
        "payment": payment(),
        "waybill": waybill(),
        "booking": booking(),
        "export": export_proof(),
        "departure": departure(),
    }
    return CompleteDossier(**(values | changes))


def corrected(document: WaybillDocument, **changes: Any) -> WaybillDocument:
    return replace(document, version=document.version + 1, **changes)
