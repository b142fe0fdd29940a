"""Customs of two hubs use up one licence while the link between them is cut, and heals.

The hub that gave the licence decides, in the order in which it hears of the goods. So the same
events may come twice, late, shuffled or at the same moment: no line is ever used beyond its
quantity, and every use that did not fit is refused and told.
"""

import asyncio
import random
from collections.abc import Sequence

import pytest

from shared.contracts.event import Envelope
from shared.contracts.permits.events import PermitExhausted, PermitUsed, PermitUseRefused
from tests.builders.permits import an_export, export_goods
from tests.builders.running import Running
from tests.component.permits.conftest import Desk

ALLOWED = 128
PIECES = (5, 9, 14, 3, 11, 7, 20, 2)
"""What each declaration of each hub takes out: 71 pieces a hub, 142 in all."""
HUBS = ("my-kul", "cn-hgh")


def releases(service: Running, hub: str) -> list[Envelope]:
    """What one hub's customs says, in its own order."""
    return [
        service.envelope(
            an_export(f"{hub} {number}", export_goods(quantity=pieces), hub=hub),
            key=f"{hub} {number}",
            origin=hub,
        )
        for number, pieces in enumerate(PIECES)
    ]


async def deliver(service: Running, envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes:
        await service.deliver(envelope)


async def check(desk: Desk, licence_id: str) -> None:
    """Check that what was used, what was said of it and what was refused add up."""
    service = desk.service
    [line] = (await desk.licence(licence_id))["lines"]
    path = f"/v1/licences/{licence_id}/uses?limit=100"
    uses = (await service.http.get(path, headers=desk.as_seller())).json()["items"]
    listed = (await service.http.get("/v1/refused-uses?limit=100", headers=desk.as_seller())).json()
    used, refused = await service.said(PermitUsed), await service.said(PermitUseRefused)
    fitting = {use["declaration_id"] for use in uses}
    told = {event.declaration_id for event in refused}

    assert line["used"] == sum(use["quantity"] for use in uses) == sum(e.quantity for e in used)
    assert 0 <= line["left"] == ALLOWED - line["used"]
    assert min(event.left for event in used) == line["left"]
    assert fitting | told == {
        an_export(f"{hub} {number}", hub=hub).declaration_id
        for hub in HUBS
        for number in range(len(PIECES))
    }
    assert not fitting & told
    assert len(refused) == len(told) == len(listed["items"])
    assert all(event.quantity > event.left >= line["left"] for event in refused)


class TestWriteOffFromTwoHubs:
    @pytest.mark.parametrize("seed", range(3))
    async def test_never_overdraws_whatever_comes_late_twice_or_shuffled(
        self, desk: Desk, permits: Running, seed: int
    ) -> None:
        licence_id = (await desk.issued())["licence_id"]
        draw = random.Random(seed)
        here, there = (releases(permits, hub) for hub in HUBS)
        cut_at, healed = draw.randrange(len(there)), [*there, *there]
        draw.shuffle(healed)

        await deliver(permits, [*here[:4], *there[:cut_at]])
        await deliver(permits, [*here[4:], *here])
        await deliver(permits, healed)

        await check(desk, licence_id)
        assert await permits.quarantined() == []

    async def test_never_overdraws_when_both_hubs_are_heard_at_once(
        self, desk: Desk, permits: Running
    ) -> None:
        licence_id = (await desk.issued())["licence_id"]

        said = [releases(permits, hub) for hub in HUBS]

        # A hub's own topic and its peer's are read side by side, each record twice.
        await asyncio.gather(*(deliver(permits, [*each, *each]) for each in said))

        await check(desk, licence_id)
        assert await permits.quarantined() == []

    async def test_gives_the_last_piece_to_one_of_them_and_tells_the_other(
        self, desk: Desk, permits: Running
    ) -> None:
        licence_id = (await desk.issued())["licence_id"]
        whole = [permits.envelope(an_export(hub, hub=hub), key=hub, origin=hub) for hub in HUBS]

        await asyncio.gather(*(permits.deliver(envelope) for envelope in whole))

        [refused] = await permits.said(PermitUseRefused)
        assert (refused.quantity, refused.left, refused.reason) == (128, 0, "not-enough-left")
        assert len(await permits.said(PermitExhausted)) == 1
        assert (await desk.licence(licence_id))["lines"][0]["left"] == 0
