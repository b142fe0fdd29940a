"""Reading a webhook: signed by the right key, of now, and meaning one thing."""

from datetime import UTC, datetime

import pytest

from shared.client import WebhookForged, read_webhook
from shared.web.webhooks import new_secret, signed_headers

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
BODY = (
    b'{"type": "endpoint.disabled", "timestamp": "2026-09-01T12:00:00Z", "data": {"endpoint_id":'
    b' "whe_cn-hgh_01arz3ndektsv4rrffq69g5fav", "url": "https://shop.example/hooks",'
    b' "reason": "gone", "disabled_at": "2026-09-01T12:00:00Z"}}'
)


def read(body: bytes) -> str:
    secret = new_secret()
    headers = signed_headers("whd_1", body, at=NOW, keys=[secret])
    return read_webhook(headers, body, key=secret, now=NOW).type


class TestReadWebhook:
    def test_tells_what_it_is_about(self) -> None:
        assert read(BODY) == "endpoint.disabled"

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(BODY.decode().encode("utf-16"), id="UTF-16"),
            pytest.param(BODY.replace(b'"reason"', b'"reason": "failing", "reason"'), id="twice"),
        ],
    )
    def test_refuses_a_signed_body_that_two_readers_take_differently(self, body: bytes) -> None:
        with pytest.raises(WebhookForged):
            read(body)
