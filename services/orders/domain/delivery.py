"""One message to one endpoint, and how its delivery goes.

pending -> delivered
pending -> retrying -> delivered | dead          dead, delivered -> pending, by a replay
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

ATTEMPTS_KEPT_MAX = 20
"""Attempts that the log shows; replays would make it grow without end."""


class DeliveryState(StrEnum):
    """How far a message is."""

    PENDING = "pending"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    DEAD = "dead"


OPEN = frozenset({DeliveryState.PENDING, DeliveryState.RETRYING})


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try: the receiver's status, or a word for why there was none."""

    at: datetime
    status: int | None
    error: str
    took_ms: int


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one endpoint; its id is what the receiver knows a repeat by.

    `subject_id` is the order or the answer that it is about; the messages of one subject go out in
    their sequence.
    """

    id: str
    endpoint_id: str
    member_id: str
    subject_id: str
    sequence: int
    type: str
    body: str
    created_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    tried: int = 0
    """Attempts since it was created or replayed: its place in the retry table."""
    replays: int = 0
    delivered_at: datetime | None = None
    attempts: Sequence[Attempt] = field(default_factory=tuple)

    def received(self, attempt: Attempt) -> "Delivery":
        """Return it delivered."""
        return replace(self._tried(attempt), state=DeliveryState.DELIVERED, delivered_at=attempt.at)

    def failed(
        self, attempt: Attempt, *, retry_after: Sequence[timedelta], final: bool
    ) -> "Delivery":
        """Return it waiting for its next turn, or dead when the table is used up or it is final."""
        tried = self._tried(attempt)
        if final or self.tried >= len(retry_after):
            return replace(tried, state=DeliveryState.DEAD)
        due_at = attempt.at + retry_after[self.tried]
        return replace(tried, state=DeliveryState.RETRYING, due_at=due_at)

    def replayed(self, *, now: datetime) -> "Delivery":
        """Return it due at once, from the start of the retry table."""
        return replace(
            self, state=DeliveryState.PENDING, due_at=now, tried=0, replays=self.replays + 1
        )

    def _tried(self, attempt: Attempt) -> "Delivery":
        attempts = (*self.attempts, attempt)[-ATTEMPTS_KEPT_MAX:]
        return replace(self, tried=self.tried + 1, attempts=attempts)
