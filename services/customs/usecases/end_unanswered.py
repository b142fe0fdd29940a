"""End what waited too long for its declarant: an import is sent back, an export list withdrawn."""

from services.customs.domain.authority import SIMULATOR
from services.customs.domain.status import NOT_ANSWERED, PAPERS_MISSING, Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.decide_declaration import hold_declaration, send_back_declaration

ENDED_AT_ONCE_MAX = 100


async def end_unanswered_declarations(tx: CustomsTx) -> None:
    """Send back the parcels whose papers are not complete, or not answered for, in time."""
    for declaration_id in await tx.declarations.overdue(at=tx.now, limit=ENDED_AT_ONCE_MAX):
        held = await hold_declaration(tx, declaration_id)
        if held.is_overdue(tx.now):  # else somebody answered before we held it
            reason = PAPERS_MISSING if held.status is Status.STORED else NOT_ANSWERED
            await send_back_declaration(tx, declaration_id=held.id, by=SIMULATOR, reason=reason)


async def end_unanswered_lists(tx: CustomsTx) -> None:
    """Withdraw the export lists that nobody answered in time; their goods never left."""
    for list_id in await tx.export_lists.overdue(at=tx.now, limit=ENDED_AT_ONCE_MAX):
        found = await tx.export_lists.get(list_id)
        await tx.locks.hold([found.logistics_no, found.order_key])
        held = await tx.export_lists.get(list_id)
        if held.is_overdue(tx.now):
            await tx.export_lists.save([held.cancelled(NOT_ANSWERED, at=tx.now, by=SIMULATOR)])
