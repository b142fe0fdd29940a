"""Messages of a sample parcel that leaves China by retail export, made up."""

from datetime import date
from decimal import Decimal
from typing import Any

from services.customs.domain.gate.elements import Value
from services.customs.domain.gate.message import GateDocument
from services.customs.domain.gate.messages import MESSAGES
from tests.builders.customs_gate import GUID, NOON

SELLER = {"seller_id": "LINAN", "seller_name": "Lin'an Home"}
PLATFORM = {"platform_id": "TASIK", "platform_name": "Tasik", **SELLER}
CARRIER = {"carrier_id": "232", "carrier_name": "Air Carrier"}
AGENT = {"agent_id": "AGENT", "agent_name": "Agent"}
SITE = {"terminal_operator_id": "SITE", "terminal_operator_name": "Xiaoshan site"}
MASTER = "232-12345675"
PIECES = "011"


def _filed(message: int, *lines: dict[str, Value], **values: Any) -> GateDocument:
    head = {
        "message_reference": GUID,
        "function_code": "1",
        "issue_date_time": NOON,
        "filing_status_code": "2",
        **values,
    }
    known = {one.element.name for one in MESSAGES[f"CEB{message}Message"].head_fields}
    assert set(head) <= known, sorted(set(head) - known)
    return GateDocument(head=head, lines=lines)


def _line(**values: Any) -> dict[str, Value]:
    line: dict[str, Value] = {
        "sequence_number": 1,
        "product_id": "QUILT-1",
        "trade_name": "Silk quilt",
        "unit_code": PIECES,
        "currency_code": "502",
        "quantity": Decimal(2),
        "unit_price": Decimal("30.00"),
        "line_amount": Decimal("60.00"),
    }
    return {**line, **values}


def order_303(
    number: str = "X1", line: dict[str, Value] | None = None, **head: Any
) -> GateDocument:
    values = {
        **PLATFORM,
        "order_type_code": "E",
        "order_id": f"TASIK-{number}",
        "invoice_amount": Decimal("60.00"),
        "freight_amount": Decimal("8.00"),
        "currency_code": "502",
    }
    return _filed(303, _line(**(line or {})), **{**values, **head})


def receipt_403(number: str = "X1", **head: Any) -> GateDocument:
    values = {
        **PLATFORM,
        "order_id": f"TASIK-{number}",
        "payment_provider_name": "Pay Company",
        "payment_amount": Decimal("68.00"),
        "currency_code": "502",
        "payment_date_time": NOON,
    }
    return _filed(403, **{**values, **head})


def waybill_505(number: str = "X1", **head: Any) -> GateDocument:
    values = {
        **CARRIER,
        "transport_contract_document_id": f"LA-{number}",
        "freight_amount": Decimal("8.00"),
        "insurance_amount": Decimal(0),
        "currency_code": "502",
        "gross_mass": Decimal("2.40"),
        "package_quantity": 1,
        **SELLER,
    }
    return _filed(505, **{**values, **head})


def list_603(number: str = "X1", line: dict[str, Value] | None = None, **head: Any) -> GateDocument:
    values = {
        **PLATFORM,
        **CARRIER,
        **AGENT,
        "declaration_office_id": "2991",
        "order_id": f"TASIK-{number}",
        "transport_contract_document_id": f"LA-{number}",
        "trader_reference": f"COP-{number}",
        "direction_code": "E",
        "border_office_id": "2991",
        "border_crossing_date": date(2026, 9, 2),
        "statistics_code": "A",
        "producer_id": "LINAN",
        "producer_name": "Lin'an Home",
        "government_procedure_code": "9610",
        "transport_mode_code": "5",
        "country_code": "502",
        "unloading_location_id": "LAX",
        "freight_amount": Decimal("8.00"),
        "freight_currency_code": "502",
        "freight_charge_type_code": "3",
        "insurance_amount": Decimal(0),
        "insurance_currency_code": "502",
        "insurance_charge_type_code": "3",
        "packaging_type_code": "2",
        "package_quantity": 1,
        "gross_mass": Decimal("2.40"),
        "net_mass": Decimal("2.00"),
    }
    listed = {
        "classification_id": "9404404000",
        "description": "Silk quilt",
        "specification": "1.5 m",
        "country_code": "502",
        "tariff_quantity": Decimal("2.00"),
        "tariff_unit_code": "035",
    }
    return _filed(603, _line(**{**listed, **(line or {})}), **{**values, **head})


def _named(*numbers: str) -> list[dict[str, Value]]:
    return [
        {"sequence_number": n, "transport_contract_document_id": f"LA-{number}"}
        for n, number in enumerate(numbers, start=1)
    ]


def arrival_507(*numbers: str, **head: Any) -> GateDocument:
    values = {
        **SITE,
        **CARRIER,
        "declaration_office_id": "2991",
        "trader_reference": "ARR-1",
        "direction_code": "E",
        "transport_mode_code": "5",
        "part_count": 1,
        "part_number": 1,
    }
    return _filed(507, *_named(*numbers or ("X1",)), **{**values, **head})


def loading_607(*numbers: str, **head: Any) -> GateDocument:
    values = {
        **AGENT,
        **CARRIER,
        "declaration_office_id": "2991",
        "trader_reference": "LOAD-1",
        "transport_mode_code": "5",
        "journey_id": "CA987",
        "master_transport_contract_document_id": MASTER,
        "gross_mass": Decimal("2.40"),
        "part_count": 1,
        "part_number": 1,
    }
    return _filed(607, *_named(*numbers or ("X1",)), **{**values, **head})


def departure_509(*numbers: str, **head: Any) -> GateDocument:
    values = {
        **CARRIER,
        "declaration_office_id": "2991",
        "trader_reference": "DEP-1",
        "transport_mode_code": "5",
        "journey_id": "CA987",
        "master_transport_contract_document_id": MASTER,
        "departure_date_time": NOON,
        "part_count": 1,
        "part_number": 1,
    }
    return _filed(509, *_named(*numbers or ("X1",)), **{**values, **head})


def cancel_605(invt_no: str, number: str = "X1", **head: Any) -> GateDocument:
    values = {
        **AGENT,
        **SELLER,
        "declaration_office_id": "2991",
        "trader_reference": f"COP-{number}",
        "declaration_id": invt_no,
        "amendment_reason": "not sent",
    }
    return _filed(605, **{**values, **head})


def reentry_213(
    invt_no: str,
    number: str = "X1",
    *,
    quantity: int = 1,
    classification_id: str = "9404404000",
    **head: Any,
) -> GateDocument:
    values = {
        **PLATFORM,
        **CARRIER,
        **AGENT,
        "declaration_office_id": "2991",
        "transport_contract_document_id": f"LA-{number}",
        "return_reference": "BACK-1",
        "declaration_id": invt_no,
        "direction_code": "I",
        "transport_mode_code": "5",
        "border_office_id": "2991",
        "amendment_reason": "not wanted",
        "country_code": "502",
    }
    line: dict[str, Value] = {
        "sequence_number": 1,
        "classification_id": classification_id,
        "description": "Silk quilt",
        "quantity": Decimal(quantity),
        "unit_code": PIECES,
    }
    return _filed(213, line, **{**values, **head})


def reentered_215(invt_no: str, number: str = "X1", **head: Any) -> GateDocument:
    values = {
        **SITE,
        **CARRIER,
        "declaration_office_id": "2991",
        "transport_contract_document_id": f"LA-{number}",
        "declaration_id": invt_no,
        "return_reference": "BACK-1",
        "direction_code": "I",
        "transport_mode_code": "5",
    }
    return _filed(215, **{**values, **head})


def summary_701(*invt_nos: str, **head: Any) -> GateDocument:
    values = {
        **AGENT,
        **SELLER,
        "declaration_office_id": "2991",
        "trader_reference": "SUM-1",
        "summary_agent_id": "AGENT",
        "summary_agent_name": "Agent",
        "summary_kind_code": "1",
        "part_count": 1,
        "part_number": 1,
    }
    lines: list[dict[str, Value]] = [{"declaration_id": one} for one in invt_nos]
    return _filed(701, *lines, **{**values, **head})
