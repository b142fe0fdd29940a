"""Stories beside the two of Ipoh on two real processes; all of them are in test_every_story.py."""

import asyncio
from pathlib import Path

import pytest

from deploy.laptop import running
from deploy.scenario.run import run_story
from deploy.scenario.story import read_story

SCENARIOS = Path(__file__).parents[2] / "deploy" / "scenarios"


@pytest.mark.slow
@pytest.mark.xdist_group("hubs")
class TestStory:
    @pytest.mark.parametrize(
        ("name", "times"),
        [
            pytest.param("hangzhou-shirts", 2, id="shirts from Hangzhou, across the RM500 lines"),
            pytest.param("durian-refused", 1, id="durian is refused its permit"),
        ],
    )
    def test_holds_in_every_figure_and_comes_to_the_same_hash_again(
        self, name: str, times: int, tmp_path: Path
    ) -> None:
        story = read_story(SCENARIOS / f"{name}.yaml")

        with running(tmp_path) as laptop:
            told = [
                asyncio.run(run_story(story, laptop.plans, run=f"run-{run}", console=None))
                for run in range(times)
            ]

        wrong = [figure for one in told for figure in one.figures.all() if not figure.holds]
        assert wrong == []
        assert len({one.figures.digest() for one in told}) == 1
