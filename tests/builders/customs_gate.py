"""Messages of China's gate, made up: one sample value per element, and the sample parcel's."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from services.customs.clients.gate_xml import write_message
from services.customs.domain.gate.elements import Element, Kind, Value
from services.customs.domain.gate.message import GateDocument, GateMessage
from services.customs.domain.gate.messages import MESSAGES, Field, MessageType

NOON = datetime(2026, 9, 1, 4, tzinfo=UTC)
GUID = "4CDE1CFD-EDED-46B1-946C-B8022E42FC94"
BUYER_ID, BUYER_NAME = "330106190001010017", "林舒"
PHONE, ADDRESS = "13800000001", "浙江省杭州市西湖区文三路1号"
SENDER = {
    "copCode": "3301960KIN",
    "copName": "Kinta",
    "dxpMode": "DXP",
    "dxpId": "DXPENT0000000001",
}
PLATFORM = {
    "platform_id": "TASIK",
    "platform_name": "Tasik",
    "seller_id": "KINTA",
    "seller_name": "Kinta Valley",
}


def sample_value(element: Element, number: int = 1) -> Value:
    """Return a value that the element can hold."""
    match element.kind:
        case Kind.DECIMAL:
            return Decimal(f"{number}.50")
        case Kind.COUNT:
            return number
        case Kind.DAY:
            return date(2026, 9, number)
        case Kind.SECOND | Kind.MILLISECOND:
            return NOON.replace(minute=number)
    return f"文{number}"[: element.length_max] if element.length_max > 1 else str(number)


def sample_message(kind: MessageType, *, documents: int = 2, lines: int = 2) -> GateMessage:
    """Return a message in which every element is there."""

    def values(fields: tuple[Field, ...], number: int) -> dict[str, Value]:
        return {one.element.name: sample_value(one.element, number) for one in fields}

    rows = tuple(values(kind.line_fields, number) for number in range(1, lines + 1))
    head = values(kind.head_fields, 7)
    document = GateDocument(head=head, lines=rows if kind.line else ())
    return GateMessage(
        type=kind,
        guid=GUID,
        documents=(document,) * documents,
        sender=dict(SENDER) if kind.has_sender else {},
    )


def xml(number: int, *documents: GateDocument) -> bytes:
    """Return these documents as one message."""
    kind = MESSAGES[f"CEB{number}Message"]
    return write_message(
        GateMessage(type=kind, guid=GUID, documents=documents, sender=dict(SENDER))
    )


def changed(
    document: GateDocument, line: dict[str, Any] | None = None, **head: Any
) -> GateDocument:
    """Return a document with other values in its head, or in its first line."""
    lines = document.lines
    if line is not None:
        lines = ({**lines[0], **line}, *lines[1:])
    return replace(document, head={**document.head, **head}, lines=lines)


def _filed(**values: Any) -> dict[str, Any]:
    return {
        "message_reference": GUID,
        "function_code": "1",
        "issue_date_time": NOON,
        "filing_status_code": "2",
        "currency_code": "142",
        **values,
    }


def order_311(number: str = "A001", **head: Any) -> GateDocument:
    """The sample order: one box of coffee."""
    values = _filed(
        **PLATFORM,
        order_type_code="I",
        order_id=f"TASIK-{number}",
        invoice_amount=Decimal("58.00"),
        freight_amount=Decimal("12.00"),
        deduction_amount=Decimal(0),
        duty_tax_fee_amount=Decimal("6.37"),
        payment_amount=Decimal("76.37"),
        buyer_account_id="tasik-1",
        buyer_name=BUYER_NAME,
        buyer_phone=PHONE,
        buyer_id_type="1",
        buyer_id=BUYER_ID,
        consignee_name=BUYER_NAME,
        consignee_phone=PHONE,
        consignee_address=ADDRESS,
    )
    line: dict[str, Value] = {
        "sequence_number": 1,
        "product_id": "KV-3IN1-15",
        "trade_name": "White coffee 3-in-1",
        "specification": "Kinta Valley|15x38g|3-in-1",
        "gtin": "9556000000010",
        "unit_code": "011",
        "quantity": Decimal(1),
        "unit_price": Decimal("58.00"),
        "line_amount": Decimal("58.00"),
        "currency_code": "142",
        "country_code": "122",
    }
    return GateDocument(head={**values, **head}, lines=(line,))


def payment_411(number: str = "A001", **head: Any) -> GateDocument:
    values = _filed(
        payment_provider_id="PAYCO",
        payment_provider_name="Pay Company",
        payment_id=f"P-{number}",
        order_id=f"TASIK-{number}",
        platform_id="TASIK",
        platform_name="Tasik",
        payer_id_type="1",
        payer_id=BUYER_ID,
        payer_name=BUYER_NAME,
        payment_amount=Decimal("76.37"),
        payment_date_time=NOON,
    )
    return GateDocument(head={**values, **head})


def waybill_511(number: str = "A001", **head: Any) -> GateDocument:
    values = _filed(
        carrier_id="232",
        carrier_name="Air Carrier",
        transport_contract_document_id=f"KV-{number}",
        master_transport_contract_document_id="232-12345675",
        order_id=f"TASIK-{number}",
        freight_amount=Decimal("12.00"),
        insurance_amount=Decimal(0),
        gross_mass=Decimal("0.72"),
        package_quantity=1,
        consignee_name=BUYER_NAME,
        consignee_phone=PHONE,
        consignee_address=ADDRESS,
    )
    return GateDocument(head={**values, **head})


def list_621(number: str = "A001", **head: Any) -> GateDocument:
    values = _filed(
        **PLATFORM,
        order_id=f"TASIK-{number}",
        transport_contract_document_id=f"KV-{number}",
        carrier_id="232",
        carrier_name="Air Carrier",
        trader_reference=f"COP-{number}",
        guarantor_id="GUARANTEE-1",
        direction_code="I",
        declaration_date=date(2026, 9, 1),
        declaration_office_id="2991",
        border_office_id="2991",
        border_crossing_date=date(2026, 9, 1),
        buyer_id_type="1",
        buyer_id=BUYER_ID,
        buyer_name=BUYER_NAME,
        buyer_phone=PHONE,
        consignee_address=ADDRESS,
        agent_id="AGENT",
        agent_name="Agent",
        government_procedure_code="9610",
        transport_mode_code="5",
        master_transport_contract_document_id="232-12345675",
        country_code="122",
        freight_amount=Decimal("12.00"),
        insurance_amount=Decimal(0),
        package_quantity=1,
        gross_mass=Decimal("0.72"),
        net_mass=Decimal("0.57"),
    )
    line: dict[str, Value] = {
        "sequence_number": 1,
        "product_id": "KV-3IN1-15",
        "classification_id": "2101120000",
        "description": "White coffee",
        "specification": "15x38g",
        "country_code": "122",
        "currency_code": "142",
        "quantity": Decimal(1),
        "unit_code": "011",
        "tariff_quantity": Decimal("0.57"),
        "tariff_unit_code": "035",
        "unit_price": Decimal("58.00"),
        "line_amount": Decimal("58.00"),
    }
    return GateDocument(head={**values, **head}, lines=(line,))


def return_625(
    invt_no: str, number: str = "A001", *, quantity: int = 1, **head: Any
) -> GateDocument:
    """An application to give pieces of the sample list's first line back."""
    kept = dict(list_621(number).head)
    kept |= {"declaration_id": invt_no, "amendment_reason": "not wanted"}
    known = {one.element.name for one in MESSAGES["CEB625Message"].head_fields}
    line: dict[str, Value] = {
        "sequence_number": 1,
        "classification_id": "2101120000",
        "description": "White coffee",
        "quantity": Decimal(quantity),
        "unit_code": "011",
    }
    return GateDocument(
        head={**{k: v for k, v in kept.items() if k in known}, **head}, lines=(line,)
    )


def withdrawal_623(number: str = "A001", **head: Any) -> GateDocument:
    kept = dict(list_621(number).head)
    kept |= {"declaration_id": "-", "amendment_reason": "wrong goods"}
    known = {one.element.name for one in MESSAGES["CEB623Message"].head_fields}
    return GateDocument(head={**{k: v for k, v in kept.items() if k in known}, **head})
