"""Webhooks out: signatures that others can check, and attempts that always end."""

import asyncio
import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from shared.kernel.clock import SystemClock
from shared.web import webhooks
from shared.web.webhooks import (
    REPLY_BYTES_MAX,
    RETRY_AFTER,
    Answer,
    WebhookSender,
    new_secret,
    new_signing_key,
    public_key_of,
    signed_headers,
)
from tests.builders.receiver import receiving, status

BODY = b'{"type":"order.placed","data":{}}'
AT = datetime(2026, 9, 1, 12, tzinfo=UTC)


def signatures(headers: dict[str, str]) -> list[tuple[str, bytes]]:
    found = (one.split(",", 1) for one in headers["webhook-signature"].split(" "))
    return [(version, base64.b64decode(signature)) for version, signature in found]


def verify_v1a(public_key: str, headers: dict[str, str], body: bytes) -> None:
    """Check an asymmetric signature as a receiver would, from the specification alone."""
    raw = base64.b64decode(public_key.removeprefix("whpk_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    [signature] = [value for version, value in signatures(headers) if version == "v1a"]
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)


class TestSignatures:
    def test_match_the_published_example_of_the_specification(self) -> None:
        """Secret, id, time and signature are those of the Standard Webhooks reference tests."""
        headers = signed_headers(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            b'{"test": 2432232314}',
            at=datetime.fromtimestamp(1_614_265_330, UTC),
            keys=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        )

        assert headers["webhook-timestamp"] == "1614265330"
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_by_secret_are_accepted_by_the_public_library(self) -> None:
        secret = new_secret()
        headers = signed_headers("whd_1", BODY, at=SystemClock().now(), keys=[secret])

        assert Webhook(secret).verify(BODY, headers) == {"type": "order.placed", "data": {}}
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(BODY + b" ", headers)

    def test_by_key_are_accepted_by_its_public_half_alone(self) -> None:
        key = new_signing_key()
        headers = signed_headers("whd_1", BODY, at=AT, keys=[key])

        verify_v1a(public_key_of(key), headers, BODY)
        with pytest.raises(InvalidSignature):
            verify_v1a(public_key_of(new_signing_key()), headers, BODY)
        with pytest.raises(InvalidSignature):
            verify_v1a(public_key_of(key), {**headers, "webhook-id": "whd_2"}, BODY)

    def test_come_one_for_each_key_so_that_an_old_secret_stays_good(self) -> None:
        key, new, old = new_signing_key(), new_secret(), new_secret()
        headers = signed_headers("whd_1", BODY, at=SystemClock().now(), keys=[key, new, old])

        assert [version for version, _ in signatures(headers)] == ["v1a", "v1", "v1"]
        Webhook(new).verify(BODY, headers)
        Webhook(old).verify(BODY, headers)

    def test_use_secrets_of_256_bits_that_never_repeat(self) -> None:
        assert len({new_secret() for _ in range(100)}) == 100
        assert len(base64.b64decode(new_secret().removeprefix("whsec_"))) == 32
        assert new_signing_key().startswith("whsk_")
        assert public_key_of(new_signing_key()).startswith("whpk_")

    def test_are_plain_hmac_over_id_time_and_body(self) -> None:
        secret = new_secret()
        headers = signed_headers("whd_1", BODY, at=AT, keys=[secret])
        signed = b"whd_1.%d." % AT.timestamp() + BODY
        raw = base64.b64decode(secret.removeprefix("whsec_"))

        assert signatures(headers) == [("v1", hmac.digest(raw, signed, hashlib.sha256))]


class TestRetryTable:
    def test_waits_longer_each_time_and_ends_in_a_little_over_three_days(self) -> None:
        assert list(RETRY_AFTER) == sorted(RETRY_AFTER)
        assert sum(RETRY_AFTER, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


class TestSend:
    async def test_posts_the_body_and_its_headers(self) -> None:
        headers = signed_headers("whd_1", BODY, at=AT, keys=[new_secret()])
        async with receiving() as receiver, WebhookSender(loopback_allowed=True) as sender:
            answer = await sender.send(receiver.url, BODY, headers)

        [request] = receiver.received
        assert answer.received
        assert (answer.status, answer.error) == (204, "")
        assert (request.line, request.body) == ("POST /hooks HTTP/1.1", BODY)
        assert request.headers["content-type"] == "application/json"
        assert {k: v for k, v in request.headers.items() if k.startswith("webhook-")} == {
            k: v for k, v in headers.items() if k.startswith("webhook-")
        }

    async def test_does_not_follow_a_redirect(self) -> None:
        async with receiving() as receiver, WebhookSender(loopback_allowed=True) as sender:
            receiver.answer = lambda request: status(302, f"Location: {receiver.url}\r\n")
            answer = await sender.send(receiver.url, BODY, {})

        assert (answer.status, answer.received) == (302, False)
        assert len(receiver.received) == 1

    async def test_reads_no_more_than_four_kilobytes_of_an_answer(self) -> None:
        read = 0

        class Endless(httpx.AsyncByteStream):
            async def __aiter__(self):  # type: ignore[no-untyped-def]
                nonlocal read
                while True:
                    read += 1_024
                    yield b"x" * 1_024

        transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Endless()))
        async with WebhookSender(transport=transport) as sender:
            answer = await sender.send("https://shop.example/", BODY, {})

        assert (answer.status, read) == (200, REPLY_BYTES_MAX)

    async def test_keeps_no_cookie(self) -> None:
        async with receiving() as receiver, WebhookSender(loopback_allowed=True) as sender:
            receiver.answer = lambda request: status(200, "Set-Cookie: track=1\r\n")
            await sender.send(receiver.url, BODY, {})
            await sender.send(receiver.url, BODY, {})

        assert "cookie" not in receiver.received[1].headers

    async def test_gives_up_when_the_time_is_over(self) -> None:
        class Silent(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                await asyncio.Event().wait()
                raise AssertionError

        sender = WebhookSender(transport=Silent(), total_s=0.01)
        async with sender, asyncio.timeout(10):
            answer = await sender.send("https://shop.example/", BODY, {})

        assert (answer.status, answer.error) == (None, "timeout")
        assert webhooks.TOTAL_S == 15

    @pytest.mark.parametrize(
        ("url", "error"),
        [
            ("http://127.0.0.1:9/", "webhook-url-refused"),
            ("https://10.0.0.1/", "webhook-url-refused"),
            ("https://no-such-name.invalid/", "connection-failed"),
        ],
    )
    async def test_answers_with_a_word_when_there_is_no_status(self, url: str, error: str) -> None:
        async with WebhookSender() as sender:
            answer = await sender.send(url, BODY, {})

        assert (answer.status, answer.error, answer.received) == (None, error, False)

    async def test_answers_with_a_word_when_the_answer_makes_no_sense(self) -> None:
        async with receiving() as receiver, WebhookSender(loopback_allowed=True) as sender:
            receiver.answer = lambda request: b"SSH-2.0-OpenSSH\r\n"
            answer = await sender.send(receiver.url, BODY, {})

        assert (answer.status, answer.error) == (None, "protocol-error")


class TestAnswer:
    @pytest.mark.parametrize("code", [200, 201, 204, 299])
    def test_in_the_two_hundreds_is_received(self, code: int) -> None:
        assert Answer(status=code, error="", took_ms=1).received

    @pytest.mark.parametrize("code", [100, 301, 400, 410, 500, None])
    def test_otherwise_is_not(self, code: int | None) -> None:
        assert not Answer(status=code, error="", took_ms=1).received
