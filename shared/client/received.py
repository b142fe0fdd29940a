"""Check and read a webhook (Standard Webhooks): who signed it, when, and what it says."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import TypeAdapter

from shared.contracts.orders.webhooks import EndpointMessage, GuidanceMessage, OrderMessage
from shared.kernel.strict_json import read_json

TOLERANCE = timedelta(minutes=5)
"""A message further from now is old or from the future: perhaps sent again by somebody else."""
SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix that marks a secret)
PUBLIC_PREFIX = "whpk_"
WebhookMessage = EndpointMessage | GuidanceMessage | OrderMessage
_MESSAGE: TypeAdapter[WebhookMessage] = TypeAdapter(WebhookMessage)


class WebhookForged(Exception):
    """No signature fits the key, the message is not of now, or it means more than one thing.

    Answer 400 and do nothing.
    """


def read_webhook(
    headers: Mapping[str, str], body: bytes, *, key: str, now: datetime
) -> WebhookMessage:
    """Return the message, or raise WebhookForged. `key` is the secret or the public key.

    The `webhook-id` stays the same at every try: keep it, and drop what comes twice.
    """
    named = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = named["webhook-id"], named["webhook-timestamp"]
        sent_at = datetime.fromtimestamp(int(timestamp), tz=now.tzinfo)
        signatures = named["webhook-signature"].split()
    except (KeyError, ValueError, OverflowError) as error:
        raise WebhookForged("the headers of a webhook are missing") from error
    if abs(now - sent_at) > TOLERANCE:
        raise WebhookForged("the message is not of now")
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    if not any(_fits(signature, content, key) for signature in signatures):
        raise WebhookForged("no signature fits")
    try:
        read_json(body)
    except ValueError as error:
        raise WebhookForged("the body is not JSON that means one thing") from error
    return _MESSAGE.validate_json(body, extra="ignore")


def _fits(signature: str, content: bytes, key: str) -> bool:
    """Whether one signature of the message was made with this key."""
    version, _, text = signature.partition(",")
    try:
        given = base64.b64decode(text, validate=True)
        raw = base64.b64decode(key.removeprefix(SECRET_PREFIX).removeprefix(PUBLIC_PREFIX))
        if version == "v1" and key.startswith(SECRET_PREFIX):
            return hmac.compare_digest(given, hmac.digest(raw, content, hashlib.sha256))
        if version == "v1a" and key.startswith(PUBLIC_PREFIX):
            Ed25519PublicKey.from_public_bytes(raw).verify(given, content)
            return True
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return False
