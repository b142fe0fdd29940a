"""Which streams are left alone for a while, so that one that stands still slows no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

HOLD_S_MIN = 0.2
HOLD_S_MAX = 5.0


@dataclass
class Patience:
    """Streams that stopped, each with the moment it is asked for again: ever later while it does
    not go on."""

    now: Callable[[], float]
    _until: dict[str, float] = field(default_factory=dict)
    _wait_s: dict[str, float] = field(default_factory=dict)

    def hold(self, stream: str) -> None:
        """Leave a stream alone, twice as long as the last time."""
        wait_s = min(self._wait_s.get(stream, HOLD_S_MIN / 2) * 2, HOLD_S_MAX)
        self._wait_s[stream] = wait_s
        self._until[stream] = self.now() + wait_s

    def release(self, stream: str) -> None:
        """A stream goes on: forget that it stood still."""
        self._until.pop(stream, None)
        self._wait_s.pop(stream, None)

    def held(self) -> set[str]:
        """Return the streams to leave alone now."""
        now = self.now()
        return {stream for stream, until in self._until.items() if until > now}

    def shortest_s(self, among: Iterable[str]) -> float:
        """Return how long until the first of these is to be asked for again."""
        now = self.now()
        return min((max(0.0, self._until[s] - now) for s in among if s in self._until), default=0.0)
