"""What officers decide about goods that leave by a list: look at them, keep them, let them go."""

from collections.abc import Callable

from services.customs.domain.export_list import ExportList
from services.customs.domain.status import Status
from services.customs.store.tx import CustomsTx
from services.customs.usecases.rebate_by_list import note_exported


async def inspect_export_list(tx: CustomsTx, *, list_id: str, by: str, reason: str) -> ExportList:
    """Have accepted goods looked at."""
    return await _changed(
        tx, list_id, lambda one: one.moved(Status.INSPECTED, at=tx.now, by=by, reason=reason)
    )


async def detain_export_list(
    tx: CustomsTx, *, list_id: str, kind: Status, by: str, reason: str
) -> ExportList:
    """Keep goods after they were looked at."""
    return await _changed(
        tx, list_id, lambda one: one.detained(kind, at=tx.now, by=by, reason=reason)
    )


async def release_export_list(tx: CustomsTx, *, list_id: str, by: str, reason: str) -> ExportList:
    """Let goods leave that were held."""
    return await _changed(tx, list_id, lambda one: one.released(at=tx.now, by=by, reason=reason))


async def turn_back_export_list(tx: CustomsTx, *, list_id: str, by: str, reason: str) -> ExportList:
    """Refuse that goods leave."""
    return await _changed(
        tx, list_id, lambda one: one.moved(Status.SENT_BACK, at=tx.now, by=by, reason=reason)
    )


async def _changed(
    tx: CustomsTx, list_id: str, step: Callable[[ExportList], ExportList]
) -> ExportList:
    found = await tx.export_lists.get(list_id)
    await tx.locks.hold([found.logistics_no, found.order_key])
    after = step(await tx.export_lists.get(list_id))
    await tx.export_lists.save([after])
    await note_exported(tx, [after])
    return after
