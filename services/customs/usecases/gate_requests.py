"""What a message may ask of a declaration that stands: to withdraw it, to take goods back."""

from collections.abc import Awaitable, Callable, Mapping

from services.customs.domain.declaration import Declaration, StepNotAllowed
from services.customs.domain.gate import receipt
from services.customs.domain.gate.message import GateDocument
from services.customs.domain.gate.messages import MessageType
from services.customs.domain.gate.receipt import Error, Receipt
from services.customs.domain.goods_return import (
    GoodsReturn,
    ReturnedQuantity,
    ReturnExceedsImport,
)
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.decide_declaration import hold_declaration
from services.customs.usecases.gate_documents import DocumentWrong, Reader
from services.customs.usecases.resubmit_declaration import WITHDRAWN, cancel_declaration
from services.customs.usecases.take_back_goods import NotReleased, apply_to_give_back
from shared.kernel.ids import derived_id

Request = Callable[..., Awaitable[Receipt]]


async def withdraw_list(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Withdraw a list (623), if it is not too late."""
    found = await declared(tx, document)
    if found is None:
        return receipt.refused(kind, Error.MEANINGLESS, "there is no such list")
    try:
        await cancel_declaration(tx, declaration_id=found.id, by=by)
    except StepNotAllowed as refused:
        return receipt.refused(kind, Error.TOO_LATE, str(refused))
    return receipt.at(Status.CONCLUDED, WITHDRAWN)


async def declared(tx: CustomsTx, document: GateDocument) -> Declaration | None:
    """Return the declaration that a request is about, if its numbers fit together."""
    number = document.text("transport_contract_document_id")
    found = (await tx.declarations.of_parcels([number])).get(number)
    if found is None or found.order_no != document.text("order_id"):
        return None
    return found


async def apply_for_return(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Apply to give goods of a released list back (625); the same application changes nothing."""
    found = await declared(tx, document)
    if found is None or document.text("declaration_id") != receipt.list_number(found.id):
        return receipt.refused(kind, Error.MEANINGLESS, "there is no such list")
    if found.seller_hub:
        return receipt.refused(kind, Error.MEANINGLESS, "its return is asked for at its order")
    try:
        applied = _return_of(tx, document, await hold_declaration(tx, found.id))
        kept = await apply_to_give_back(tx, applied)
    except (DocumentWrong, ReturnExceedsImport, NotReleased) as wrong:
        return receipt.refused(kind, Error.MEANINGLESS, str(wrong))
    return _return_receipt(tx, kept)


def _return_of(tx: CustomsTx, document: GateDocument, declaration: Declaration) -> GoodsReturn:
    on = tx.rulebook.day_of(tx.country, tx.now)
    reader = Reader(codes=tx.rulebook.gate_codes(tx.country, on=on), hub=tx.hub)
    codes = {line.line_no: line.hs_code for line in declaration.assessed}
    lines = []
    for row in document.lines:
        line_no = int(str(row["sequence_number"]))
        if codes.get(line_no) != row["classification_id"]:
            raise DocumentWrong(f"line {line_no} is not declared under this goods code")
        lines.append(ReturnedQuantity(line_no=line_no, quantity=reader.count(row, "quantity")))
    if len({line.line_no for line in lines}) < len(lines):
        raise DocumentWrong("a line stands there twice")
    name = f"{declaration.id}/{document.text('trader_reference')}"
    return GoodsReturn(
        return_id=derived_id("ret", tx.hub, name),
        order_id=declaration.order_id,
        order_no=declaration.order_no,
        logistics_no=declaration.logistics_no,
        lines=tuple(lines),
        applied_at=tx.now,
    )


def _return_receipt(tx: CustomsTx, one: GoodsReturn) -> Receipt:
    if one.refusal is not None:
        code = f"{one.rule}, {one.refusal.value}"
        return receipt.at(Status.RETURNED, f"{code}: the tax stays")
    if one.decided_at is not None:
        return receipt.at(Status.CONCLUDED, "taken back, its tax is void")
    return receipt.at(Status.ACCEPTED, f"the goods must be back; return {one.return_id}")


REQUESTS: Mapping[str, Request] = {"623": withdraw_list, "625": apply_for_return}
"""The messages that ask something of a declaration, by number."""
