"""Two hubs settle: equal signed sheets, money home, a difference that names its transfer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import update

from services.payments.domain.signing import Signer
from services.payments.store.finance_tables import obligation
from shared.contracts.event import Event
from shared.contracts.payments.events import (
    ProceedsReceived,
    ProceedsReleased,
    SheetDisputed,
    SheetSigned,
    WindowSettled,
)
from tests.builders.running import Running
from tests.component.payments.conftest import running_payments
from tests.component.payments.story import (
    CN,
    MY,
    ORDER,
    balance,
    captured,
    check,
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


@pytest.fixture
async def lane(tmp_path: Path) -> AsyncIterator[Lane]:
    """Each hub on a database of its own: SQLite, two files."""
    one, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    async with AsyncExitStack() as stack:
        hubs = {}
        for hub, peer in ((CN, MY), (MY, CN)):
            url = f"sqlite+aiosqlite:///{tmp_path}/{hub}.db"
            running = running_payments(url, tmp_path, hub=hub, peer=peer)
            hubs[hub] = await stack.enter_async_context(running)
        give_key(hubs[CN], Signer(one, {MY: (other.public_key(),)}))
        give_key(hubs[MY], Signer(other, {CN: (one.public_key(),)}))
        yield Lane(hubs[CN], hubs[MY])


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


class TestWindow:
    async def test_is_signed_alike_by_both_paid_and_brings_the_proceeds_home(
        self, lane: Lane
    ) -> None:
        await owed(lane)

        closed = await close(lane)
        await lane.settle()

        assert (closed["status"], closed["net"]["amount_minor"]) == (201, 6710)
        ends = [await lane.window(at, closed["id"]) for at in (lane.buyers, lane.sellers)]
        assert [end["state"] for end in ends] == ["settled", "settled"]
        assert ends[0]["ours_sha256"] == ends[1]["ours_sha256"] == ends[1]["theirs_sha256"]
        assert await balance(lane.buyers, f"due_to_hub:{MY}") == 0
        assert await balance(lane.sellers, f"due_from_hub:{CN}") == 0
        assert await balance(lane.buyers, "bank:simulated") == -6710
        assert await balance(lane.sellers, "bank:simulated") == 6710
        (home,) = await lane.sellers.said(ProceedsReceived)
        assert (home.order_id, home.amount.amount_minor) == (ORDER, 6710)
        await check(lane.buyers)
        await check(lane.sellers)

    async def test_waits_for_legs_that_are_still_on_the_road(self, lane: Lane) -> None:
        await owed(lane)
        closed = await close(lane)
        (sheet,) = [e for e in await lane.buyers.envelopes() if e.type == SheetSigned.wire_name]

        await lane.sellers.deliver(sheet)
        await tick(lane.sellers)
        early = await lane.window(lane.sellers, closed["id"])
        lane.carried.add(sheet.id)
        await lane.settle()
        late = await lane.window(lane.sellers, closed["id"])

        assert (early["state"], "ours_sha256" in early and early["ours_sha256"]) == ("closed", None)
        assert late["state"] == "settled"

    async def test_is_stopped_by_a_difference_and_names_the_transfer(self, lane: Lane) -> None:
        await owed(lane)
        await lane.carry()
        async with lane.sellers.service.store.transaction() as tx:
            await tx.connection.execute(update(obligation).values(amount_minor=6711))

        closed = await close(lane)
        await lane.settle()

        (told,) = await lane.buyers.said(ProceedsReleased)
        for at in (lane.buyers, lane.sellers):
            window = await lane.window(at, closed["id"])
            assert window["state"] == "disputed"
            assert window["difference"] == f"1 {told.transfer_id}"
        assert await balance(lane.buyers, "bank:simulated") == 0

    async def test_is_closed_once_and_only_when_something_is_owed(self, lane: Lane) -> None:
        empty = await close(lane)
        await owed(lane)
        await close(lane)
        second = await close(lane)

        assert (empty["status"], empty["code"]) == (409, "payments.nothing-to-settle")
        assert (second["status"], second["code"]) == (409, "payments.window-state")

    async def test_with_a_forged_signature_is_set_aside(self, lane: Lane) -> None:
        await owed(lane)
        await close(lane)
        (said,) = await lane.buyers.said(SheetSigned)
        forged = said.model_copy(update={"signature": "00" * 64})

        await lane.sellers.hear(forged, key=said.window_id, origin=CN)

        assert "signature" in (await lane.sellers.quarantined())[0][1]
