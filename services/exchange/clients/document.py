"""A peer's hub document, as it shows it."""

import httpx

from services.exchange.clients.feed import FeedUnavailable
from services.exchange.domain.hub_document import DOCUMENT_BYTES_MAX
from services.exchange.domain.peer import Peer

PATH = "/.well-known/eroad"
TIMEOUT_S = 10.0


async def fetch_document(client: httpx.AsyncClient, peer: Peer) -> bytes:
    """Return the bytes that the peer shows, or raise FeedUnavailable; nothing is believed yet."""
    try:
        async with client.stream("GET", f"{peer.url}{PATH}", timeout=TIMEOUT_S) as reply:
            if reply.status_code != 200:
                raise FeedUnavailable(f"{peer.hub} answers {reply.status_code}")
            read = b""
            async for part in reply.aiter_bytes():
                read += part
                if len(read) > DOCUMENT_BYTES_MAX:
                    raise FeedUnavailable(f"{peer.hub} sends more than {DOCUMENT_BYTES_MAX} bytes")
            return read
    except httpx.HTTPError as error:
        raise FeedUnavailable(f"{peer.hub} does not answer") from error
