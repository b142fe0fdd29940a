"""Compare a unit's manifest with what was declared of it, whichever is heard first."""

from services.customs.domain.manifest import DeclaredUnit, Manifest, ManifestCheck
from services.customs.store.tx import CustomsTx


async def hear_manifest(tx: CustomsTx, consolidation_id: str, manifest: Manifest) -> None:
    """Keep what the carrier says left."""
    before = await _held(tx, consolidation_id)
    await _keep(tx, before, before.with_manifest(manifest))


async def note_declared(tx: CustomsTx, consolidation_id: str, declared: DeclaredUnit) -> None:
    """Keep what customs released of the unit."""
    before = await _held(tx, consolidation_id)
    await _keep(tx, before, before.with_declared(declared))


async def _held(tx: CustomsTx, consolidation_id: str) -> ManifestCheck:
    await tx.locks.hold([consolidation_id])
    found = await tx.manifests.find(consolidation_id)
    return found or ManifestCheck(consolidation_id=consolidation_id)


async def _keep(tx: CustomsTx, before: ManifestCheck, after: ManifestCheck) -> None:
    if after != before:
        await tx.manifests.save(after)
