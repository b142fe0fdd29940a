"""Calls of an app without a network, so that a bench measures the app and next to nothing else."""

from collections.abc import Mapping
from itertools import count
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes


class StraightCaller:
    """Calls the app as a server would, and spends next to nothing itself."""

    def __init__(self, app: Any, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers  # read at each call: whoever moves the clock has a fresh token
        self._keys = count()

    async def call(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return the body of a successful answer."""
        answer = await self.ask(method, path, body)
        assert answer.status < 300, answer.body[:300]
        return answer.body

    async def ask(
        self, method: str, path: str, body: bytes = b"", *, since: float | None = None
    ) -> Answer:
        """Return the answer, whatever it is; every request has an Idempotency-Key of its own.

        `since` is when the ingress took it in, in seconds since 1970, as it would tell.
        """
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                *((name.lower().encode(), text.encode()) for name, text in self._headers.items()),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"idempotency-key", f"bench-{next(self._keys)}".encode()),
                *([] if since is None else [(b"x-request-start", f"t={since:.6f}".encode())]),
            ],
            "client": ("bench", 1),
            "server": ("bench", 80),
            "state": {},
        }
        answer: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            answer.append(message)

        await self._app(scope, receive, send)
        got = b"".join(message.get("body", b"") for message in answer)
        return Answer(answer[0]["status"], dict(answer[0]["headers"]), got)
