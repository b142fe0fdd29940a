"""Many parcels while hubs are killed, the link is cut, and every frame comes twice and shuffled.

At the end nothing is lost and nothing doubled: every figure of the story holds, both ends of every
stream hold the same, the ledgers sum to zero, no record is set aside and no event waits.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from deploy.hub.services import SERVICES
from deploy.laptop import HUBS, Laptop, running
from deploy.processes import LOOPBACK, free_ports
from deploy.scenario.hub_client import StoryBroken, until
from deploy.scenario.run import Outcome, run_story
from deploy.scenario.story import Story, read_story
from tests.builders.hubs import Link
from tests.builders.wan import wide_area
from tests.mesh.test_first_parcels import wrong

SCENARIOS = Path(__file__).parents[2] / "deploy" / "scenarios"
STORY = read_story(SCENARIOS / "first-parcels.yaml")
KINTA = read_story(SCENARIOS / "kinta-white-coffee.yaml")
SEED = 20260901
PARCELS = 20
"""As the story tells it."""
KILL_EVERY_S = (1.0, 5.0)
"""Between a hub's return and the next kill, beside the time that its start took: both are up for
half of the time at least, however slow the machine."""
KINTA_KILL_EVERY_S = 3.0
"""Between a hub's return and the next kill, and no longer than that."""
KINTA_KILLS_MIN = 10
BURNS_S_MAX = 3_000.0
"""A story that burns longer than this on the slowest machine will not end."""
CUT_EVERY_S = (1.0, 4.0)
CUT_FOR_S = (0.5, 2.0)

# The story with ten times its parcels, worked out as in its own comments: sums per parcel
# grow with their number; 179.70 kg become 180.0 chargeable;
# 19,059.00 CNY x 0.61 = 11,625.99 and 0.3 % of it = 34.87797;
# what the seller gets is what was exchanged less fee and freight.
TOLD: Mapping[int, Mapping[str, str | int]] = {
    200: {
        "orders placed": 201,
        "parcels booked": 200,
        "paid into escrow CNY": "21721.70",
        "import tax CNY": "1811.70",
        "chargeable weight kg": "180.0",
        "freight together MYR": "2520.00",
        "freight alone MYR": "3780.00",
        "sum of freight shares MYR": "2520.00",
        "parcels released": 200,
        "parcels delivered": 200,
        "proceeds CNY": "19059.00",
        "exchanged to MYR": "11625.99",
        "exchange fee MYR": "34.88",
        "parcels to pack": 200,
        "goods of the parcels CNY": "17020.00",
        "paid of the parcels CNY": "21721.70",
        "tax of the parcels CNY": "1811.70",
        "export lines": "210112: 230, 940490: 10",
        "FOB CNY": "17020.00",
        "FOB MYR": "10382.20",
        "freight withheld MYR": "2520.00",
        "paid out to the seller MYR": "9071.11",
    },
}


def grown(parcels: int) -> Story:
    """The story with more parcels; everything else, and what goes wrong, as it was."""
    times = parcels // PARCELS
    orders = tuple(
        group if group.group == "E" else group.model_copy(update={"count": group.count * times})
        for group in STORY.orders
    )
    expected = {**STORY.expected, **TOLD.get(parcels, {})}
    return STORY.model_copy(update={"orders": orders, "expected": expected})


@dataclass
class Fire:
    """What goes on around the story until it is over."""

    laptop: Laptop
    links: Mapping[str, Link]
    """Empty: no link is cut."""
    kill_every_s: float | None = None
    """By the clock; drawn from KILL_EVERY_S, with a rest as long as the start, where it is None."""
    draw: random.Random = field(default_factory=lambda: random.Random(SEED))
    kills: list[str] = field(default_factory=list)
    cuts: int = 0

    async def kill(self) -> None:
        """End a hub's process without warning, and start it again."""
        start_s = 0.0
        while True:
            rest_s = self.kill_every_s or start_s + self.draw.uniform(*KILL_EVERY_S)
            await asyncio.sleep(rest_s)
            hub = self.draw.choice(HUBS)
            await asyncio.to_thread(self.laptop.kill, hub)
            self.kills.append(hub)
            began = time.monotonic()
            self.laptop.start(hub)
            await asyncio.to_thread(self.laptop.wait_ready, hub)
            start_s = time.monotonic() - began

    async def cut(self) -> None:
        """Cut the way to one hub or to both for a while, and heal it."""
        while True:
            await asyncio.sleep(self.draw.uniform(*CUT_EVERY_S))
            ends = self.draw.choice([HUBS[:1], HUBS[1:], HUBS])
            for hub in ends:
                self.links[hub].cut = True
            await asyncio.sleep(self.draw.uniform(*CUT_FOR_S))
            for hub in ends:
                self.links[hub].cut = False
            self.cuts += 1


async def under_fire(fire: Fire, tell: Callable[[], Awaitable[Outcome]]) -> Outcome:
    """Tell the story while it burns; afterwards every process runs and every link is whole."""
    story = asyncio.ensure_future(tell())
    flames = [asyncio.create_task(fire.kill())]
    if fire.links:
        flames.append(asyncio.create_task(fire.cut()))
    try:
        done, _ = await asyncio.wait([story, *flames], return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()  # type: ignore[return-value]  # a flame ends only by failing
    finally:
        for task in (story, *flames):
            task.cancel()
        await asyncio.gather(story, *flames, return_exceptions=True)
        for link in fire.links.values():
            link.cut = False


async def left_over(laptop: Laptop) -> dict[str, int]:
    """Events that wait in an outbox or were set aside, by hub and service, where there are any."""
    found = {}
    async with httpx.AsyncClient() as http:
        for hub, plan in laptop.plans.items():
            for service in SERVICES:
                text = (await http.get(f"{plan.url}/{service}/metrics")).text
                for name in ("eroad_outbox_waiting", "eroad_events_quarantined_total"):
                    values = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)
                    if sum(map(float, values)):
                        found[f"{hub} {service} {name}"] = int(sum(map(float, values)))
    return found


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestUnderFire:
    @pytest.mark.parametrize(
        ("parcels", "kills_min"), [(20, 1), pytest.param(200, 5, marks=pytest.mark.soak)]
    )
    def test_nothing_is_lost_and_nothing_doubled(
        self, tmp_path: Path, parcels: int, kills_min: int
    ) -> None:
        """A short story may be over before a hub that starts slowly is killed a second time."""
        story = grown(parcels)
        ports = dict(zip(HUBS, free_ports(len(HUBS)), strict=True))
        addresses = {hub: f"http://{LOOPBACK}:{port}" for hub, port in ports.items()}
        links = {hub: Link(random.Random(SEED), disorderly=True) for hub in HUBS}

        with running(tmp_path, reached_at=addresses) as laptop:
            fire = Fire(laptop, links)

            async def tell() -> tuple[Outcome, dict[str, int]]:
                urls = {hub: plan.url for hub, plan in laptop.plans.items()}
                async with wide_area(links, ports, urls):
                    return await burning(story, fire)

            outcome, waiting = asyncio.run(tell())

        assert wrong(outcome) == []
        assert waiting == {}
        assert len(fire.kills) >= kills_min
        assert fire.cuts >= 2
        assert sum(link.frames for link in links.values()) > parcels

    @pytest.mark.soak
    def test_a_kill_every_three_seconds_changes_no_figure_of_kinta(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with running(tmp_path) as laptop:
            fire = Fire(laptop, links={}, kill_every_s=KINTA_KILL_EVERY_S)
            outcome, waiting = asyncio.run(burning(KINTA, fire))

        with capsys.disabled():
            print(f"{len(outcome.figures.all())} figures, {len(fire.kills)} kills")
        assert wrong(outcome) == []
        assert waiting == {}
        assert len(fire.kills) >= KINTA_KILLS_MIN


async def burning(story: Story, fire: Fire) -> tuple[Outcome, dict[str, int]]:
    """Tell the story under fire; return what it showed and what is left over at last."""

    async def tell() -> Outcome:
        return await run_story(story, fire.laptop.plans, run="fire", console=None)

    async def quiet() -> bool | None:
        return None if await left_over(fire.laptop) else True

    async with asyncio.timeout(BURNS_S_MAX):
        outcome = await under_fire(fire, tell)
    for hub in HUBS:
        await asyncio.to_thread(fire.laptop.wait_ready, hub)
    with suppress(StoryBroken):
        await until(quiet, what="empty outboxes")
    return outcome, await left_over(fire.laptop)
