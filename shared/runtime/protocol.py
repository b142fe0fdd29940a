"""HTTP/1.1 with deadlines: whoever sends headers or a body too slowly, or too much, is cut off.

uvicorn waits for a half-sent request for ever, so a few hundred sleepy clients would hold every
connection there is. Each connection has HEADERS_S_MAX to say what it wants and BODY_S_MAX to send
it, and its headers may not be larger than HEADERS_BYTES_MAX.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADERS_S_MAX = 10.0
BODY_S_MAX = 15.0
HEADERS_BYTES_MAX = 16 * 1024
NOTHING_MORE = b"connection: close\r\ncontent-length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + NOTHING_MORE
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + NOTHING_MORE


class PatientProtocol(HttpToolsProtocol):
    """One connection of a client we do not trust to be quick."""

    headers_s_max = HEADERS_S_MAX
    body_s_max = BODY_S_MAX

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._in_headers = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_headers and self._header_bytes > HEADERS_BYTES_MAX:
            self._cut(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_headers, self._header_bytes = True, 0
        if self._deadline is None:  # the next request on a connection that was kept
            self._wait_for_headers()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._wait(self.body_s_max)
        if sum(len(name) + len(value) for name, value in self.headers) > HEADERS_BYTES_MAX:
            self._cut(TOO_LARGE)
            return
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stop_waiting()
        super().on_message_complete()

    def _wait_for_headers(self) -> None:
        self._wait(self.headers_s_max)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(seconds, self._cut, TOO_SLOW)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self, answer: bytes) -> None:
        """Say why, where no answer has begun, and close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            self.transport.write(answer)
        self.transport.close()
