"""The whole story on two real processes: every figure, no personal data abroad, and kills."""

import asyncio
import random
from pathlib import Path

import pytest

from deploy.laptop import Laptop, running
from deploy.scenario.order import orders_of
from deploy.scenario.run import Outcome, run_story
from deploy.scenario.story import read_story

STORY = read_story(Path(__file__).parents[2] / "deploy" / "scenarios" / "first-parcels.yaml")
KILL_EVERY_S = (0.5, 1.5)


def wrong(outcome: Outcome) -> list[str]:
    """The figures that do not hold."""
    return [
        f"{figure.name}: expected {figure.expected}, saw {figure.seen}"
        for figure in outcome.figures.all()
        if not figure.holds
    ]


def personal_data_in(folder: Path, run: str) -> list[str]:
    """Where a buyer's number, name, phone or address lies in any file of a hub."""
    found = []
    files = [path for path in folder.rglob("*") if path.is_file()]
    contents = {path: path.read_bytes() for path in files}
    for order in orders_of(STORY, run=run):
        for what, value in order.buyer().items():
            found += [
                f"{what} of {order.name} in {path.name}"
                for path, content in contents.items()
                if value.encode() in content
            ]
    return found


async def kill_at_random(laptop: Laptop, kills: list[str], draw: random.Random) -> None:
    """End a hub's process without warning every few seconds, and start it again."""
    while True:
        await asyncio.sleep(draw.uniform(*KILL_EVERY_S))
        hub = draw.choice(sorted(laptop.plans))
        await asyncio.to_thread(laptop.kill, hub)
        laptop.start(hub)
        await asyncio.to_thread(laptop.wait_ready, hub)
        kills.append(hub)


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestFirstParcels:
    def test_every_figure_holds_and_no_buyer_is_known_abroad(self, tmp_path: Path) -> None:
        with running(tmp_path) as laptop:
            outcome = asyncio.run(run_story(STORY, laptop.plans, run="figures", console=None))

        assert wrong(outcome) == []
        assert personal_data_in(tmp_path / "my-kul", "figures") == []
        assert personal_data_in(tmp_path / "cn-hgh", "figures") != []

    def test_kills_at_random_moments_change_no_figure(self, tmp_path: Path) -> None:
        kills: list[str] = []

        async def story_under_fire(laptop: Laptop) -> Outcome:
            killer = asyncio.create_task(kill_at_random(laptop, kills, random.Random(20260901)))
            try:
                return await run_story(STORY, laptop.plans, run="kills", console=None)
            finally:
                killer.cancel()
                await asyncio.gather(killer, return_exceptions=True)

        with running(tmp_path) as laptop:
            outcome = asyncio.run(story_under_fire(laptop))

        assert wrong(outcome) == []
        assert len(kills) >= 2
