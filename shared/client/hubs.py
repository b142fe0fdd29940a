"""Asking a hub, awaited or not: one policy of tokens and retries, two ways to wait.

A request that changes something carries an idempotency key, so whatever happened to the reply, it
may be sent again. 429 and 503 say when; a reply that never came is asked for after a growing pause.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import TypeVar

import httpx
from pydantic import BaseModel

from shared.client.asks import Ask, Item, ListPage, read_operation
from shared.client.errors import HubRefused, HubUnreachable, StillRunning
from shared.contracts.operations import OperationView

Reply = TypeVar("Reply", bound=BaseModel)

ATTEMPTS_MAX = 6
PAUSE_S = 0.25
PAUSE_S_MAX = 30.0
PAGES_MAX = 100_000
LOOK_AGAIN_S = 1.0
"""Between two looks at long work."""
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
TOKEN_PATH = "/members/v1/oauth/token"  # noqa: S105 (a path)
AGAIN = frozenset({429, 502, 503, 504})
UNKNOWN_TOKEN = 401
IN_FLIGHT = "request-in-flight"


class _Policy:
    """What both clients share: the requests they make, and what they make of the replies."""

    def __init__(
        self, url: str, client_id: str, secret: str, monotonic: Callable[[], float]
    ) -> None:
        self._monotonic = monotonic
        self._url = url.rstrip("/")
        self._auth = (client_id, secret)
        self._token = ""

    def _token_request(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"}
        request = httpx.Request("POST", self._url + TOKEN_PATH, data=form)
        return next(httpx.BasicAuth(*self._auth).auth_flow(request))

    def _request(self, ask: Ask[Reply]) -> httpx.Request:
        headers = {**ask.headers, "Authorization": f"Bearer {self._token}"}
        return httpx.Request(
            ask.method,
            self._url + ask.path,
            params=dict(ask.query),
            content=ask.content,
            headers=headers,
        )

    def _keep_token(self, response: httpx.Response) -> bool:
        """Keep the token; False when the token office may answer otherwise in a moment."""
        if _is_passing(response):
            return False
        if response.is_error:
            raise HubRefused.of(response)
        self._token = response.json()["access_token"]
        return True

    def _pause(self, response: httpx.Response | None, attempt: int) -> float | None:
        """Return how long to wait before asking again, or None when the answer stands."""
        if response is not None and not _is_passing(response):
            return None
        said = "" if response is None else response.headers.get("Retry-After", "")
        if said.isdigit():
            return min(float(said), PAUSE_S_MAX)
        longest = min(PAUSE_S * (1 << attempt), PAUSE_S_MAX)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 (spreads callers, hides nothing)

    def _left(self, work: OperationView, ends: float) -> float:
        """Return how long to wait before the next look; raise StillRunning at the deadline."""
        left = ends - self._monotonic()
        if left <= 0:
            raise StillRunning(f"{work.id} has done {work.done} of {work.lines}")
        return min(left, LOOK_AGAIN_S)

    def _read(self, ask: Ask[Reply], response: httpx.Response | None) -> Reply:
        if response is None:
            raise HubUnreachable(f"{self._url} did not answer {ATTEMPTS_MAX} times")
        if response.is_error:
            raise HubRefused.of(response)
        # A newer hub may say more than this client knows.
        return ask.reply.model_validate_json(response.content, extra="ignore")


def _is_passing(response: httpx.Response) -> bool:
    """Whether the same request may be answered otherwise in a moment."""
    if response.status_code == 409:
        return HubRefused.of(response).code == IN_FLIGHT
    return response.status_code in AGAIN


class Hub(_Policy):
    """A hub for code that waits; `transport` replaces the network in tests."""

    def __init__(
        self,
        url: str,
        client_id: str,
        secret: str,
        *,
        transport: httpx.BaseTransport | None = None,
        wait: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(url, client_id, secret, monotonic)
        self._wait = wait
        self._http = httpx.Client(timeout=TIMEOUT, transport=transport)

    def do(self, ask: Ask[Reply]) -> Reply:
        """Ask once for good: return the reply, or raise HubRefused or HubUnreachable."""
        response: httpx.Response | None = None
        for attempt in range(ATTEMPTS_MAX):
            response = self._send(ask)
            pause = self._pause(response, attempt)
            if pause is None:
                break
            self._wait(pause)
        return self._read(ask, response)

    def each(self, ask: Ask[ListPage[Item]]) -> Iterator[Item]:
        """Walk a list to its end, page by page."""
        for _ in range(PAGES_MAX):
            page = self.do(ask)
            yield from page.items
            if page.next_cursor is None:
                return
            ask = ask.after(page.next_cursor)

    def finished(self, work: OperationView, *, within_s: float) -> OperationView:
        """Look until long work has ended, well or not; StillRunning when that takes longer."""
        ends = self._monotonic() + within_s
        while work.status == "running":
            self._wait(self._left(work, ends))
            work = self.do(read_operation(work.id))
        return work

    def _send(self, ask: Ask[Reply]) -> httpx.Response | None:
        try:
            if self._token:
                response = self._http.send(self._request(ask))
                if response.status_code != UNKNOWN_TOKEN:
                    return response
            office = self._http.send(self._token_request())
            if not self._keep_token(office):
                return office
            return self._http.send(self._request(ask))
        except httpx.TransportError:
            return None

    def __enter__(self) -> "Hub":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()


class AsyncHub(_Policy):
    """A hub for code that awaits."""

    def __init__(
        self,
        url: str,
        client_id: str,
        secret: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(url, client_id, secret, monotonic)
        self._wait = wait
        self._http = httpx.AsyncClient(timeout=TIMEOUT, transport=transport)

    async def do(self, ask: Ask[Reply]) -> Reply:
        """Ask once for good: return the reply, or raise HubRefused or HubUnreachable."""
        response: httpx.Response | None = None
        for attempt in range(ATTEMPTS_MAX):
            response = await self._send(ask)
            pause = self._pause(response, attempt)
            if pause is None:
                break
            await self._wait(pause)
        return self._read(ask, response)

    async def each(self, ask: Ask[ListPage[Item]]) -> AsyncIterator[Item]:
        """Walk a list to its end, page by page."""
        for _ in range(PAGES_MAX):
            page = await self.do(ask)
            for item in page.items:
                yield item
            if page.next_cursor is None:
                return
            ask = ask.after(page.next_cursor)

    async def finished(self, work: OperationView, *, within_s: float) -> OperationView:
        """Look until long work has ended, well or not; StillRunning when that takes longer."""
        ends = self._monotonic() + within_s
        while work.status == "running":
            await self._wait(self._left(work, ends))
            work = await self.do(read_operation(work.id))
        return work

    async def _send(self, ask: Ask[Reply]) -> httpx.Response | None:
        try:
            if self._token:
                response = await self._http.send(self._request(ask))
                if response.status_code != UNKNOWN_TOKEN:
                    return response
            office = await self._http.send(self._token_request())
            if not self._keep_token(office):
                return office
            return await self._http.send(self._request(ask))
        except httpx.TransportError:
            return None

    async def __aenter__(self) -> "AsyncHub":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.aclose()
