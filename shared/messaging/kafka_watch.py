"""Noticing that a Kafka consumer has silently stopped.

After a broker restart aiokafka can stay alive without ever fetching or joining again, and says so
nowhere. A healthy consumer asks for every partition several times a second, records or not.
"""

import time
from collections.abc import Callable, Hashable, Mapping

STALL_S = 30.0
JOIN_STALL_S = 120.0
AWAY_S = 5.0


class StallWatch:
    """Told of every poll and every sign of life; says when there have been none for too long."""

    def __init__(
        self, *, stall_s: float = STALL_S, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._stall_s = stall_s
        self._now = now
        self._polled_at = now()
        self._joining_since: float | None = None
        self._seen: dict[Hashable, tuple[int | None, float]] = {}

    def polled(self) -> None:
        """A poll begins. Nothing is fetched while the caller is away handling a batch."""
        now = self._now()
        if now - self._polled_at > AWAY_S:
            self._seen.clear()
        self._polled_at = now

    def progressed(self) -> None:
        """Records came, or the consumer is new."""
        self._seen.clear()

    def joining(self) -> None:
        """The group is being joined or rebalanced: nothing is assigned."""
        if self._joining_since is None:
            self._joining_since = self._now()

    def joined(self) -> None:
        self._joining_since = None
        self._seen.clear()

    def stalled(self, fetched_at: Mapping[Hashable, int | None]) -> bool:
        """Whether joining takes too long, or a partition's fetch time has not moved for too long.

        Called after a poll that found nothing, with the time of each partition's last fetch.
        """
        now = self._polled_at = self._now()
        if self._joining_since is not None:
            return now - self._joining_since > JOIN_STALL_S
        for partition, stamp in fetched_at.items():
            known = self._seen.get(partition)
            if known is None or known[0] != stamp:
                self._seen[partition] = (stamp, now)
            elif now - known[1] > self._stall_s:
                return True
        return False
