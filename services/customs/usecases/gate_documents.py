"""The four documents of an import between the gate's words and our own, both ways."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast

from services.customs.domain.documents import (
    Consignee,
    GoodsList,
    ListedGoods,
    OrderDocument,
    OrderedGoods,
    PaymentDocument,
    Person,
    WaybillDocument,
)
from services.customs.domain.gate.codes import GateCodes, grams
from services.customs.domain.gate.message import GateDocument, Values
from services.customs.store.documents import Filed
from shared.kernel.ids import derived_id
from shared.kernel.money import Money

T = TypeVar("T")
KILOGRAM = "KGM"
UNKNOWN_COUNTRY = "ZZ"


class DocumentWrong(ValueError):
    """A document is well-formed and can't mean anything."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What a document needs to be understood: the gate's codes, and the hub that files it."""

    codes: GateCodes
    hub: str

    def money(self, values: Values, name: str) -> Money:
        return self._or_wrong(
            name, lambda: self.codes.money(_decimal(values, name), text_of(values, "currency_code"))
        )

    def weight(self, values: Values, name: str) -> int:
        return self._or_wrong(name, lambda: grams(_decimal(values, name)))

    def count(self, values: Values, name: str) -> int:
        quantity = _decimal(values, name)
        if quantity != quantity.to_integral_value() or quantity < 1:
            raise DocumentWrong(f"{name} is no whole number of pieces")
        return int(quantity)

    def country(self, values: Values) -> str:
        return self.codes.countries.get(text_of(values, "country_code"), UNKNOWN_COUNTRY)

    def order_id(self, values: Values) -> str:
        """An order declared by message is named by its platform and number."""
        name = f"{text_of(values, 'platform_id')}/{text_of(values, 'order_id')}"
        return derived_id("ord", self.hub, name)

    def _or_wrong(self, name: str, read: Callable[[], T]) -> T:
        try:
            return read()
        except ValueError as error:
            raise DocumentWrong(f"{name}: {error}") from error


def filed_order(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    order_id = reader.order_id(values)
    order = OrderDocument(
        order_id=order_id,
        order_no=text_of(values, "order_id"),
        platform_code=text_of(values, "platform_id"),
        marketplace_id="",
        seller_id=text_of(values, "seller_id"),
        seller_hub="",
        buyer_hub=reader.hub,
        channel="",
        goods=reader.money(values, "invoice_amount"),
        freight=reader.money(values, "freight_amount"),
        tax=reader.money(values, "duty_tax_fee_amount"),
        discount=reader.money(values, "deduction_amount"),
        paid=reader.money(values, "payment_amount"),
        lines=tuple(_ordered(reader, line) for line in document.lines),
        orderer=Person(id_number=text_of(values, "buyer_id"), name=text_of(values, "buyer_name")),
        consignee=_consignee(values),
        placed_at=moment_of(values, "issue_date_time"),
    )
    return Filed(document=order, key=order_id, rank=rank_of(values), order_id=order_id)


def filed_payment(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    order_id, number = reader.order_id(values), text_of(values, "payment_id")
    payment = PaymentDocument(
        payment_id=number,
        pay_transaction_id=number,
        order_id=order_id,
        order_no=text_of(values, "order_id"),
        amount=reader.money(values, "payment_amount"),
        paid_at=moment_of(values, "payment_date_time"),
        payer=Person(id_number=text_of(values, "payer_id"), name=text_of(values, "payer_name")),
    )
    key = f"{text_of(values, 'payment_provider_id')}/{number}"
    return Filed(document=payment, key=key, rank=rank_of(values), order_id=order_id)


def filed_waybill(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    number = text_of(values, "transport_contract_document_id")
    waybill = WaybillDocument(
        waybill_id=f"{text_of(values, 'carrier_id')}/{number}",
        version=1,
        logistics_no=number,
        order_no=text_of(values, "order_id"),
        carrier_code=text_of(values, "carrier_id"),
        master_waybill=text_of(values, "master_transport_contract_document_id") or None,
        freight=reader.money(values, "freight_amount"),
        insured=reader.money(values, "insurance_amount"),
        gross_weight_g=reader.weight(values, "gross_mass"),
        packages=cast(int, values["package_quantity"]),
        consignee=_consignee(values),
    )
    return Filed(
        document=waybill, key=waybill.waybill_id, rank=rank_of(values), logistics_no=number
    )


def filed_list(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    number = text_of(values, "transport_contract_document_id")
    goods_list = GoodsList(
        logistics_no=number,
        order_no=text_of(values, "order_id"),
        platform_code=text_of(values, "platform_id"),
        seller_code=text_of(values, "seller_id"),
        agent_code=text_of(values, "agent_id"),
        guarantor=text_of(values, "guarantor_id"),
        trader_reference=text_of(values, "trader_reference"),
        office=text_of(values, "declaration_office_id"),
        channel=text_of(values, "government_procedure_code"),
        master_waybill=text_of(values, "master_transport_contract_document_id"),
        freight=reader.money(values, "freight_amount"),
        gross_weight_g=reader.weight(values, "gross_mass"),
        net_weight_g=reader.weight(values, "net_mass"),
        packages=cast(int, values["package_quantity"]),
        goods=tuple(_listed(reader, line) for line in document.lines),
        buyer=Person(id_number=text_of(values, "buyer_id"), name=text_of(values, "buyer_name")),
        consignee_address=text_of(values, "consignee_address"),
        listed_at=moment_of(values, "issue_date_time"),
    )
    return Filed(
        document=goods_list,
        key=number,
        rank=rank_of(values),
        order_id=reader.order_id(values),
        logistics_no=number,
    )


FILINGS: Mapping[str, Callable[[Reader, GateDocument], Filed]] = {
    "311": filed_order,
    "411": filed_payment,
    "511": filed_waybill,
    "621": filed_list,
}
"""The messages whose documents are kept and matched, by number."""


def _ordered(reader: Reader, line: Values) -> OrderedGoods:
    return OrderedGoods(
        line_no=cast(int, line["sequence_number"]),
        sku=text_of(line, "product_id"),
        description=text_of(line, "trade_name"),
        hs_code="",
        origin=reader.country(line),
        quantity=reader.count(line, "quantity"),
        unit_price=reader.money(line, "unit_price"),
        total_price=reader.money(line, "line_amount"),
        net_weight_g=0,
        gtin=text_of(line, "gtin") or None,
    )


def _listed(reader: Reader, line: Values) -> ListedGoods:
    units = reader.codes.units
    weight_g = 0
    if units.get(text_of(line, "tariff_unit_code")) == KILOGRAM:
        weight_g = reader.weight(line, "tariff_quantity")
    elif units.get(text_of(line, "second_tariff_unit_code")) == KILOGRAM:
        weight_g = reader.weight(line, "second_tariff_quantity")
    return ListedGoods(
        line_no=cast(int, line["sequence_number"]),
        hs_code=text_of(line, "classification_id"),
        origin=reader.country(line),
        quantity=reader.count(line, "quantity"),
        unit_price=reader.money(line, "unit_price"),
        total_price=reader.money(line, "line_amount"),
        net_weight_g=weight_g,
    )


def _consignee(values: Values) -> Consignee:
    return Consignee(
        name=text_of(values, "consignee_name"),
        phone=text_of(values, "consignee_phone"),
        address=text_of(values, "consignee_address"),
    )


def rank_of(values: Values) -> int:
    """A document sent later replaces one sent earlier, by the second it was sent."""
    return int(moment_of(values, "issue_date_time").timestamp())


def text_of(values: Values, name: str) -> str:
    return str(values.get(name, ""))


def _decimal(values: Values, name: str) -> Decimal:
    value = values.get(name)
    if not isinstance(value, Decimal):
        raise DocumentWrong(f"{name} is missing")
    return value


def moment_of(values: Values, name: str) -> datetime:
    value = values[name]
    assert isinstance(value, datetime), "the vocabulary says it is a moment"
    return value
