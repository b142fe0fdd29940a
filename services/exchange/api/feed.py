"""The feed that peers pull: frames out, receipts in."""

import base64
import time

from fastapi import APIRouter, Response

from services.exchange.api.deps import AskingPeer, TheRoad
from services.exchange.domain.frame import Frame, pack
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.snapshot import BEHIND, BEHIND_MAX
from services.exchange.domain.stream import Stream
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.give_snapshot import (
    make_snapshot,
    parts_for,
    take_snapshot_receipt,
)
from services.exchange.usecases.take_receipts import GivenReceipt, take_receipts
from shared.contracts.exchange.api import (
    AskFeed,
    AskFrames,
    AskSnapshot,
    GiveReceipts,
    GiveSnapshotReceipt,
    KeptSnapshotReceipt,
    RefusedReceipt,
    Taken,
)

router = APIRouter(prefix="/v1", tags=["feed"])

FRAMES_PER_STREAM_MAX = 20
FRAMES_PER_REPLY_MAX = 500
REPLY_BYTES_MAX = 16 * 1024 * 1024


@router.post("/feed", response_class=Response)
async def feed(body: AskFeed, peer: AskingPeer, road: TheRoad) -> Response:
    """Frames behind the positions given, packed one after another; waits a little for new ones."""
    until = time.monotonic() + body.wait_s
    while True:
        closings = road.framer.closings
        async with road.store.reading() as tx:
            suspended = await tx.contracts.is_suspended(peer.hub)
            frames, behind = [], []
            if not suspended:
                frames = await tx.outgoing.frames_after(
                    peer.hub, body.positions, held=body.held, limit=FRAMES_PER_STREAM_MAX
                )
                behind = await tx.outgoing.behind(
                    peer.hub, body.positions, held=body.held, limit=BEHIND_MAX
                )
        left_s = until - time.monotonic()
        if frames or behind or left_s <= 0:
            break
        await road.framer.wait_for_frames(after=closings, timeout_s=left_s)
    headers = {BEHIND: " ".join(behind)} if behind else {}
    return Response(_packed(frames), media_type="application/octet-stream", headers=headers)


@router.post("/snapshot", response_class=Response)
async def snapshot(body: AskSnapshot, peer: AskingPeer, road: TheRoad) -> Response:
    """The next parts of a snapshot, packed as frames are, for a peer whose next frames are no
    longer kept; none where they are, or where nothing may cross."""
    stream = Stream.of_key(body.stream)
    async with road.store.reading() as tx:
        is_theirs = (stream.origin, stream.dest) == (road.hub, peer.hub)
        if (
            not is_theirs
            or await tx.contracts.is_suspended(peer.hub)
            or not await tx.outgoing.is_open(body.stream)
        ):
            return Response(b"", media_type="application/octet-stream")
        parts = await _parts(tx, stream, body)
    if parts is None:
        async with road.store.transaction() as tx:
            await make_snapshot(tx, stream, key=road.key)
            parts = await _parts(tx, stream, body)
    return Response(_packed(parts or []), media_type="application/octet-stream")


async def _parts(tx: ExchangeTx, stream: Stream, asked: AskSnapshot) -> list[Frame] | None:
    return await parts_for(
        tx,
        stream,
        seq=asked.seq,
        snapshot=asked.snapshot,
        after=asked.after,
        limit=FRAMES_PER_STREAM_MAX,
    )


@router.post("/snapshot-receipts")
async def snapshot_receipt(
    body: GiveSnapshotReceipt, peer: AskingPeer, road: TheRoad
) -> KeptSnapshotReceipt:
    """Take the peer's signed word that it has a stream's whole snapshot."""
    stream = Stream.of_key(body.stream)
    if (stream.origin, stream.dest) != (road.hub, peer.hub):
        return KeptSnapshotReceipt(kept=False)
    receipt = Receipt(base64.b64decode(body.body), base64.b64decode(body.signature))
    async with road.store.transaction() as tx:
        kept = await take_snapshot_receipt(tx, stream, receipt, ring=peer.ring)
    return KeptSnapshotReceipt(kept=kept)


@router.post("/frames", response_class=Response)
async def frames(body: AskFrames, peer: AskingPeer, road: TheRoad) -> Response:
    """The first frames of a stream towards the asking peer that hold any record of a range."""
    async with road.store.reading() as tx:
        is_theirs = body.stream.split("/")[:2] == [road.hub, peer.hub]
        if not is_theirs or await tx.contracts.is_suspended(peer.hub):
            return Response(b"", media_type="application/octet-stream")
        found = await tx.outgoing.frames_between(
            body.stream, body.first, body.last, limit=FRAMES_PER_STREAM_MAX
        )
    return Response(_packed(found), media_type="application/octet-stream")


@router.post("/receipts")
async def receipts(body: GiveReceipts, peer: AskingPeer, road: TheRoad) -> Taken:
    """Take the peer's signed receipts, each on its own; the same again changes nothing."""
    given = [
        GivenReceipt(
            each.stream,
            each.first,
            Receipt(base64.b64decode(each.body), base64.b64decode(each.signature)),
        )
        for each in body.receipts
    ]
    async with road.store.transaction() as tx:
        refused = await take_receipts(tx, given=given, dest=peer.hub, ring=peer.ring)
    return Taken(
        taken=len(given) - len(refused),
        refused=tuple(RefusedReceipt.model_validate(each._asdict()) for each in refused),
    )


def _packed(frames: list[Frame]) -> bytes:
    """Pack as many frames as one reply may carry, at least one."""
    packed: list[bytes] = []
    size = 0
    for frame in frames[:FRAMES_PER_REPLY_MAX]:
        packed.append(pack(frame))
        size += len(packed[-1])
        if size > REPLY_BYTES_MAX:
            break
    return b"".join(packed)
