"""Every story on both back ends, as `eroad up` starts them: all figures hold, twice alike."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.laptop import Laptop, running
from deploy.scenario.run import run_story
from deploy.scenario.story import read_story
from tests.mesh.test_first_parcels import wrong
from tests.real import RealServers

SCENARIOS = Path(__file__).parents[2] / "deploy" / "scenarios"
STORIES = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
TELLING_S_MAX = 1_800.0
"""A telling that takes longer on the slowest machine will not end."""


@pytest.fixture(params=["SQLite", "PostgreSQL and Kafka"])
def laptop(request: pytest.FixtureRequest, real: RealServers) -> Iterator[Laptop]:
    """Two hubs, on files or on servers of their own."""
    # Not below pytest's folders: those are private, and root's PostgreSQL is not root.
    with tempfile.TemporaryDirectory(prefix="laptop-", dir=real.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        if request.param == "SQLite":
            with running(folder) as files:
                yield files
        else:
            with real.or_skip(), running(folder, database="postgres", bus="kafka") as servers:
                yield servers


@pytest.mark.soak
@pytest.mark.xdist_group("hubs")
class TestEveryStory:
    @pytest.mark.parametrize("name", STORIES)
    def test_holds_in_every_figure_and_comes_to_the_same_hash_again(
        self, laptop: Laptop, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        story = read_story(SCENARIOS / f"{name}.yaml")
        hashes = set()
        for run in ("one", "two"):
            began = time.monotonic()
            telling = run_story(story, laptop.plans, run=run, console=None)
            outcome = asyncio.run(asyncio.wait_for(telling, TELLING_S_MAX))
            with capsys.disabled():
                print(f"{name}, run {run}: {time.monotonic() - began:.0f} s")
            assert wrong(outcome) == []
            hashes.add(outcome.figures.digest())
        assert len(hashes) == 1
