"""Believe a pack that a peer published, or refuse it and remember why."""

from services.permits.domain.pack_document import open_pack
from services.permits.domain.signing import CheckFailed, Keys
from services.permits.store.pack_versions import RefusedPack
from services.permits.store.tx import PermitsTx
from shared.contracts.permits.events import PackPublished

REASON_LENGTH_MAX = 600


async def keep_published_pack(tx: PermitsTx, *, event: PackPublished, hub: str, keys: Keys) -> None:
    """Keep the version once all its parts are here and every check passes."""
    document = event.document
    if event.parts > 1:
        await tx.packs.keep_part(event.content_hash, hub=hub, part=event.part, text=event.document)
        whole = await tx.packs.take_parts(event.content_hash, hub=hub, parts=event.parts)
        if whole is None:
            return
        document = whole
    try:
        published = open_pack(document, keys)
        reason = _disagreement(event, published.pack.digest, published.hub, hub)
    except CheckFailed as failed:
        reason = str(failed)
    if reason:
        refused = RefusedPack(
            country=event.country,
            version=event.version,
            hub=hub,
            reason=reason[:REASON_LENGTH_MAX],
            at=tx.now,
        )
        await tx.packs.refuse(refused)
        return
    await tx.packs.keep(published.pack, hub=hub, at=event.published_at, document=document)


def _disagreement(event: PackPublished, digest: str, signer: str, hub: str) -> str:
    if signer != hub:
        return f"issuer: {hub} handed on what {signer} signed"
    if digest != event.content_hash:
        return f"hash: the event names {event.content_hash}"
    return ""
