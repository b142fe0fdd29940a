"""The origin's end of a snapshot: old frames are let go, and who stands before them is made one."""

from collections.abc import Iterable
from datetime import timedelta

import structlog

from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import KeyRing, SigningKey
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.snapshot import (
    InParts,
    UnsignedPart,
    is_receipt_for,
    read_part,
    sign_parts,
)
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import SIGNED, ExchangeTx

log = structlog.get_logger(__name__)

FRAMES_LET_GO_MAX = 200
"""Of one stream at once; the rest follows the next time."""


async def let_go_of_old_frames(tx: ExchangeTx, *, kept: timedelta) -> None:
    """Forget the values of frames older than `kept`, whether or not their peer has taken them."""
    for each in await tx.outgoing.all():
        last = await tx.snapshots.let_go(each.stream, before=tx.now - kept, limit=FRAMES_LET_GO_MAX)
        if last:
            log.info("road.frames-let-go", stream=each.stream.key, up_to=last)


async def parts_for(
    tx: ExchangeTx, stream: Stream, *, seq: int, snapshot: str, after: int, limit: int
) -> list[Frame] | None:
    """Return the next parts for a peer that stands at `seq` and has `after` parts of `snapshot`;
    from the first where that is another one. None where a new snapshot must be made."""
    offered = await tx.snapshots.offered_up_to(stream.key)
    if seq + 1 >= await tx.snapshots.kept_from(stream.key):
        return []  # its frames are all there
    if offered + 1 < await tx.snapshots.kept_from(stream.key):
        return None
    parts = await tx.snapshots.parts(stream.key, after=after, limit=limit)
    if after and (not parts or read_part(parts[0].header).snapshot != snapshot):
        return await tx.snapshots.parts(stream.key, after=0, limit=limit)
    return parts


async def make_snapshot(tx: ExchangeTx, stream: Stream, *, key: SigningKey) -> None:
    """Sign a snapshot of a stream as its frames stand now, of the types that are agreed now.

    Each part's value is kept as soon as it is full, and signed for once the root over all is known.
    """
    at = await tx.outgoing.lock(stream)
    agreed = await tx.contracts.in_force()
    types = {each.event_type for each in agreed if each.peer == stream.dest}
    await tx.snapshots.withdraw(stream.key)
    in_parts = InParts()
    roots: list[tuple[int, bytes]] = []

    async def keep(parts: Iterable[UnsignedPart]) -> None:
        for part in parts:
            roots.append((part.n, part.root))
            await tx.snapshots.add_part(stream.key, len(roots), part.value, seq=at.seq)

    async for entries in tx.snapshots.newest(stream, up_to=at.seq, types=types):
        await keep(in_parts.add(entries))
    await keep(in_parts.rest())
    signed = sign_parts(roots, stream=stream, at=at, key=key, now=tx.now)
    await tx.snapshots.sign_parts(stream.key, signed)
    log.info("road.snapshot-made", stream=stream.key, up_to=at.seq, parts=len(roots))


async def take_snapshot_receipt(
    tx: ExchangeTx, stream: Stream, receipt: Receipt, *, ring: KeyRing
) -> bool:
    """Keep the destination's word that it has taken a snapshot; False for any other."""
    last = await tx.snapshots.last_part(stream.key)
    if last is None:
        return False
    header = read_part(last.header)
    if not is_receipt_for(receipt, header, stream, ring):
        return False
    await tx.snapshots.keep_taken(stream.key, header.seq, last, receipt, now=tx.now, told_at=tx.now)
    await tx.snapshots.acknowledge(stream.key, header.seq, now=tx.now)
    await tx.snapshots.withdraw(stream.key)
    tx.ring(SIGNED)
    return True
