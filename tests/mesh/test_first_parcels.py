"""The whole story on two real processes: every figure, and no personal data abroad."""

import asyncio
from pathlib import Path

import pytest

from deploy.laptop import running
from deploy.scenario.order import orders_of
from deploy.scenario.run import Outcome, run_story
from deploy.scenario.story import read_story

STORY = read_story(Path(__file__).parents[2] / "deploy" / "scenarios" / "first-parcels.yaml")


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


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestFirstParcels:
    def test_every_figure_holds_and_no_buyer_is_known_abroad(self, tmp_path: Path) -> None:
        with running(tmp_path) as laptop:
            outcome = asyncio.run(run_story(STORY, laptop.plans, run="figures", console=None))

        assert wrong(outcome) == []
        assert personal_data_in(tmp_path / "my-kul", "figures") == []
        assert personal_data_in(tmp_path / "cn-hgh", "figures") != []
