"""A tax bill in the gate's words: message 816, and 818 when only its status is told."""

import hashlib
import uuid

from services.customs.domain.gate.elements import Value
from services.customs.domain.gate.message import GateDocument, GateMessage
from services.customs.domain.gate.messages import MESSAGES
from services.customs.domain.gate.receipt import list_number
from services.customs.domain.tax_bill import DrawnBill
from services.customs.store.tx import CustomsTx
from shared.kernel.money import Money


async def bill_message(tx: CustomsTx, bill: DrawnBill) -> GateMessage:
    """Return the message that tells a declarant what is owed for one list."""
    declaration = await tx.declarations.get(bill.declaration_id)
    codes = tx.rulebook.gate_codes(tx.country, on=bill.drawn_on)
    guid = _guid(bill.number)
    head: dict[str, Value] = {
        "message_reference": guid,
        "return_date_time": declaration.history[-1].at,
        "declaration_id": list_number(declaration.id),
        "duty_tax_bill_id": bill.number[-32:],
        "customs_duty_amount": codes.amount(bill.duty),
        "value_added_tax_amount": codes.amount(bill.vat),
        "excise_duty_amount": codes.amount(bill.consumption),
        "duty_tax_bill_status_code": str(bill.status.value),
        "guarantor_id": bill.guarantor[:30] or "-",
        "order_id": declaration.order_no,
        "transport_contract_document_id": declaration.logistics_no,
    }
    zero = Money(0, bill.tax.currency)
    lines: tuple[dict[str, Value], ...] = tuple(
        {
            "sequence_number": line.line_no,
            "classification_id": line.hs_code,
            "duty_tax_base_amount": codes.amount(line.dutiable),
            "customs_duty_amount": codes.amount(line.duty or zero),
            "value_added_tax_amount": codes.amount(line.vat or zero),
            "excise_duty_amount": codes.amount(line.consumption or zero),
        }
        for line in declaration.assessed
    )
    document = GateDocument(head=head, lines=lines)
    return GateMessage(type=MESSAGES["CEB816Message"], guid=guid, documents=(document,))


async def bill_status_message(tx: CustomsTx, bill: DrawnBill) -> GateMessage:
    """Return the message that tells a declarant where a bill stands: 1, 2 or 3."""
    declaration = await tx.declarations.get(bill.declaration_id)
    guid = _guid(f"{bill.number}/{bill.status.value}")
    head: dict[str, Value] = {
        "message_reference": guid,
        "return_date_time": declaration.history[-1].at,
        "declaration_id": list_number(declaration.id),
        "duty_tax_bill_id": bill.number[-32:],
        "duty_tax_bill_status_code": str(bill.status.value),
        "guarantor_id": bill.guarantor[:30] or "-",
    }
    if bill.payment_order:
        head["payment_order_id"] = bill.payment_order[-32:]
    document = GateDocument(head=head)
    return GateMessage(type=MESSAGES["CEB818Message"], guid=guid, documents=(document,))


def _guid(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()[:16]
    return str(uuid.UUID(bytes=digest)).upper()
