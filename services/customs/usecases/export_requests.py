"""What a message may ask of export lists that stand: cancel, arrive, load, depart, come back.

Messages that name many parcels are taken whole or not at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from services.customs.domain.authority import SIMULATOR
from services.customs.domain.basis import Finding
from services.customs.domain.declaration import StepNotAllowed
from services.customs.domain.export_list import ExportList, ExportReturn
from services.customs.domain.gate import receipt
from services.customs.domain.gate.message import GateDocument
from services.customs.domain.gate.messages import MessageType
from services.customs.domain.gate.receipt import Error, Receipt
from services.customs.domain.goods_return import ReturnedQuantity, ReturnExceedsImport
from services.customs.domain.rebate import reimport_refusal
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.export_papers import filed_arrivals
from services.customs.usecases.gate_documents import DocumentWrong, Reader, moment_of, text_of
from services.customs.usecases.gate_requests import Request
from services.customs.usecases.gather_exports import file_export_papers
from services.customs.usecases.rebate_by_list import note_exported, take_back_listed
from services.customs.usecases.summarise_exports import apply_for_summary
from shared.packs.values import add_months

OUT_OF_STEP = "parcel-out-of-step"
"""A parcel that a message names is not where the message says; the remedy says where it is."""


async def cancel_list(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Withdraw a list (605): before acceptance at once, later its goods are turned back."""
    found = await _numbered(tx, document)
    if found is None or found.declared.trader_reference != document.text("trader_reference"):
        return receipt.refused(kind, Error.MEANINGLESS, "there is no such list")
    try:
        after = found.cancelled("withdrawn-by-declarant", at=tx.now, by=by)
    except StepNotAllowed as refused:
        return receipt.refused(kind, Error.TOO_LATE, str(refused))
    await _save(tx, [(found, after)])
    return receipt.at(Status.CONCLUDED, "withdrawn-by-declarant", number=found.number)


async def note_arrivals(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Note parcels at the supervised site (507), whose lists may come later."""
    await file_export_papers(tx, filed_arrivals(document))
    return receipt.at(Status.ACCEPTED, "filed")


async def load_parcels(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Put released parcels under one master waybill (607)."""
    values = document.head
    master = text_of(values, "master_transport_contract_document_id")
    journey = text_of(values, "journey_id")
    return await _each(tx, document, lambda one: one.loaded(master, journey))


async def note_departure(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Note that the parcels of a master waybill left the country (509): they are closed (899)."""
    values = document.head
    master = text_of(values, "master_transport_contract_document_id")
    left_at = moment_of(values, "departure_date_time")
    if left_at > tx.now:
        return receipt.refused(kind, Error.MEANINGLESS, "it has not left yet")
    return await _each(
        tx,
        document,
        lambda one: one.departed(master, left_at=left_at, at=tx.now, by=SIMULATOR),
    )


async def apply_for_reentry(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Apply for exported goods to come back (213)."""
    found = await _numbered(tx, document)
    if found is None:
        return receipt.refused(kind, Error.MEANINGLESS, "there is no such list")
    try:
        applied = ExportReturn(
            reference=document.text("return_reference"),
            lines=_returned_lines(tx, document, found),
            applied_at=tx.now,
        )
        after = found.coming_back(applied)
    except (DocumentWrong, StepNotAllowed, ReturnExceedsImport) as wrong:
        return receipt.refused(kind, Error.MEANINGLESS, str(wrong))
    await _save(tx, [(found, after)])
    return _return_receipt(after.find_return(applied.reference))


async def note_reentry(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Note that goods are back at the supervised site (215), and decide whether they are taxed."""
    found = await _numbered(tx, document)
    if found is None:
        return receipt.refused(kind, Error.MEANINGLESS, "there is no such list")
    try:
        applied = found.find_return(document.text("return_reference"))
    except StepNotAllowed as wrong:
        return receipt.refused(kind, Error.MEANINGLESS, str(wrong))
    if applied.arrived_at is None:
        applied = _decided(tx, found, applied)
        await _save(tx, [(found, found.came_back(applied))])
        await take_back_listed(tx, found, applied)
    return _return_receipt(applied)


EXPORT_REQUESTS: Mapping[str, Request] = {
    "605": cancel_list,
    "507": note_arrivals,
    "607": load_parcels,
    "509": note_departure,
    "213": apply_for_reentry,
    "215": note_reentry,
    "701": apply_for_summary,
}
"""The messages that ask something of export lists, by number."""


async def _numbered(tx: CustomsTx, document: GateDocument) -> ExportList | None:
    """Return the list that a request names once nobody else is at its parcel."""
    number = document.text("declaration_id")
    found = (await tx.export_lists.numbered([number])).get(number)
    if found is None:
        return None
    await tx.locks.hold([found.logistics_no, found.order_key])
    return await tx.export_lists.get(found.id)


async def _each(
    tx: CustomsTx, document: GateDocument, step: Callable[[ExportList], ExportList]
) -> Receipt:
    """Take a step with every parcel named, or with none and say which of them can't."""
    lines = [text_of(line, "transport_contract_document_id") for line in document.lines]
    numbers = sorted(set(lines))
    await tx.locks.hold(numbers)
    found = await tx.export_lists.of_parcels(numbers)
    carrier = document.text("carrier_id")
    moved, findings = [], []
    for place, number in enumerate(lines, start=1):
        try:
            one = _carried(found, number, carrier)
            moved.append((one, step(one)))
        except StepNotAllowed as refused:
            field = f"lines[{place}].logisticsNo"
            findings.append(Finding(code=OUT_OF_STEP, field=field, remedy=str(refused)))
    if findings:
        return receipt.returned(findings)
    await _save(tx, moved)
    return receipt.at(Status.ACCEPTED, "done")


def _carried(found: Mapping[str, ExportList], number: str, carrier: str) -> ExportList:
    if number not in found:
        raise StepNotAllowed("there is no list of it")
    if found[number].declared.carrier_code != carrier:
        raise StepNotAllowed("another carrier has it")
    return found[number]


async def _save(tx: CustomsTx, moved: Sequence[tuple[ExportList, ExportList]]) -> None:
    changed = {after.id: after for before, after in moved if after != before}
    await tx.export_lists.save(list(changed.values()))
    await note_exported(tx, [one for one in changed.values() if one.is_departed])


def _returned_lines(
    tx: CustomsTx, document: GateDocument, found: ExportList
) -> tuple[ReturnedQuantity, ...]:
    on = tx.rulebook.day_of(tx.country, tx.now)
    reader = Reader(codes=tx.rulebook.gate_codes(tx.country, on=on), hub=tx.hub)
    codes = {line.line_no: line.hs_code for line in found.declared.lines}
    lines = []
    for row in document.lines:
        line_no = int(str(row["sequence_number"]))
        if codes.get(line_no) != row["classification_id"]:
            raise DocumentWrong(f"line {line_no} is not declared under this goods code")
        lines.append(ReturnedQuantity(line_no=line_no, quantity=reader.count(row, "quantity")))
    if len({line.line_no for line in lines}) < len(lines):
        raise DocumentWrong("a line stands there twice")
    return tuple(lines)


def _decided(tx: CustomsTx, found: ExportList, applied: ExportReturn) -> ExportReturn:
    """Levy import tax or waive it, by the rule of the day the goods left (C14).

    They count as unchanged: whoever lets them into the site has looked at them.
    """
    assert found.departed_at is not None, "only what left can come back"
    exported_on = tx.rulebook.day_of(tx.country, found.departed_at)
    rules = tx.rulebook.reimport_rules(tx.country, on=exported_on)
    wanted = {line.line_no for line in applied.lines}
    refusal = reimport_refusal(
        rules,
        exported_on=exported_on,
        last_day=add_months(exported_on, rules.months),
        arrived_on=tx.rulebook.day_of(tx.country, tx.now),
        channel=found.declared.channel,
        hs_codes=tuple(one.hs_code for one in found.declared.lines if one.line_no in wanted),
        is_original=True,
    )
    return replace(applied, arrived_at=tx.now, refusal=refusal or "", rule=rules.rule)


def _return_receipt(one: ExportReturn) -> Receipt:
    if one.arrived_at is None:
        return receipt.at(Status.ACCEPTED, "waits for the goods at the supervised site")
    if one.refusal:
        return receipt.at(Status.CONCLUDED, f"import tax is levied: {one.rule}, {one.refusal}")
    return receipt.at(Status.CONCLUDED, f"enters untaxed: {one.rule}")
