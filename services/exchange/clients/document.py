"""A peer's hub document, as it shows it."""

from dataclasses import dataclass

import httpx

from services.exchange.clients.feed import FeedUnavailable
from services.exchange.domain.hub_document import DOCUMENT_BYTES_MAX
from services.exchange.domain.peer import Peer

PATH = "/.well-known/eroad"
TIMEOUT_S = 10.0


@dataclass(frozen=True)
class DocumentSource:
    """Where the documents of peers are read."""

    client: httpx.AsyncClient

    async def of(self, peer: Peer) -> bytes:
        """Return the bytes that a peer shows, or raise FeedUnavailable; nothing is believed yet."""
        try:
            async with self.client.stream("GET", f"{peer.url}{PATH}", timeout=TIMEOUT_S) as reply:
                if reply.status_code != 200:
                    raise FeedUnavailable(f"{peer.hub} answers {reply.status_code}")
                return await _bounded(reply, peer.hub)
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"{peer.hub} does not answer") from error


async def _bounded(reply: httpx.Response, hub: str) -> bytes:
    read = bytearray()
    async for part in reply.aiter_bytes():
        read += part
        if len(read) > DOCUMENT_BYTES_MAX:
            raise FeedUnavailable(f"{hub} sends more than {DOCUMENT_BYTES_MAX} bytes")
    return bytes(read)
