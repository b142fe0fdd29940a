"""How much one client may ask: a bucket of tokens each, and headers that say what is left.

The headers are those of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` names the quota
and its window, `RateLimit` what remains and when it is whole again. Buckets live in the process:
behind N processes a client may ask N times as much.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from shared.kernel.errors import Throttled

WINDOW_S = 60
CLIENTS_MAX = 10_000
"""Buckets kept; the one longest unused makes room, and its client starts with a full one."""


class TooManyRequests(Throttled):
    """This client asks more than its share."""

    code = "too-many-requests"
    help = "Wait as long as Retry-After says; RateLimit shows what is left."


@dataclass
class _Bucket:
    left: float
    seen_at: float


@dataclass(frozen=True)
class Allowance:
    """What a client has left after a request."""

    quota: int
    left: int
    whole_in_s: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"default";q={self.quota};w={WINDOW_S}',
            "RateLimit": f'"default";r={self.left};t={self.whole_in_s}',
        }


class Rates:
    """Counts every client's requests; `quota` of them per WINDOW_S, evenly refilled."""

    def __init__(self, quota: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self._quota = quota
        self._per_s = quota / WINDOW_S
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client_id: str) -> Allowance:
        """Count one request, or raise TooManyRequests saying when the next may come."""
        now = self._now()
        bucket = self._buckets.pop(client_id, None) or _Bucket(self._quota, now)
        self._buckets[client_id] = bucket
        if len(self._buckets) > CLIENTS_MAX:
            self._buckets.popitem(last=False)
        bucket.left = min(self._quota, bucket.left + (now - bucket.seen_at) * self._per_s)
        bucket.seen_at = now
        if bucket.left < 1:
            wait_s = (1 - bucket.left) / self._per_s
            raise TooManyRequests(
                f"more than {self._quota} requests in {WINDOW_S} s",
                retry_after_s=max(1, round(wait_s + 0.5)),
            )
        bucket.left -= 1
        missing = self._quota - bucket.left
        return Allowance(self._quota, int(bucket.left), round(missing / self._per_s + 0.5))
