"""Bodies have a size limit, checked before anything parses them."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.errors import EroadError
from shared.web.problems import problem_response

BODY_BYTES_MAX = 256 * 1024
BULK_BODY_BYTES_MAX = 1024 * 1024
BULK_SUFFIXES = ("/bulk", "/import", "/messages")
AUTH_BODY_BYTES_MAX = 64 * 1024
AUTH_PREFIX = "/v1/oauth/"


class BodyTooLarge(EroadError):
    """The body is larger than this route takes."""

    code = "body-too-large"


class BodyLimit:
    """Refuses bodies over the limit by their Content-Length, or as soon as they pass it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _limit_for(scope["path"].removeprefix(scope.get("root_path", "")))
        headers = dict(scope["headers"])
        if b"content-length" in headers and b"transfer-encoding" in headers:
            # Two servers in a row could disagree where this request ends (RFC 9112 section 6.1).
            await self._malformed(scope, receive, send)
            return
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > limit:
            await self._refuse(scope, receive, send, limit)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise BodyTooLarge(f"a body here has at most {limit} bytes")
            return message

        try:
            await self._app(scope, counted, send)
        except BodyTooLarge:
            await self._refuse(scope, receive, send, limit)

    async def _malformed(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = problem_response(
            Request(scope),
            status=400,
            code="length-ambiguous",
            detail="a request has Content-Length or Transfer-Encoding, not both",
            headers={"Connection": "close"},
        )
        await response(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        response = problem_response(
            Request(scope),
            status=413,
            code=BodyTooLarge.code,
            detail=f"a body here has at most {limit} bytes",
        )
        await response(scope, receive, send)


def _limit_for(path: str) -> int:
    if path.endswith(BULK_SUFFIXES):
        return BULK_BODY_BYTES_MAX
    return AUTH_BODY_BYTES_MAX if path.startswith(AUTH_PREFIX) else BODY_BYTES_MAX
