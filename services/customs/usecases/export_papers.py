"""The papers of a retail export between the gate's words and our own."""

from collections.abc import Callable, Mapping
from typing import cast

from services.customs.domain.gate.message import GateDocument, Values
from services.customs.domain.retail_export import (
    RetailArrival,
    RetailLine,
    RetailList,
    RetailOrder,
    RetailReceipt,
    RetailWaybill,
)
from services.customs.store.export_lists import FiledPaper
from services.customs.usecases.gate_documents import Reader, moment_of, rank_of, text_of


def filed_retail_order(reader: Reader, document: GateDocument) -> FiledPaper:
    """Read an export order (303)."""
    values = document.head
    key = _order_key(values)
    order = RetailOrder(
        order_key=key,
        order_no=text_of(values, "order_id"),
        seller_code=text_of(values, "seller_id"),
        goods=reader.money(values, "invoice_amount"),
        freight=reader.money(values, "freight_amount"),
        lines=tuple(_line(reader, line) for line in document.lines),
    )
    return FiledPaper(document=order, key=key, rank=rank_of(values), order_key=key)


def filed_retail_receipt(reader: Reader, document: GateDocument) -> FiledPaper:
    """Read a receipt of money (403); an order has one."""
    values = document.head
    key = _order_key(values)
    received = RetailReceipt(
        order_key=key,
        seller_code=text_of(values, "seller_id"),
        amount=reader.money(values, "payment_amount"),
        received_at=moment_of(values, "payment_date_time"),
    )
    return FiledPaper(document=received, key=key, rank=rank_of(values), order_key=key)


def filed_retail_waybill(reader: Reader, document: GateDocument) -> FiledPaper:
    """Read an export waybill (505)."""
    values = document.head
    number = text_of(values, "transport_contract_document_id")
    waybill = RetailWaybill(
        logistics_no=number,
        carrier_code=text_of(values, "carrier_id"),
        gross_weight_g=reader.weight(values, "gross_mass"),
        packages=cast(int, values["package_quantity"]),
    )
    return FiledPaper(document=waybill, key=number, rank=rank_of(values), logistics_no=number)


def filed_retail_list(reader: Reader, document: GateDocument) -> FiledPaper:
    """Read an export list (603)."""
    values = document.head
    number = text_of(values, "transport_contract_document_id")
    goods_list = RetailList(
        logistics_no=number,
        order_key=_order_key(values),
        order_no=text_of(values, "order_id"),
        seller_code=text_of(values, "seller_id"),
        producer_code=text_of(values, "producer_id"),
        agent_code=text_of(values, "agent_id"),
        carrier_code=text_of(values, "carrier_id"),
        trader_reference=text_of(values, "trader_reference"),
        office=text_of(values, "declaration_office_id"),
        border_office=text_of(values, "border_office_id"),
        channel=text_of(values, "government_procedure_code"),
        transport_mode=text_of(values, "transport_mode_code"),
        destination=reader.country(values),
        gross_weight_g=reader.weight(values, "gross_mass"),
        net_weight_g=reader.weight(values, "net_mass"),
        packages=cast(int, values["package_quantity"]),
        lines=tuple(_line(reader, line) for line in document.lines),
        listed_at=moment_of(values, "issue_date_time"),
    )
    return FiledPaper(
        document=goods_list,
        key=number,
        rank=rank_of(values),
        order_key=goods_list.order_key,
        logistics_no=number,
    )


def filed_arrivals(document: GateDocument) -> list[FiledPaper]:
    """Read which parcels are at the supervised site (507)."""
    values = document.head
    numbers = [text_of(line, "transport_contract_document_id") for line in document.lines]
    return [
        FiledPaper(
            document=RetailArrival(
                logistics_no=number,
                operator_code=text_of(values, "terminal_operator_id"),
                arrived_at=moment_of(values, "issue_date_time"),
            ),
            key=number,
            rank=rank_of(values),
            logistics_no=number,
        )
        for number in dict.fromkeys(numbers)
    ]


EXPORT_FILINGS: Mapping[str, Callable[[Reader, GateDocument], FiledPaper]] = {
    "303": filed_retail_order,
    "403": filed_retail_receipt,
    "505": filed_retail_waybill,
    "603": filed_retail_list,
}
"""The messages whose papers are kept and matched for export, by number."""


def _order_key(values: Values) -> str:
    """An order is named by its platform and number."""
    return f"{text_of(values, 'platform_id')}/{text_of(values, 'order_id')}"


def _line(reader: Reader, line: Values) -> RetailLine:
    return RetailLine(
        line_no=cast(int, line["sequence_number"]),
        quantity=reader.count(line, "quantity"),
        unit_price=reader.money(line, "unit_price"),
        total_price=reader.money(line, "line_amount"),
        hs_code=text_of(line, "classification_id"),
        destination=reader.country(line),
    )
