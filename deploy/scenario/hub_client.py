"""One actor at one hub over HTTP: fetches its token, repeats what may be repeated, waits politely.

Everything goes through the public API. Idempotency keys follow from what is asked, so a story
interrupted by a crash of the hub goes on where it was.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

Found = TypeVar("Found")

ATTEMPTS_MAX = 480
"""Two minutes: a hub that was killed may start on a machine that has other work to do."""
RETRY_S = 0.25
WAIT_S_MAX = 300.0
POLL_S = 0.1
RETRIED = {429, 503, 502, 504}


class StoryBroken(Exception):
    """A hub answered something the story can't go on with."""


class NoAnswer(StoryBroken):
    """Nobody answers where the hub should be."""

    def __init__(self, url: str) -> None:
        super().__init__(f"nobody answers at {url}")
        self.url = url


@dataclass
class HubClient:
    """An actor's API client at one hub."""

    url: str
    client_id: str
    secret: str
    run: str
    """Names this run of the story, so that a second run on the same hub is another story."""
    http: httpx.AsyncClient
    attempts: int = ATTEMPTS_MAX
    trace_ids: list[str] = field(default_factory=list)
    _token: str = "none-yet"  # noqa: S105 (says that there is none)

    async def post(
        self,
        path: str,
        body: Any,
        *,
        accept: tuple[int, ...] = (),
        again: str = "",
        if_match: int | None = None,
    ) -> dict[str, Any]:
        """POST and return the reply; statuses beside 2xx are an error unless accepted.

        The same body has the same Idempotency-Key unless `again` names another intention, or it is
        about another version of the thing, `if_match`.
        """
        return await self._ask("POST", path, body, accept, again, if_match)

    async def put(self, path: str, body: Any, *, accept: tuple[int, ...] = ()) -> dict[str, Any]:
        """PUT and return the reply."""
        return await self._ask("PUT", path, body, accept)

    async def get(
        self, path: str, *, accept: tuple[int, ...] = (), language: str = ""
    ) -> dict[str, Any]:
        """GET and return the reply, its sentences in `language` where there are any."""
        return await self._ask("GET", path, None, accept, language=language)

    async def until(
        self, path: str, holds: Callable[[dict[str, Any]], bool], *, what: str
    ) -> dict[str, Any]:
        """GET until the reply is as hoped; StoryBroken after WAIT_S_MAX."""

        async def look() -> dict[str, Any] | None:
            reply = await self.get(path, accept=(404,))
            return reply if reply["http_status"] != 404 and holds(reply) else None

        return await until(look, what=f"{what} at {self.url}{path}")

    async def _ask(
        self,
        method: str,
        path: str,
        body: Any,
        accept: tuple[int, ...],
        again: str = "",
        if_match: int | None = None,
        language: str = "",
    ) -> dict[str, Any]:
        content = None if body is None else json.dumps(body)
        etag = "" if if_match is None else f'"{if_match}"'
        intention = f"{self.run}\n{self.client_id}\n{path}\n{content}{again}{etag}"
        key = hashlib.sha256(intention.encode())
        reply: httpx.Response | None = None
        for _ in range(self.attempts):
            headers = {"Authorization": f"Bearer {self._token}"}
            if etag:
                headers["If-Match"] = etag
            if language:
                headers["Accept-Language"] = language
            if body is not None:
                headers |= {"Content-Type": "application/json", "Idempotency-Key": key.hexdigest()}
            try:
                reply = await self.http.request(
                    method, self.url + path, content=content, headers=headers
                )
            except httpx.TransportError:
                await asyncio.sleep(RETRY_S)
                continue
            if reply.status_code == 401:
                await self._fetch_token()
                continue
            if reply.status_code in RETRIED or _in_flight(reply):
                await asyncio.sleep(RETRY_S)
                continue
            break
        if reply is None:
            raise NoAnswer(self.url)
        if not (reply.is_success or reply.status_code in accept):
            raise StoryBroken(f"{method} {self.url}{path} answered {_said(reply)}")
        self.trace_ids.append(reply.headers.get("traceparent", "")[3:35])
        answer = reply.json() if reply.content else {}
        return {
            **(answer if isinstance(answer, dict) else {"items": answer}),
            "http_status": reply.status_code,
        }

    async def _fetch_token(self) -> None:
        try:
            reply = await self.http.post(
                f"{self.url}/members/v1/oauth/token",
                data={"grant_type": "client_credentials"},
                auth=(self.client_id, self.secret),
            )
        except httpx.TransportError:
            await asyncio.sleep(RETRY_S)  # the hub is away; whoever asked asks again
            return
        if reply.status_code in RETRIED:
            await asyncio.sleep(RETRY_S)
            return
        if not reply.is_success:
            raise StoryBroken(f"no token for {self.client_id}: {reply.text[:300]}")
        self._token = reply.json()["access_token"]


async def until(look: Callable[[], Awaitable[Found | None]], *, what: str) -> Found:
    """Return what `look` finds, looking again and again; StoryBroken after WAIT_S_MAX."""
    try:
        async with asyncio.timeout(WAIT_S_MAX):
            while True:
                found = await look()
                if found is not None:
                    return found
                await asyncio.sleep(POLL_S)
    except TimeoutError as error:
        raise StoryBroken(f"waited {WAIT_S_MAX:.0f} s in vain: {what}") from error


def _said(reply: httpx.Response) -> str:
    """Put a refusal into one line: what was refused, by which code, in which field, what helps."""
    try:
        problem = reply.json()
        wrong = [f"{each['field']}: {each['detail']}" for each in problem.get("errors", ())]
        field = [] if wrong or "field" not in problem else [f"field {problem['field']}"]
        said = [f"{reply.status_code} {problem['code']}: {problem['detail']}", *field, *wrong]
        return "; ".join([*said, *filter(None, [problem.get("help")])])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{reply.status_code} {reply.text[:800]}"


def _in_flight(reply: httpx.Response) -> bool:
    return reply.status_code == 409 and reply.json().get("code") == "request-in-flight"
