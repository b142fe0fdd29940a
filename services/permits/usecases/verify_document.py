"""Check a permit's document, and that nobody has stopped the permit since."""

from collections.abc import Mapping

from services.permits.domain.document import permit_id_of, verify_permit
from services.permits.domain.signing import Check, IssuerKey
from services.permits.domain.states import LicenceState
from services.permits.store.licences import LicenceNotFound
from services.permits.store.tx import PermitsTx

_STOPPED = frozenset({LicenceState.SUSPENDED, LicenceState.REVOKED, LicenceState.SURRENDERED})


async def verify_document(
    tx: PermitsTx, *, document: str, keys: Mapping[str, IssuerKey]
) -> list[Check]:
    """Return every check up to the first that failed."""
    checks = verify_permit(document, keys, at=tx.now)
    if not checks[-1].passed:
        return checks
    permit_id = permit_id_of(document)
    return verify_permit(document, keys, at=tx.now, stopped=await _stopped(tx, permit_id))


async def _stopped(tx: PermitsTx, permit_id: str) -> set[str]:
    try:
        licence = await tx.licences.get(permit_id, lock=False)
    except LicenceNotFound:
        # Signed by us and not known to us: whoever restored an old database must be told.
        return {permit_id}
    return {permit_id} if licence.state in _STOPPED else set()
