"""What this hub holds of the asking peer, for a peer that was restored from a backup."""

import base64

from fastapi import APIRouter

from services.exchange.api.deps import AskingPeer, TheRoad
from shared.contracts.exchange.api import AskHeldFrames, HeldFrameWords, HeldStream

router = APIRouter(prefix="/v1", tags=["feed"])

FRAMES_MAX = 8
"""Frames of one answer: even the largest stay far below what a reply may have."""


@router.post("/held-streams")
async def held_streams(peer: AskingPeer, road: TheRoad) -> list[HeldStream]:
    """How far each stream of the asking peer was taken here."""
    async with road.store.reading() as tx:
        streams = await tx.incoming.all(peer.hub)
    return [HeldStream(stream=each.stream, seq=each.position.seq) for each in streams]


@router.post("/held-frames")
async def held_frames(body: AskHeldFrames, peer: AskingPeer, road: TheRoad) -> list[HeldFrameWords]:
    """Frames of the asking peer as it signed them, behind a number, with the receipts given."""
    if body.stream.split("/")[:2] != [peer.hub, road.hub]:
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


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
