"""What a declarant may do with a declaration that stands: cancel it, or send it again."""

from services.customs.domain.declaration import Declaration, StepNotAllowed
from services.customs.domain.documents import Withdrawal
from services.customs.domain.status import Status
from services.customs.store.documents import Filed
from services.customs.store.tx import CustomsTx
from services.customs.usecases.decide_declaration import hold_declaration, send_back_declaration
from services.customs.usecases.gather_dossiers import file_documents, gather_dossiers

WITHDRAWN = "withdrawn-by-declarant"
RESENT = frozenset({Status.RETURNED, Status.SEND_FAILED})
OVER = frozenset({Status.RELEASED, Status.CLOSED, Status.SENT_BACK})


async def cancel_declaration(tx: CustomsTx, *, declaration_id: str, by: str) -> Declaration:
    """Withdraw a declaration: before acceptance at once, later its goods are sent back.

    Raises StepNotAllowed for what is released or sent back already; twice is the same as once. Its
    list may be sent again, issued later, under the same number: then it is declared after all.
    """
    before = await hold_declaration(tx, declaration_id)
    if before.withdrawn:
        return before
    if before.status in OVER:
        raise StepNotAllowed(f"it is in status {before.status.value}", current=before.status.value)
    if not before.is_before_acceptance:
        await send_back_declaration(tx, declaration_id=before.id, by=by, reason=WITHDRAWN)
    number = before.logistics_no
    filed = Filed(
        document=Withdrawal(reason=WITHDRAWN, at=tx.now),
        key=number,
        rank=int(tx.now.timestamp()),
        logistics_no=number,
    )
    await file_documents(tx, [filed])
    return await tx.declarations.get(declaration_id)


async def resubmit_declaration(tx: CustomsTx, *, declaration_id: str) -> Declaration:
    """Declare again, under the same number, what was returned (100) or never reached (4).

    What the documents say now counts; with nothing new to say it stays returned.
    """
    before = await hold_declaration(tx, declaration_id)
    if before.status not in RESENT or before.withdrawn:
        raise StepNotAllowed(
            f"a declaration in status {before.status.value} is not sent again",
            current=before.status.value,
        )
    await gather_dossiers(tx, [before.logistics_no])
    return await tx.declarations.get(declaration_id)
