"""More than we can answer in time is refused at once, so that what is accepted is answered.

Requests wait their turn in a queue of our own. Whoever would wait longer than AGE_S_MAX, counted
from the moment the ingress took the request in where it says so (X-Request-Start), gets a 503 with
Retry-After: an answer that comes after the caller gave up is work for nobody.
"""

import asyncio
from time import time_ns

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.problems import problem_response

AT_ONCE_MAX = 64
"""Requests of one service under way in one process; the rest of those accepted wait."""
AGE_S_MAX = 2.0
AGE_S_BELIEVED = 600.0
"""An age beyond this says that two clocks differ, not that somebody waited."""
RETRY_AFTER_S = 1
PROBES = ("/livez", "/readyz", "/metrics")


class Shedding:
    """Lets through what can be answered in time."""

    def __init__(
        self, app: ASGIApp, *, at_once_max: int = AT_ONCE_MAX, age_s_max: float = AGE_S_MAX
    ) -> None:
        self._app = app
        self._turns = asyncio.Semaphore(at_once_max)
        self._age_s_max = age_s_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].endswith(PROBES):
            await self._app(scope, receive, send)
            return
        left_s = self._age_s_max - _age_s(dict(scope["headers"]).get(b"x-request-start", b""))
        if not await self._turn_comes(left_s):
            await self._refuse(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._turns.release()

    async def _turn_comes(self, within_s: float) -> bool:
        if within_s <= 0:
            return False
        if not self._turns.locked():
            return await self._turns.acquire()  # a turn is free: nothing to wait for, nor a clock
        try:
            async with asyncio.timeout(within_s):
                return await self._turns.acquire()
        except TimeoutError:
            return False

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = problem_response(
            Request(scope),
            status=503,
            code="overloaded",
            detail=f"this could not be begun within {self._age_s_max:g} s",
            headers={"Retry-After": str(RETRY_AFTER_S)},
            help="Send it again after the time in Retry-After; nothing was done.",
        )
        await response(scope, receive, send)


def _age_s(header: bytes) -> float:
    """Return how long ago the ingress took a request in: `t=` and seconds, milli- or micro-."""
    try:
        moment = float(header.decode("ascii").removeprefix("t="))
    except ValueError:
        return 0.0
    now = time_ns() / 1e9
    for unit in (1.0, 1e3, 1e6):
        age_s = now - moment / unit
        if abs(age_s) <= AGE_S_BELIEVED:
            return max(0.0, age_s)
    return 0.0
