"""What the routes of `exchange` are given."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import Depends, Path, Request

from services.exchange.clients.feed import Feed
from services.exchange.domain.agreement import Agreements, Schema
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.peer import Peer
from services.exchange.domain.policy import compile_policy
from services.exchange.domain.request import Asked, check_request
from services.exchange.store.tx import ExchangeTx
from services.exchange.usecases.export_law import ExportLaw
from services.exchange.usecases.framer import Framer
from services.exchange.usecases.trust import Trust
from shared.db.tx import Store
from shared.kernel.ids import HUB_PATTERN
from shared.web.door import reading, transaction


@dataclass(frozen=True)
class Road:
    """What the service knows of the road: its peers, its framer, and whether clocks may differ."""

    hub: str
    peers: Mapping[str, Peer]
    framer: Framer
    store: Store[ExchangeTx]
    clocks_may_differ: bool
    trust: Trust
    document_file: FilePath | None
    key: SigningKey
    agreements: Agreements
    spoken: Mapping[str, str]
    """Every type that may leave a hub, and its published schema's hash."""
    feeds: Mapping[str, Feed]
    law: ExportLaw

    @property
    def schemas(self) -> Mapping[str, Schema]:
        """Every type that may leave a hub."""
        return self.agreements.schemas

    def check_policy(self, event_type: str, fields: tuple[str, ...] | None) -> None:
        """Raise KeyError or PolicyInvalid for a type that can't be shared like this."""
        compile_policy(self.schemas[event_type], leaves_hub=True, pair_key=bytes(32), fields=fields)


async def road(request: Request) -> Road:
    found: Road = request.app.state.road
    return found


TheRoad = Annotated[Road, Depends(road)]


async def asking_peer(request: Request, known: TheRoad) -> Peer:
    """Return the peer that signed this request, or raise RequestNotTrusted."""
    await known.trust.load_when_old()
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    asked = Asked(request.method, path, request.url.query, await request.body())
    hub = check_request(
        asked,
        request.headers,
        rings={name: peer.ring for name, peer in known.peers.items()},
        to=known.hub,
        now=None if known.clocks_may_differ else known.store.clock.now(),
    )
    return known.peers[hub]


AskingPeer = Annotated[Peer, Depends(asking_peer)]
ExchangeTransaction = Annotated[ExchangeTx, Depends(transaction)]
ExchangeReading = Annotated[ExchangeTx, Depends(reading)]
HubPath = Annotated[str, Path(pattern=HUB_PATTERN)]
