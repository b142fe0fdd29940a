"""Sum export lists up into customs declarations (701), and tell the result (792)."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace

from services.customs.domain.basis import Finding
from services.customs.domain.export_list import ExportList
from services.customs.domain.export_summary import (
    PARTS_MAX,
    ExportSummary,
    PartDiffers,
    SummaryDeclaration,
    sum_up,
)
from services.customs.domain.gate import receipt
from services.customs.domain.gate.codes import kilograms
from services.customs.domain.gate.elements import Value
from services.customs.domain.gate.message import GateDocument, GateMessage
from services.customs.domain.gate.messages import MESSAGES, MessageType
from services.customs.domain.gate.receipt import Error, Receipt
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from shared.kernel.ids import derived_id

NUMBER_LENGTH = 18
LINES_PER_RESULT_MAX = 99
DECLARED = "1"
"""How this hub says in a result (decState) that the declaration is made."""


async def apply_for_summary(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Sum up the lists that all parts of an application name, once all parts are here (701)."""
    blank = _blank(tx, document)
    await tx.locks.hold([blank.number])
    before = await tx.export_lists.find_summary(blank.number) or blank
    part = int(str(document.head["part_number"]))
    numbers = tuple(dict.fromkeys(str(line["declaration_id"]) for line in document.lines))
    if before.part_count > PARTS_MAX:
        text = f"an application has at most {PARTS_MAX} parts"
        return receipt.refused(kind, Error.MEANINGLESS, text)
    try:
        after = before.with_part(part, numbers, int(str(document.head["part_count"])))
    except PartDiffers as wrong:
        return receipt.refused(kind, Error.DUPLICATE_NUMBER, str(wrong))
    if after.missing_parts:
        await tx.export_lists.save_summary(after)
        waits = ", ".join(str(number) for number in after.missing_parts)
        return receipt.at(Status.DECLARING, f"waits for part {waits}")
    if after.declarations:
        return receipt.at(Status.ACCEPTED, f"summary {after.number}")
    return await _summed(tx, after)


async def _summed(tx: CustomsTx, summary: ExportSummary) -> Receipt:
    found = await tx.export_lists.numbered(summary.list_numbers)
    await tx.locks.hold({one.logistics_no for one in found.values()})
    lists = await tx.export_lists.numbered(summary.list_numbers)
    findings = [
        finding
        for number in summary.list_numbers
        for finding in _list_findings(summary, number, lists.get(number))
    ]
    if findings:
        await tx.export_lists.save_summary(summary)
        return receipt.returned(findings)
    rules = tx.rulebook.export_list_rules(tx.country, on=tx.rulebook.day_of(tx.country, tx.now))
    made = sum_up(list(lists.values()), rules)
    done = replace(summary, declarations=made)
    await tx.export_lists.save_summary(done)
    await tx.export_lists.save([one.summed_up(done.number) for one in lists.values()])
    return receipt.at(Status.ACCEPTED, f"summary {done.number}")


def _list_findings(
    summary: ExportSummary, number: str, one: ExportList | None
) -> Sequence[Finding]:
    def wrong(remedy: str) -> Sequence[Finding]:
        return [Finding(code="list-not-summable", field=f"invtNo {number}", remedy=remedy)]

    if one is None:
        return wrong("There is no such list.")
    if one.declared.seller_code != summary.seller_code:
        return wrong("It is another seller's.")
    if one.declared.agent_code != summary.agent_code:
        return wrong("Another agent declared it.")
    if not one.is_departed:
        return wrong(f"It has not left the country: its status is {one.status.value}.")
    if one.summary not in ("", summary.number):
        return wrong(f"Summary {one.summary} declares it.")
    return []


def summary_message(
    tx: CustomsTx, summary: ExportSummary, lists: Sequence[ExportList]
) -> GateMessage:
    """Return the result of a summary (792): a document per declaration and 99 of its rows."""
    by_number = {one.number: one for one in lists}
    documents = [
        document
        for number, made in enumerate(summary.declarations, start=1)
        for document in _result(tx, summary, number, made, by_number)
    ]
    digest = hashlib.sha256(summary.number.encode()).digest()[:16]
    guid = str(uuid.UUID(bytes=digest)).upper()
    kind = MESSAGES["CEB792Message"]
    written = tuple(
        GateDocument(head={**one.head, "message_reference": guid}, lines=one.lines)
        for one in documents
    )
    return GateMessage(type=kind, guid=guid, documents=written)


def _result(
    tx: CustomsTx,
    summary: ExportSummary,
    number: int,
    made: SummaryDeclaration,
    lists: dict[str, ExportList],
) -> list[GateDocument]:
    rows: list[dict[str, Value]] = [
        {
            "declaration_id": one,
            "transport_contract_document_id": lists[one].logistics_no,
            "sequence_number": line.line_no,
            "classification_id": line.hs_code,
        }
        for line in made.lines
        for one in line.lists
    ]
    starts = range(0, len(rows), LINES_PER_RESULT_MAX)
    head: dict[str, Value] = {
        "message_reference": "",
        "declaration_office_id": summary.office,
        "summary_id": summary.number,
        "return_date_time": tx.now,
        "summary_declaration_id": _number(tx, f"{summary.number}/{number}"),
        "summary_state_code": DECLARED,
        "agent_id": summary.agent_code,
        "agent_name": summary.agent_name,
        "seller_id": summary.seller_code,
        "seller_name": summary.seller_name,
        "summary_agent_id": summary.summary_agent_code,
        "summary_agent_name": summary.summary_agent_name,
        "gross_mass": kilograms(made.gross_weight_g),
        "net_mass": kilograms(made.net_weight_g),
        "part_count": len(starts),
    }
    return [
        GateDocument(
            head={**head, "part_number": part},
            lines=tuple(rows[start : start + LINES_PER_RESULT_MAX]),
        )
        for part, start in enumerate(starts, start=1)
    ]


def _blank(tx: CustomsTx, document: GateDocument) -> ExportSummary:
    """An application is named by its agent and the agent's own number."""
    agent, reference = document.text("agent_id"), document.text("trader_reference")
    return ExportSummary(
        number=_number(tx, f"{agent}/{reference}"),
        trader_reference=reference,
        office=document.text("declaration_office_id"),
        agent_code=agent,
        agent_name=document.text("agent_name"),
        seller_code=document.text("seller_id"),
        seller_name=document.text("seller_name"),
        summary_agent_code=document.text("summary_agent_id"),
        summary_agent_name=document.text("summary_agent_name"),
        part_count=int(str(document.head["part_count"])),
    )


def _number(tx: CustomsTx, name: str) -> str:
    return derived_id("sum", tx.hub, name).rpartition("_")[2][:NUMBER_LENGTH].upper()
