"""Take in a message of the gate: file its documents, match what is complete, answer each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.customs.domain.declaration import Declaration
from services.customs.domain.gate import receipt
from services.customs.domain.gate.message import GateDocument, GateMessage
from services.customs.domain.gate.messages import MESSAGES, MessageType
from services.customs.domain.gate.receipt import Error, Receipt
from services.customs.domain.status import Status
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.filers import strange_documents
from services.customs.usecases.gate_documents import FILINGS, DocumentWrong, Reader
from services.customs.usecases.gate_requests import REQUESTS
from services.customs.usecases.gather_dossiers import file_documents
from shared.kernel.errors import Rejected

STORED_ONLY, CHANGED, DELETED = "1", "2", "3"


class MessageNotTaken(Rejected):
    """The gate sends this message; it does not take it."""

    code = "customs.message-not-taken"


async def take_message(tx: CustomsTx, message: GateMessage, *, by: str) -> GateMessage:
    """Return the answer to a message, a receipt per document in the message's order.

    Raises MessageNotTaken, and SenderNotRegistered when the sender's code is not the caller's.
    """
    kind = message.type
    if not kind.answer:
        raise MessageNotTaken(f"{kind.name} is an answer of the gate", field=kind.name)
    strange = await strange_documents(tx, message, by=by)
    receipts = {
        number: receipt.refused(kind, Error.NOT_YOURS, f"{code} is not registered for you")
        for number, code in strange.items()
    }
    rest = [number for number in range(len(message.documents)) if number not in strange]
    taken = await _take(tx, kind, [message.documents[number] for number in rest], by=by)
    receipts |= dict(zip(rest, taken, strict=True))
    answers = (
        receipt.answer_document(kind, document, receipts[number], at=tx.now)
        for number, document in enumerate(message.documents)
    )
    return GateMessage(type=MESSAGES[kind.answer], guid=message.guid, documents=tuple(answers))


async def _take(
    tx: CustomsTx, kind: MessageType, documents: Sequence[GateDocument], *, by: str
) -> list[Receipt]:
    if kind.number in FILINGS:
        return await _file(tx, kind, documents)
    if kind.number in REQUESTS:
        return [await _ask(tx, kind, document, by=by) for document in documents]
    return [_checked(kind, document) for document in documents]


async def _file(
    tx: CustomsTx, kind: MessageType, documents: Sequence[GateDocument]
) -> list[Receipt]:
    """File the documents that mean something, then say where each of them stands."""
    on = tx.rulebook.day_of(tx.country, tx.now)
    reader = Reader(codes=tx.rulebook.gate_codes(tx.country, on=on), hub=tx.hub)
    receipts: dict[int, Receipt] = {}
    filed: dict[int, Filed] = {}
    for number, document in enumerate(documents):
        read = _read(kind, reader, document)
        if isinstance(read, Receipt):
            receipts[number] = read
        elif _is_repeated(read, filed):
            receipts[number] = receipt.refused(kind, Error.DUPLICATE_NUMBER, "twice in a message")
        else:
            filed[number] = read
    refused = await _refuse_changes(tx, kind, documents, filed)
    receipts |= refused
    kept = {number: one for number, one in filed.items() if number not in refused}
    await file_documents(tx, list(kept.values()))
    return await _standing(tx, kind, documents, receipts, kept)


def _read(kind: MessageType, reader: Reader, document: GateDocument) -> Filed | Receipt:
    if document.faults:
        return receipt.malformed(kind, document.faults)
    if document.text("function_code") == DELETED:
        return receipt.refused(kind, Error.MEANINGLESS, "withdraw a list by message 623")
    try:
        filed = FILINGS[kind.number](reader, document)
    except DocumentWrong as wrong:
        return receipt.refused(kind, Error.MEANINGLESS, str(wrong))
    if document.text("filing_status_code") == STORED_ONLY:
        return receipt.at(Status.STORED)
    return filed


def _is_repeated(one: Filed, filed: Mapping[int, Filed]) -> bool:
    return any(one.key == other.key for other in filed.values())


async def _refuse_changes(
    tx: CustomsTx, kind: MessageType, documents: Sequence[GateDocument], filed: Mapping[int, Filed]
) -> dict[int, Receipt]:
    """A number that is taken may come again as it was, or as a change before acceptance."""
    known = await tx.documents.known([(one.kind, one.key) for one in filed.values()])
    parcels = await _parcels(tx, filed)
    standing = await tx.declarations.of_parcels({n for some in parcels.values() for n in some})
    refused = {}
    for number, one in filed.items():
        if (one.kind, one.key) not in known:
            continue
        before, rank = known[one.kind, one.key]
        if before == one.document:
            continue
        declared = [standing[n] for n in parcels[number] if n in standing]
        if documents[number].text("function_code") != CHANGED:
            refused[number] = receipt.refused(
                kind, Error.DUPLICATE_NUMBER, "the number is taken; send a change"
            )
        elif not all(d.is_before_acceptance for d in declared):
            refused[number] = receipt.refused(
                kind, Error.TOO_LATE, "it is accepted and can't be changed"
            )
        elif one.rank <= rank:
            refused[number] = receipt.refused(
                kind, Error.DUPLICATE_NUMBER, "a change must be sent later than what it changes"
            )
    return refused


async def _parcels(tx: CustomsTx, filed: Mapping[int, Filed]) -> dict[int, list[str]]:
    found = {}
    for number, one in filed.items():
        if one.logistics_no is not None:
            found[number] = [one.logistics_no]
        else:
            assert one.order_id is not None, "a document names its parcel or its order"
            found[number] = await tx.documents.parcels_of(one.order_id)
    return found


async def _standing(
    tx: CustomsTx,
    kind: MessageType,
    documents: Sequence[GateDocument],
    receipts: Mapping[int, Receipt],
    kept: Mapping[int, Filed],
) -> list[Receipt]:
    lists = [one.key for one in kept.values() if one.kind == "goods_list"]
    declared = await tx.declarations.of_parcels(lists)
    answers = []
    for number in range(len(documents)):
        if number in receipts:
            answers.append(receipts[number])
        elif kept[number].key in declared:
            answers.append(list_receipt(declared[kept[number].key]))
        else:
            answers.append(receipt.at(Status.ACCEPTED, "filed"))
    return answers


def list_receipt(declaration: Declaration) -> Receipt:
    """Return what the gate says of a list today; a list that waits for papers is declared (2)."""
    if declaration.status is Status.RETURNED:
        return receipt.returned(declaration.findings)
    if declaration.status is Status.STORED:
        return receipt.at(Status.DECLARING, "waits for order, payment and waybill")
    answered = receipt.at(declaration.status)
    return replace(answered, number=receipt.list_number(declaration.id))


async def _ask(tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str) -> Receipt:
    if document.faults:
        return receipt.malformed(kind, document.faults)
    return await REQUESTS[kind.number](tx, kind, document, by=by)


def _checked(kind: MessageType, document: GateDocument) -> Receipt:
    if document.faults:
        return receipt.malformed(kind, document.faults)
    return receipt.at(Status.ACCEPTED, "well-formed; this gate keeps nothing of it")
