"""Asking a peer for its frames over HTTP, and handing it our receipts; every request is signed."""

import base64
from collections.abc import Mapping, Sequence

import httpx
import msgspec

from services.exchange.domain.frame import Frame, unpack
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.receipt import Receipt
from services.exchange.domain.request import Asked, sign_request
from shared.kernel.clock import Clock
from shared.kernel.errors import Unavailable

FRAMES_AT_ONCE_MAX = 500
WAIT_S = 2.0
"""How long the peer may keep the question open while it has nothing new."""
TIMEOUT_S = 20.0


class FeedUnavailable(Unavailable):
    """The peer does not answer, or not with frames; it is asked again later."""

    code = "exchange.feed-unavailable"


class Feed:
    """One peer's feed of frames."""

    def __init__(
        self, peer: Peer, client: httpx.AsyncClient, *, hub: str, key: SigningKey, clock: Clock
    ) -> None:
        self._peer = peer
        self._client = client
        self._hub = hub
        self._key = key
        self._clock = clock

    async def frames_after(self, positions: Mapping[str, int]) -> list[Frame]:
        """Return the frames behind our positions, waiting WAIT_S for new ones; may be none."""
        question = {"positions": dict(positions), "wait_s": int(WAIT_S)}
        reply = await self._post("/v1/feed", msgspec.json.encode(question))
        return unpack(reply, frames_max=FRAMES_AT_ONCE_MAX)

    async def give_receipts(self, receipts: Sequence[tuple[str, int, Receipt]]) -> None:
        """Hand the peer receipts for frames of its own."""
        given = [
            {
                "stream": stream,
                "first": first,
                "body": base64.b64encode(receipt.body).decode(),
                "signature": base64.b64encode(receipt.signature).decode(),
            }
            for stream, first, receipt in receipts
        ]
        await self._post("/v1/receipts", msgspec.json.encode({"receipts": given}))

    async def _post(self, path: str, body: bytes) -> bytes:
        asked = Asked("POST", path, "", body)
        signed = sign_request(
            asked, by=self._hub, to=self._peer.hub, key=self._key, now=self._clock.now()
        )
        try:
            reply = await self._client.post(
                f"{self._peer.url}{path}",
                content=body,
                headers={**signed, "Content-Type": "application/json"},
                timeout=TIMEOUT_S,
            )
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"{self._peer.hub} does not answer") from error
        if reply.status_code != 200:
            raise FeedUnavailable(f"{self._peer.hub} answers {reply.status_code}")
        return reply.content
