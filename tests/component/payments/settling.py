"""Two hubs that settle with each other, and the road between them."""

from dataclasses import dataclass, field
from typing import Any

from services.payments.domain.signing import Signer
from shared.contracts.event import Event
from shared.contracts.payments.events import (
    ProceedsReleased,
    SheetDisputed,
    SheetSigned,
    WindowSettled,
)
from tests.builders.running import Running
from tests.component.payments.story import (
    MY,
    ORDER,
    captured,
    declaration_released,
    parcel_booked,
    parcel_delivered,
    tick,
)

ON_THE_ROAD: tuple[type[Event], ...] = (
    ProceedsReleased,
    SheetSigned,
    SheetDisputed,
    WindowSettled,
)


@dataclass
class Lane:
    """Both hubs and the road between them; `carry` delivers what was not delivered yet."""

    buyers: Running
    sellers: Running
    carried: set[str] = field(default_factory=set)

    async def carry(self) -> None:
        for source, target in ((self.buyers, self.sellers), (self.sellers, self.buyers)):
            for envelope in await source.envelopes():
                is_ours = any(envelope.type == kind.wire_name for kind in ON_THE_ROAD)
                if is_ours and envelope.id not in self.carried:
                    self.carried.add(envelope.id)
                    await target.deliver(envelope)
                    await target.deliver(envelope)

    async def settle(self) -> None:
        for _ in range(4):
            await self.carry()
            await tick(self.buyers)
            await tick(self.sellers)

    async def window(self, at: Running, window_id: str) -> dict[str, Any]:
        reply = await at.http.get(f"/v1/settlements/{window_id}")
        return dict(reply.json())


def give_key(at: Running, signer: Signer) -> None:
    """The service was built without a key; hand it one, where its rooms look it up."""
    given = at.service.app.state.signer
    object.__setattr__(given, "private", signer.private)
    object.__setattr__(given, "peers", signer.peers)


async def owed(lane: Lane) -> None:
    """Order A-001 is released: 67.10 is owed."""
    await captured(lane.buyers)
    await lane.buyers.hear(parcel_booked(), key=ORDER, origin=MY)
    await lane.buyers.hear(declaration_released(), key=ORDER)
    await lane.buyers.hear(parcel_delivered(), key=ORDER)


async def close(lane: Lane) -> dict[str, Any]:
    reply = await lane.buyers.post("/v1/settlements", {"peer": MY, "currency": "CNY"})
    return {"status": reply.status_code, **reply.json()}
