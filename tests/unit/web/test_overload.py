"""Overload: what can't be begun in time is refused at once, and probes are always answered."""

import asyncio
import time

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from shared.web.overload import Shedding


class Slow:
    """An app that answers when it is let."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun += 1
        if not Request(scope).url.path.endswith("/livez"):
            await self.gate.wait()
        await Response("done")(scope, receive, send)


def client(app: Slow, *, at_once_max: int, age_s_max: float = 0.2) -> httpx.AsyncClient:
    shedding = Shedding(app, at_once_max=at_once_max, age_s_max=age_s_max)
    return httpx.AsyncClient(transport=httpx.ASGITransport(shedding), base_url="http://x")


class TestShedding:
    async def test_answers_those_in_time_and_refuses_the_rest_with_retry_after(self) -> None:
        app = Slow()
        async with client(app, at_once_max=2) as http:
            asked = [asyncio.create_task(http.get("/v1/orders")) for _ in range(5)]
            await asyncio.sleep(0.5)
            begun, alive = app.begun, await http.get("/livez")
            app.gate.set()
            replies = await asyncio.gather(*asked)

        refused = [reply for reply in replies if reply.status_code == 503]
        assert begun == 2
        assert alive.status_code == 200
        assert len(refused) == 3
        assert {reply.json()["code"] for reply in refused} == {"overloaded"}
        assert {reply.headers["Retry-After"] for reply in refused} == {"1"}

    async def test_lets_the_next_in_once_one_is_done(self) -> None:
        app = Slow()
        async with client(app, at_once_max=1, age_s_max=5) as http:
            asked = [asyncio.create_task(http.get("/v1/orders")) for _ in range(3)]
            app.gate.set()
            replies = await asyncio.gather(*asked)

        assert [reply.status_code for reply in replies] == [200, 200, 200]

    @pytest.mark.parametrize("unit", [1, 1e3, 1e6])
    async def test_refuses_what_waited_too_long_in_front_of_us(self, unit: float) -> None:
        app = Slow()
        app.gate.set()
        async with client(app, at_once_max=1) as http:
            old = {"X-Request-Start": f"t={(time.time() - 30) * unit:.3f}"}
            late = await http.get("/v1/orders", headers=old)

        assert (late.status_code, app.begun) == (503, 0)

    @pytest.mark.parametrize("start", ["t=nonsense", "t=12", ""])
    async def test_does_not_believe_an_absurd_age(self, start: str) -> None:
        app = Slow()
        app.gate.set()
        async with client(app, at_once_max=1) as http:
            reply = await http.get("/v1/orders", headers={"X-Request-Start": start})

        assert reply.status_code == 200
