"""How the gate answers a document: a status, and a text of codes.

Positive statuses are the authority's own. Negative ones are errors: those of the pack (-621005)
are the authority's, those ending in 901 to 905 are this hub's, for documents that never reach it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from services.customs.domain.basis import Finding
from services.customs.domain.gate.message import Fault, GateDocument
from services.customs.domain.gate.messages import MESSAGES, MessageType
from services.customs.domain.status import Status

TEXT_LENGTH_MAX = 1_000
NUMBER_LENGTH = 20
"""Characters of the number that the authority gives a list (invtNo)."""


class Error(IntEnum):
    """What kept a document from being filed; the receipt's code is -<message><this>."""

    MALFORMED = 901
    MEANINGLESS = 902
    DUPLICATE_NUMBER = 903
    TOO_LATE = 904
    NOT_YOURS = 905


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One document's answer."""

    status: int
    text: str
    number: str = ""
    """The number that the authority gave the list, once it has accepted it."""


def refused(kind: MessageType, error: Error, problem: str) -> Receipt:
    """Return the receipt of a document that is not filed."""
    code = -int(f"{kind.number}{error.value}")
    return Receipt(status=code, text=_coded(str(code), problem))


def malformed(kind: MessageType, faults: Sequence[Fault]) -> Receipt:
    problem = "; ".join(f"{fault.tag} {fault.problem}" for fault in faults)
    return refused(kind, Error.MALFORMED, problem)


def at(status: Status, text: str = "", *, number: str = "") -> Receipt:
    shown = _coded(str(status.value), text or status.name.lower())
    return Receipt(status=status.value, text=shown, number=number)


def returned(findings: Sequence[Finding]) -> Receipt:
    """A document given back (100), or refused with the authority's own negative code."""
    text = "".join(_coded(one.code, f"{one.field}: {one.remedy}") for one in findings)
    negative = [int(one.code) for one in findings if one.code.lstrip("-").isdigit()]
    status = min(negative) if negative else Status.RETURNED.value
    return Receipt(status=status, text=text[:TEXT_LENGTH_MAX])


def remarked(one: Receipt, code: str, text: str) -> Receipt:
    """Return a receipt that says one more thing, which changes nothing about its status."""
    return replace(one, text=(one.text + _coded(code, text))[:TEXT_LENGTH_MAX])


def list_number(declaration_id: str) -> str:
    """Return the authority's number of a list, always the same for one id."""
    return declaration_id.rpartition("_")[2][:NUMBER_LENGTH].upper()


def answer_document(
    kind: MessageType, document: GateDocument, receipt: Receipt, *, at: object
) -> GateDocument:
    """Return the answer to a document: its own numbers, repeated, with status and text."""
    answer = MESSAGES[kind.answer]
    values = {
        one.element.name: document.head[one.element.name]
        for one in answer.head_fields
        if one.element.name in document.head
    }
    if receipt.number:
        values["declaration_id"] = receipt.number
    values |= {
        "response_status_code": str(receipt.status),
        "return_date_time": at,  # type: ignore[dict-item]
        "response_text": receipt.text,
    }
    for one in answer.head_fields:
        if one.is_required:
            values.setdefault(one.element.name, "-")
    return GateDocument(head=values)


def _coded(code: str, text: str) -> str:
    return f"[Code:{code};Desc:{text}]"[:TEXT_LENGTH_MAX]
