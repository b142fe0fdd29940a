"""120 parcels on two real processes: every figure that the story tells."""

import asyncio
from pathlib import Path

import pytest

from deploy.laptop import running
from deploy.scenario.run import run_story
from deploy.scenario.story import read_story

STORY = read_story(Path(__file__).parents[2] / "deploy" / "scenarios" / "kinta-white-coffee.yaml")


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestKintaWhiteCoffee:
    def test_every_figure_holds(self, tmp_path: Path) -> None:
        with running(tmp_path) as laptop:
            outcome = asyncio.run(run_story(STORY, laptop.plans, run="kinta", console=None))

        wrong = [figure for figure in outcome.figures.all() if not figure.holds]
        assert wrong == []
