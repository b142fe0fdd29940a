"""Take in a message of the gate: file its documents, match what is complete, answer each."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.customs.domain.gate import receipt
from services.customs.domain.gate.message import GateDocument, GateMessage
from services.customs.domain.gate.messages import MESSAGES, MessageType
from services.customs.domain.gate.receipt import Error, Receipt
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.export_requests import EXPORT_REQUESTS
from services.customs.usecases.filers import strange_documents
from services.customs.usecases.gate_desks import DESKS, Desk, Read
from services.customs.usecases.gate_documents import DocumentWrong, Reader
from services.customs.usecases.gate_requests import REQUESTS
from shared.kernel.errors import Rejected

STORED_ONLY, CHANGED, DELETED = "1", "2", "3"
WITHDRAWN_BY = {"621": "623", "603": "605"}


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
    for desk in DESKS:
        if kind.number in desk.filings:
            return await _file(tx, kind, documents, desk)
    return [await _ask(tx, kind, document, by=by) for document in documents]


async def _file(
    tx: CustomsTx, kind: MessageType, documents: Sequence[GateDocument], desk: Desk
) -> list[Receipt]:
    """File the documents that mean something, then say where each of them stands."""
    on = tx.rulebook.day_of(tx.country, tx.now)
    reader = Reader(codes=tx.rulebook.gate_codes(tx.country, on=on), hub=tx.hub)
    receipts: dict[int, Receipt] = {}
    filed: dict[int, Any] = {}
    keys: set[str] = set()
    for number, document in enumerate(documents):
        read = _read(kind, reader, document, desk.filings[kind.number])
        if isinstance(read, Receipt):
            receipts[number] = read
        elif read.key in keys:
            receipts[number] = receipt.refused(kind, Error.DUPLICATE_NUMBER, "twice in a message")
        else:
            filed[number] = read
            keys.add(read.key)
    receipts |= await _refuse_changes(tx, kind, documents, filed, desk)
    kept = {number: one for number, one in filed.items() if number not in receipts}
    await desk.file(tx, list(kept.values()))
    return await _standing(tx, len(documents), receipts, kept, desk)


def _read(kind: MessageType, reader: Reader, document: GateDocument, read: Read) -> Any:
    """Return what is to be filed, or the receipt of what is not."""
    if document.faults:
        return receipt.malformed(kind, document.faults)
    if document.text("function_code") == DELETED:
        withdrawal = WITHDRAWN_BY.get(kind.number)
        how = f"withdraw a list by message {withdrawal}" if withdrawal else "send a change"
        return receipt.refused(kind, Error.MEANINGLESS, how)
    try:
        filed = read(reader, document)
    except DocumentWrong as wrong:
        return receipt.refused(kind, Error.MEANINGLESS, str(wrong))
    if document.text("filing_status_code") == STORED_ONLY:
        return receipt.at(Status.STORED)
    return filed


async def _refuse_changes(
    tx: CustomsTx,
    kind: MessageType,
    documents: Sequence[GateDocument],
    filed: Mapping[int, Any],
    desk: Desk,
) -> dict[int, Receipt]:
    """A number that is taken may come again as it was, or as a change before acceptance."""
    known = await desk.known(tx, [(one.kind, one.key) for one in filed.values()])
    changed = {
        number: one
        for number, one in filed.items()
        if (one.kind, one.key) in known and known[one.kind, one.key][0] != one.document
    }
    settled = await desk.settled(tx, changed) if changed else set()
    refused = {}
    for number, one in changed.items():
        if documents[number].text("function_code") != CHANGED:
            refused[number] = receipt.refused(
                kind, Error.DUPLICATE_NUMBER, "the number is taken; send a change"
            )
        elif number in settled:
            refused[number] = receipt.refused(
                kind, Error.TOO_LATE, "it is accepted and can't be changed"
            )
        elif one.rank <= known[one.kind, one.key][1]:
            refused[number] = receipt.refused(
                kind, Error.DUPLICATE_NUMBER, "a change must be sent later than what it changes"
            )
    return refused


async def _standing(
    tx: CustomsTx,
    count: int,
    receipts: Mapping[int, Receipt],
    kept: Mapping[int, Any],
    desk: Desk,
) -> list[Receipt]:
    lists = [one.key for one in kept.values() if one.kind == "goods_list"]
    standing = await desk.standing(tx, lists) if lists else {}
    filed = receipt.at(Status.ACCEPTED, "filed")
    return [
        receipts[number] if number in receipts else standing.get(kept[number].key, filed)
        for number in range(count)
    ]


async def _ask(tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str) -> Receipt:
    if document.faults:
        return receipt.malformed(kind, document.faults)
    return await ASKED[kind.number](tx, kind, document, by=by)


ASKED = {**REQUESTS, **EXPORT_REQUESTS}
