"""What becomes of an export declaration: officers hold and release it, the unit departs."""

from collections.abc import Collection

from services.customs.domain.export import ExportDeclaration, ExportState
from services.customs.store.tx import CustomsTx
from services.customs.usecases.announce_export import announce_export
from services.customs.usecases.draw_up_export import exported_parcels

CHECKS: Collection[ExportState] = (ExportState.DOCUMENTARY_CHECK, ExportState.PHYSICAL_CHECK)


async def release_export(tx: CustomsTx, *, declaration_id: str, reason: str) -> ExportDeclaration:
    """Let a unit leave that an officer has looked at."""
    before = await hold_export(tx, declaration_id)
    after = before.released(at=tx.now, reason=reason)
    await tx.exports.save(after)
    await announce_export(tx, after, await exported_parcels(tx, after))
    return after


async def cancel_export(tx: CustomsTx, *, declaration_id: str, reason: str) -> ExportDeclaration:
    """Withdraw an export declaration before its unit departs."""
    after = (await hold_export(tx, declaration_id)).cancelled(reason=reason)
    await tx.exports.save(after)
    return after


async def record_departure(tx: CustomsTx, consolidation_id: str) -> None:
    """Note that the unit left; a unit unknown here was never declared here."""
    await tx.locks.hold([consolidation_id])
    found = await tx.exports.of_unit(consolidation_id)
    if found is not None and found.state is ExportState.RELEASED:
        await tx.exports.save(found.departed())


async def hold_export(tx: CustomsTx, declaration_id: str) -> ExportDeclaration:
    """Return the export declaration as it stands once nobody else is at its unit."""
    found = await tx.exports.get(declaration_id)
    await tx.locks.hold([found.unit.consolidation_id])
    return await tx.exports.get(declaration_id)
