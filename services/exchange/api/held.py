"""What this hub holds of the asking peer, for a peer that was restored from a backup."""

import base64

from fastapi import APIRouter

from services.exchange.api.deps import AskingPeer, TheRoad
from services.exchange.domain.stream import Stream
from shared.contracts.exchange.api import AskHeldFrames, AskHeldStreams, HeldFrameWords, HeldStream
from shared.contracts.registry import SERVICES
from shared.kernel.errors import Conflict

router = APIRouter(prefix="/v1", tags=["feed"])

FRAMES_MAX = 8
"""Frames of one answer: even the largest stay far below what a reply may have."""


class EpochNotAnnounced(Conflict):
    """A peer begins an epoch that no document of it known here announces."""

    code = "exchange.epoch-not-announced"
    help = "Serve the hub document that announces the epoch; this hub reads it within ten seconds."


@router.post("/held-streams")
async def held_streams(body: AskHeldStreams, peer: AskingPeer, road: TheRoad) -> list[HeldStream]:
    """How far each stream of the asking peer was taken here. With this answer its epochs before
    the one it begins end here, so what is taken until then is all that it must take back."""
    framed = {each.stream: each.seq for each in body.framed}
    async with road.store.transaction() as tx:
        if body.epoch > await tx.documents.epoch_of(peer.hub):
            raise EpochNotAnnounced(f"no document of {peer.hub} announces epoch {body.epoch}")
        known = {each.stream for each in await tx.incoming.all(peer.hub)}
        named = {key for key in framed if _is_theirs(key, peer.hub, road.hub)}
        for key in sorted(known | named):
            await tx.incoming.end_epochs(
                Stream.of_key(key), before=body.epoch, framed=framed.get(key, 0)
            )
        streams = await tx.incoming.all(peer.hub)
    return [HeldStream(stream=each.stream, seq=each.position.seq) for each in streams]


@router.post("/held-frames")
async def held_frames(body: AskHeldFrames, peer: AskingPeer, road: TheRoad) -> list[HeldFrameWords]:
    """Frames of the asking peer as it signed them, behind a number, with the receipts given."""
    if not _is_theirs(body.stream, peer.hub, road.hub):
        return []
    async with road.store.reading() as tx:
        found = await tx.crossed.taken_after(body.stream, body.after, limit=FRAMES_MAX)
    return [
        HeldFrameWords(
            header=_text(frame.header),
            signature=_text(frame.signature),
            value=_text(frame.value),
            receipt=_text(receipt.body),
            receipt_signature=_text(receipt.signature),
        )
        for frame, receipt in found
    ]


def _is_theirs(stream: str, origin: str, dest: str) -> bool:
    named = Stream.of_key(stream)
    return (named.origin, named.dest) == (origin, dest) and named.area in SERVICES


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
