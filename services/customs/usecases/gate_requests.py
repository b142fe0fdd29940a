"""What a message may ask of a declaration that stands: to withdraw it."""

from collections.abc import Awaitable, Callable, Mapping

from services.customs.domain.declaration import Declaration
from services.customs.domain.documents import Withdrawal
from services.customs.domain.gate import receipt
from services.customs.domain.gate.message import GateDocument
from services.customs.domain.gate.messages import MessageType
from services.customs.domain.gate.receipt import Error, Receipt
from services.customs.domain.status import Status
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.decide_declaration import hold_declaration, send_back_declaration
from services.customs.usecases.gather_dossiers import file_documents

WITHDRAWN = "withdrawn-by-declarant"
Request = Callable[..., Awaitable[Receipt]]


async def withdraw_list(
    tx: CustomsTx, kind: MessageType, document: GateDocument, *, by: str
) -> Receipt:
    """Withdraw a list (623): before acceptance at once, later the goods are sent back.

    What is released or sent back already stays as it is.
    """
    found = await declared(tx, document)
    if found is None:
        return receipt.refused(kind, Error.MEANINGLESS, "there is no such list")
    before = await hold_declaration(tx, found.id)
    if before.withdrawn:
        return receipt.at(Status.CONCLUDED, WITHDRAWN)
    if before.is_before_acceptance:
        await _file_withdrawal(tx, before)
        return receipt.at(Status.CONCLUDED, WITHDRAWN)
    if before.status in {Status.RELEASED, Status.CLOSED, Status.SENT_BACK}:
        return receipt.refused(kind, Error.TOO_LATE, f"it is in status {before.status.value}")
    await send_back_declaration(tx, declaration_id=before.id, by=by, reason=WITHDRAWN)
    await _file_withdrawal(tx, before)
    return receipt.at(Status.CONCLUDED, WITHDRAWN)


async def declared(tx: CustomsTx, document: GateDocument) -> Declaration | None:
    """Return the declaration that a request is about, if its numbers fit together."""
    number = document.text("transport_contract_document_id")
    found = (await tx.declarations.of_parcels([number])).get(number)
    if found is None or found.order_no != document.text("order_id"):
        return None
    return found


async def _file_withdrawal(tx: CustomsTx, declaration: Declaration) -> None:
    number = declaration.logistics_no
    filed = Filed(document=Withdrawal(reason=WITHDRAWN), key=number, logistics_no=number)
    await file_documents(tx, [filed])


REQUESTS: Mapping[str, Request] = {"623": withdraw_list}
"""The messages that ask something of a declaration, by number."""
