"""A clock of test mode that all processes of a hub share, and that a restart does not set back."""

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

from shared.kernel.clock import MovableClock

LOOK_S = 0.2
"""How often a process looks whether another has moved the clock."""
_MICROSECOND = timedelta(microseconds=1)


class KeptClock(MovableClock):
    """The machine's clock, moved by what a file says in microseconds; forward only.

    Raises ValueError when the file says something else.
    """

    def __init__(self, file: Path, *, look_s: float = LOOK_S) -> None:
        super().__init__()
        self._file = file
        self._look_s = look_s
        self._follow()

    def now(self) -> datetime:
        if time.monotonic() >= self._look_at:
            self._follow()
        return super().now()

    def move(self, by: timedelta) -> None:
        """Move time forward by `by` for every process that shares the file."""
        self._follow()
        super().move(by)
        written = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        written.write_text(str(self._shift // _MICROSECOND), encoding="ascii")
        written.replace(self._file)

    def _follow(self) -> None:
        self._look_at = time.monotonic() + self._look_s
        try:
            said = self._file.read_text(encoding="ascii")
        except FileNotFoundError:  # nobody has moved it yet
            return
        self._shift = max(self._shift, int(said) * _MICROSECOND)
