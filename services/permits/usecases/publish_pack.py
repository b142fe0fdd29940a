"""Publish a version of this country's pack: linted, signed, kept, and said to every peer."""

from services.permits.domain.pack_document import sign_pack
from services.permits.domain.signing import DocumentKey
from services.permits.store.pack_versions import PackVersion
from services.permits.store.tx import PermitsTx
from shared.contracts.permits.events import PackPublished
from shared.kernel.errors import Rejected
from shared.packs.lint import check_pack
from shared.packs.pack import Pack

PART_LENGTH = 600_000
PARTS_MAX = 50


class PackForeign(Rejected):
    """A hub publishes the rules of its own country and of no other."""

    code = "permits.pack-foreign"


class PackUnsigned(Rejected):
    """Peers believe signed packs only, and this hub has no key to sign with."""

    code = "permits.pack-unsigned"
    help = "Set the service's EROAD_SIGNING_KEY, then publish again."


class PackTooLarge(Rejected):
    """The signed document does not fit the parts that it may travel in."""

    code = "permits.pack-too-large"


async def publish_pack(tx: PermitsTx, *, pack: Pack, signer: DocumentKey | None) -> PackVersion:
    """Publish a version once; publishing it again changes nothing. Raises PackMalformed too."""
    if pack.country != tx.hub[:2].upper():
        raise PackForeign(f"{tx.hub} does not own the rules of {pack.country}")
    if signer is None:
        raise PackUnsigned("no key to sign with")
    found = await tx.packs.find(pack.digest)
    if found is not None and found.hub == tx.hub:
        return found
    check_pack(pack)
    document = sign_pack(signer, pack, hub=tx.hub)
    if len(document) > PART_LENGTH * PARTS_MAX:
        raise PackTooLarge(f"more than {PARTS_MAX} parts of {PART_LENGTH} characters")
    await tx.packs.keep(pack, hub=tx.hub, at=tx.now, document=document)
    await _say(tx, pack, document)
    kept = await tx.packs.find(pack.digest)
    assert kept is not None, "kept just now"
    return kept


async def _say(tx: PermitsTx, pack: Pack, document: str) -> None:
    parts = [document[at : at + PART_LENGTH] for at in range(0, len(document), PART_LENGTH)]
    for number, text in enumerate(parts, start=1):
        event = PackPublished(
            country=pack.country,
            version=pack.version,
            content_hash=pack.digest,
            document=text,
            part=number,
            parts=len(parts),
            published_at=tx.now,
        )
        await tx.emit(event, key=f"pack-{pack.country}")
