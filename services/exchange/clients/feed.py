"""Asking a peer for its frames over HTTP, and handing it our receipts; every request is signed."""

import base64
from collections.abc import Collection, Mapping, Sequence
from math import ceil
from typing import Annotated, NamedTuple, TypeVar

import httpx
import msgspec

from services.exchange.domain.frame import Frame, unpack
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.request import Asked, sign_request
from services.exchange.domain.snapshot import BEHIND, BEHIND_MAX
from services.exchange.domain.tree_head import PATH_NODES_MAX, SignedHead
from shared.kernel.clock import Clock
from shared.kernel.errors import Unavailable

Shape = TypeVar("Shape")

FRAMES_AT_ONCE_MAX = 500
REPLY_BYTES_MAX = 20 * 1024 * 1024
"""What a peer packs into one reply, and one more of the largest frame."""
WAIT_S = 2.0
"""How long the peer may keep the question open while it has nothing new."""
TIMEOUT_S = 20.0


class _Refused(msgspec.Struct):
    stream: str
    first: int
    reason: str


class _Taken(msgspec.Struct):
    refused: list[_Refused] = []


class _Head(msgspec.Struct):
    body: bytes
    signature: bytes
    path: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=PATH_NODES_MAX)]


class _HeldStream(msgspec.Struct):
    stream: str
    seq: int


class _HeldFrame(msgspec.Struct):
    header: bytes
    signature: bytes
    value: bytes
    receipt: bytes
    receipt_signature: bytes


class _PersonKey(msgspec.Struct):
    key: str
    wrapped: bytes | None


class _PersonKeys(msgspec.Struct):
    keys: list[_PersonKey]


class _Receipt(msgspec.Struct):
    body: bytes
    signature: bytes


class _Kept(msgspec.Struct):
    kept: bool


class Answer(NamedTuple):
    """What a feed has behind our positions, and the streams of which it has the next frames no
    more."""

    frames: list[Frame]
    behind: tuple[str, ...] = ()


class FeedUnavailable(Unavailable):
    """The peer does not answer, or not with frames; it is asked again later."""

    code = "exchange.feed-unavailable"


class Feed:
    """One peer's feed of frames."""

    def __init__(
        self, peer: Peer, client: httpx.AsyncClient, *, hub: str, key: SigningKey, clock: Clock
    ) -> None:
        self.peer = peer
        self._client = client
        self._hub = hub
        self._key = key
        self._clock = clock

    async def frames_after(
        self, positions: Mapping[str, int], *, held: Collection[str] = (), wait_s: float = 0.0
    ) -> Answer:
        """Return the frames behind our positions, waiting a little for new ones; may be none.

        Streams that are `held` are left out of the answer.
        """
        question: dict[str, object] = {"positions": dict(positions), "wait_s": ceil(wait_s)}
        if held:
            question["held"] = sorted(held)
        headers: dict[str, str] = {}
        reply = await self._post("/v1/feed", msgspec.json.encode(question), headers=headers)
        behind = headers.get(BEHIND, "").split()[:BEHIND_MAX]
        return Answer(unpack(reply, frames_max=FRAMES_AT_ONCE_MAX), tuple(behind))

    async def snapshot(self, stream: str, *, seq: int, snapshot: str, after: int) -> list[Frame]:
        """Return the next parts of a stream's snapshot for a hub that stands at `seq` and has so
        many parts of the one named; none where the frames are there instead."""
        question = {"stream": stream, "seq": seq, "snapshot": snapshot, "after": after}
        reply = await self._post("/v1/snapshot", msgspec.json.encode(question))
        return unpack(reply, frames_max=FRAMES_AT_ONCE_MAX)

    async def give_snapshot_receipt(self, stream: str, receipt: Receipt) -> bool:
        """Hand over what this hub signed for a snapshot; say whether the peer kept it."""
        given = {
            "stream": stream,
            "body": base64.b64encode(receipt.body).decode(),
            "signature": base64.b64encode(receipt.signature).decode(),
        }
        reply = await self._post("/v1/snapshot-receipts", msgspec.json.encode(given))
        return self._read(reply, _Kept).kept

    async def frames(self, stream: str, *, first: int, last: int) -> list[Frame]:
        """Return the first frames that hold any record of a range; none when there are none."""
        question = {"stream": stream, "first": first, "last": last}
        reply = await self._post("/v1/frames", msgspec.json.encode(question))
        return unpack(reply, frames_max=FRAMES_AT_ONCE_MAX)

    async def give_receipts(
        self, receipts: Sequence[tuple[str, int, Receipt]]
    ) -> list[tuple[str, int, str]]:
        """Hand the peer receipts for frames of its own; return those it refuses, and why."""
        given = [
            {
                "stream": stream,
                "first": first,
                "body": base64.b64encode(receipt.body).decode(),
                "signature": base64.b64encode(receipt.signature).decode(),
            }
            for stream, first, receipt in receipts
        ]
        reply = await self._post("/v1/receipts", msgspec.json.encode({"receipts": given}))
        return [(e.stream, e.first, e.reason) for e in self._read(reply, _Taken).refused]

    async def tree_head(self, *, epoch: int, size: int) -> tuple[SignedHead, tuple[bytes, ...]]:
        """Return the head of the peer's evidence log, and what proves that this log begins with the
        one of `size`; nothing of it is believed yet."""
        question = msgspec.json.encode({"epoch": epoch, "size": size})
        shown = self._read(await self._post("/v1/tree-head", question), _Head)
        return SignedHead(shown.body, shown.signature), shown.path

    async def person_keys(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return those of the peer's keys, wrapped, that open what it shared; erased ones never
        come."""
        question = msgspec.json.encode({"keys": list(names)})
        shown = self._read(await self._post("/v1/person-keys", question), _PersonKeys)
        asked = frozenset(names)
        return {e.key: e.wrapped for e in shown.keys if e.wrapped and e.key in asked}

    async def erase_key(self, name: str) -> Receipt:
        """Have the peer delete its copy of one of our keys; its receipt is not believed yet."""
        question = msgspec.json.encode({"key": name})
        given = self._read(await self._post("/v1/key-erasures", question), _Receipt)
        return Receipt(given.body, given.signature)

    async def held_streams(self, *, epoch: int, framed: Mapping[str, int]) -> dict[str, int]:
        """Return how far the peer has taken each of our streams. From then on it takes frames of
        epochs before no further than it has, or than they are `framed` here."""
        ours = [{"stream": stream, "seq": seq} for stream, seq in framed.items()]
        question = msgspec.json.encode({"epoch": epoch, "framed": ours})
        held = self._read(await self._post("/v1/held-streams", question), list[_HeldStream])
        return {each.stream: each.seq for each in held}

    async def held_frames(self, stream: str, *, after: int) -> list[tuple[Frame, Receipt]]:
        """Return the next frames of ours that the peer holds behind a number, with the receipts it
        gave; none of it is believed yet."""
        question = msgspec.json.encode({"stream": stream, "after": after})
        held = self._read(await self._post("/v1/held-frames", question), list[_HeldFrame])
        return [
            (Frame(h.header, h.signature, h.value), Receipt(h.receipt, h.receipt_signature))
            for h in held
        ]

    def _read(self, reply: bytes, shape: type[Shape]) -> Shape:
        try:
            return msgspec.json.decode(reply, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FeedUnavailable(f"{self.peer.hub} answers nonsense") from error

    async def _post(
        self, path: str, body: bytes, *, headers: dict[str, str] | None = None
    ) -> bytes:
        """Ask, and return what is answered; `headers` is filled with the answer's."""
        asked = Asked("POST", path, "", body)
        signed = sign_request(
            asked, by=self._hub, to=self.peer.hub, key=self._key, now=self._clock.now()
        )
        try:
            async with self._client.stream(
                "POST",
                f"{self.peer.url}{path}",
                content=body,
                headers={**signed, "Content-Type": "application/json"},
                timeout=TIMEOUT_S,
            ) as reply:
                if reply.status_code != 200:
                    raise FeedUnavailable(f"{self.peer.hub} answers {reply.status_code}")
                if headers is not None:
                    headers.update(reply.headers)
                return await self._bounded(reply)
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"{self.peer.hub} does not answer") from error

    async def _bounded(self, reply: httpx.Response) -> bytes:
        """Read a reply to its end, or give it up at its limit: a peer may be hostile."""
        content = bytearray()
        async for piece in reply.aiter_bytes():
            content += piece
            if len(content) > REPLY_BYTES_MAX:
                raise FeedUnavailable(f"{self.peer.hub} answers without end")
        return bytes(content)
