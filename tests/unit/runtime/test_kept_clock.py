"""A hub's test clock: one time for all its processes, also for one that was started again."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.kernel.clock import Clock, SystemClock
from shared.runtime.kept_clock import KeptClock

WEEKS = timedelta(days=34)
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock"


def ahead(clock: Clock) -> timedelta:
    """How far a clock is ahead of the machine's, to the minute."""
    return (clock.now() - SystemClock().now() + A_MINUTE / 2) // A_MINUTE * A_MINUTE


class TestKeptClock:
    def test_has_the_machines_time_until_it_is_moved(self, file: Path) -> None:
        assert ahead(KeptClock(file)) == timedelta()

    def test_is_followed_by_other_processes(self, file: Path) -> None:
        api, worker = KeptClock(file, look_s=0), KeptClock(file, look_s=0)

        api.move(WEEKS)
        assert ahead(worker) == WEEKS
        worker.move(WEEKS)
        assert ahead(api) == 2 * WEEKS

    def test_is_not_set_back_by_a_restart(self, file: Path) -> None:
        KeptClock(file).move(WEEKS)

        assert ahead(KeptClock(file)) == WEEKS

    def test_never_goes_back(self, file: Path) -> None:
        clock = KeptClock(file, look_s=0)
        clock.move(WEEKS)
        file.write_text("0")

        assert ahead(clock) == WEEKS
        with pytest.raises(ValueError, match="forward"):
            clock.move(-WEEKS)

    def test_refuses_a_file_that_is_no_clock(self, file: Path) -> None:
        file.write_text("tomorrow")

        with pytest.raises(ValueError, match="tomorrow"):
            KeptClock(file)
