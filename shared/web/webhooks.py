"""Webhooks out, as Standard Webhooks describes them: signed, timed, tried again by a fixed table.

https://www.standardwebhooks.com: `v1` is an HMAC with a secret both sides know, `v1a` an Ed25519
signature that the receiver checks with a public key. A message carries one of each, and during a
rotation a second `v1` with the old secret.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared.web.public_only import PublicOnly, UrlRefused

RETRY_AFTER: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long to wait after each failed attempt: ten attempts in a little over three days."""
TOTAL_S = 15.0
"""The receiver has this long for everything: name, connection, answer."""
CONNECT_S = 5.0
REPLY_BYTES_MAX = 4_096
"""What is read of an answer, and thrown away; its status is all that counts."""
SECRET_BYTES = 32
USER_AGENT = "eroad-webhooks/0.1"

SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix that marks a secret)
PRIVATE_PREFIX = "whsk_"
PUBLIC_PREFIX = "whpk_"


def new_secret() -> str:
    """Return a fresh secret for `v1`."""
    return SECRET_PREFIX + _text(secrets.token_bytes(SECRET_BYTES))


def new_signing_key() -> str:
    """Return a fresh private key for `v1a`."""
    return PRIVATE_PREFIX + _text(Ed25519PrivateKey.generate().private_bytes_raw())


def public_key_of(signing_key: str) -> str:
    """Return what the receiver needs to check signatures of a private key."""
    return PUBLIC_PREFIX + _text(_private(signing_key).public_key().public_bytes_raw())


def signed_headers(
    message_id: str, body: bytes, *, at: datetime, keys: Sequence[str]
) -> dict[str, str]:
    """Return the headers of a message, with a signature by each key, in their order."""
    timestamp = str(int(at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, content) for key in keys),
    }


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one attempt: a status, or a word for why there is none."""

    status: int | None
    error: str
    took_ms: int

    @property
    def received(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class WebhookSender:
    """Delivers messages, straight through a transport.

    A client would follow redirects, keep cookies and take proxies from the environment.
    """

    def __init__(
        self,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        loopback_allowed: bool = False,
        total_s: float = TOTAL_S,
    ) -> None:
        self._transport = transport or PublicOnly(loopback_allowed=loopback_allowed)
        self._total_s = total_s
        self._timeouts = httpx.Timeout(total_s, connect=min(CONNECT_S, total_s)).as_dict()

    async def __aenter__(self) -> "WebhookSender":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._transport.aclose()

    async def send(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Make one attempt; whatever goes wrong out there is an answer, not an exception."""
        started = time.perf_counter()
        status: int | None = None
        error = ""
        try:
            async with asyncio.timeout(self._total_s):
                status = await self._status(url, body, headers)
        except UrlRefused as refused:
            error = refused.code
        except (TimeoutError, httpx.TimeoutException):
            error = "timeout"
        except httpx.ConnectError:
            error = "connection-failed"
        except (httpx.HTTPError, httpx.InvalidURL):
            error = "protocol-error"
        took_ms = int((time.perf_counter() - started) * 1_000)
        return Answer(status=status, error=error, took_ms=took_ms)

    async def _status(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        request = httpx.Request(
            "POST",
            url,
            content=body,
            headers={**headers, "user-agent": USER_AGENT, "connection": "close"},
            extensions={"timeout": self._timeouts},
        )
        response = await self._transport.handle_async_request(request)
        try:
            seen = 0
            async for chunk in response.aiter_raw():
                seen += len(chunk)
                if seen >= REPLY_BYTES_MAX:
                    break
        finally:
            await response.aclose()
        return response.status_code


def _signature(key: str, content: bytes) -> str:
    if key.startswith(SECRET_PREFIX):
        secret = base64.b64decode(key.removeprefix(SECRET_PREFIX))
        return "v1," + _text(hmac.digest(secret, content, hashlib.sha256))
    return "v1a," + _text(_private(key).sign(content))


def _private(signing_key: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        base64.b64decode(signing_key.removeprefix(PRIVATE_PREFIX))
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
