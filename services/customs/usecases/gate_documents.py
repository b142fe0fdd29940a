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
            name, lambda: self.codes.money(_decimal(values, name), _text(values, "currency_code"))
        )

    def weight(self, values: Values, name: str) -> int:
        return self._or_wrong(name, lambda: grams(_decimal(values, name)))

    def count(self, values: Values, name: str) -> int:
        quantity = _decimal(values, name)
        if quantity != quantity.to_integral_value() or quantity < 1:
            raise DocumentWrong(f"{name} is no whole number of pieces")
        return int(quantity)

    def country(self, values: Values) -> str:
        return self.codes.countries.get(_text(values, "country_code"), UNKNOWN_COUNTRY)

    def order_id(self, values: Values) -> str:
        """An order declared by message is named by its platform and number."""
        name = f"{_text(values, 'platform_id')}/{_text(values, 'order_id')}"
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
        order_no=_text(values, "order_id"),
        platform_code=_text(values, "platform_id"),
        marketplace_id="",
        seller_id=_text(values, "seller_id"),
        seller_hub="",
        buyer_hub=reader.hub,
        channel="",
        goods=reader.money(values, "invoice_amount"),
        freight=reader.money(values, "freight_amount"),
        tax=reader.money(values, "duty_tax_fee_amount"),
        discount=reader.money(values, "deduction_amount"),
        paid=reader.money(values, "payment_amount"),
        lines=tuple(_ordered(reader, line) for line in document.lines),
        orderer=Person(id_number=_text(values, "buyer_id"), name=_text(values, "buyer_name")),
        consignee=_consignee(values),
        placed_at=_moment(values, "issue_date_time"),
    )
    return Filed(document=order, key=order_id, rank=_rank(values), order_id=order_id)


def filed_payment(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    order_id, number = reader.order_id(values), _text(values, "payment_id")
    payment = PaymentDocument(
        payment_id=number,
        pay_transaction_id=number,
        order_id=order_id,
        order_no=_text(values, "order_id"),
        amount=reader.money(values, "payment_amount"),
        paid_at=_moment(values, "payment_date_time"),
        payer=Person(id_number=_text(values, "payer_id"), name=_text(values, "payer_name")),
    )
    key = f"{_text(values, 'payment_provider_id')}/{number}"
    return Filed(document=payment, key=key, rank=_rank(values), order_id=order_id)


def filed_waybill(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    number = _text(values, "transport_contract_document_id")
    waybill = WaybillDocument(
        waybill_id=f"{_text(values, 'carrier_id')}/{number}",
        version=1,
        logistics_no=number,
        order_no=_text(values, "order_id"),
        carrier_code=_text(values, "carrier_id"),
        master_waybill=_text(values, "master_transport_contract_document_id") or None,
        freight=reader.money(values, "freight_amount"),
        insured=reader.money(values, "insurance_amount"),
        gross_weight_g=reader.weight(values, "gross_mass"),
        packages=cast(int, values["package_quantity"]),
        consignee=_consignee(values),
    )
    return Filed(document=waybill, key=waybill.waybill_id, rank=_rank(values), logistics_no=number)


def filed_list(reader: Reader, document: GateDocument) -> Filed:
    values = document.head
    number = _text(values, "transport_contract_document_id")
    goods_list = GoodsList(
        logistics_no=number,
        order_no=_text(values, "order_id"),
        platform_code=_text(values, "platform_id"),
        seller_code=_text(values, "seller_id"),
        agent_code=_text(values, "agent_id"),
        guarantor=_text(values, "guarantor_id"),
        trader_reference=_text(values, "trader_reference"),
        office=_text(values, "declaration_office_id"),
        channel=_text(values, "government_procedure_code"),
        master_waybill=_text(values, "master_transport_contract_document_id"),
        freight=reader.money(values, "freight_amount"),
        gross_weight_g=reader.weight(values, "gross_mass"),
        net_weight_g=reader.weight(values, "net_mass"),
        packages=cast(int, values["package_quantity"]),
        goods=tuple(_listed(reader, line) for line in document.lines),
        buyer=Person(id_number=_text(values, "buyer_id"), name=_text(values, "buyer_name")),
        consignee_address=_text(values, "consignee_address"),
        listed_at=_moment(values, "issue_date_time"),
    )
    return Filed(
        document=goods_list,
        key=number,
        rank=_rank(values),
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
        sku=_text(line, "product_id"),
        description=_text(line, "trade_name"),
        hs_code="",
        origin=reader.country(line),
        quantity=reader.count(line, "quantity"),
        unit_price=reader.money(line, "unit_price"),
        total_price=reader.money(line, "line_amount"),
        net_weight_g=0,
        gtin=_text(line, "gtin") or None,
    )


def _listed(reader: Reader, line: Values) -> ListedGoods:
    units = reader.codes.units
    weight_g = 0
    if units.get(_text(line, "tariff_unit_code")) == KILOGRAM:
        weight_g = reader.weight(line, "tariff_quantity")
    elif units.get(_text(line, "second_tariff_unit_code")) == KILOGRAM:
        weight_g = reader.weight(line, "second_tariff_quantity")
    return ListedGoods(
        line_no=cast(int, line["sequence_number"]),
        hs_code=_text(line, "classification_id"),
        origin=reader.country(line),
        quantity=reader.count(line, "quantity"),
        unit_price=reader.money(line, "unit_price"),
        total_price=reader.money(line, "line_amount"),
        net_weight_g=weight_g,
    )


def _consignee(values: Values) -> Consignee:
    return Consignee(
        name=_text(values, "consignee_name"),
        phone=_text(values, "consignee_phone"),
        address=_text(values, "consignee_address"),
    )


def _rank(values: Values) -> int:
    """A document sent later replaces one sent earlier, by the second it was sent."""
    return int(_moment(values, "issue_date_time").timestamp())


def _text(values: Values, name: str) -> str:
    return str(values.get(name, ""))


def _decimal(values: Values, name: str) -> Decimal:
    value = values.get(name)
    if not isinstance(value, Decimal):
        raise DocumentWrong(f"{name} is missing")
    return value


def _moment(values: Values, name: str) -> datetime:
    value = values[name]
    assert isinstance(value, datetime), "the vocabulary says it is a moment"
    return value
