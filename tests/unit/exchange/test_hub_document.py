"""Hub documents: whose word counts, the order of the checks, and versions that only go up."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.exchange.domain.hub_document import (
    DOCUMENT_BYTES_MAX,
    DocumentReason,
    DocumentRefused,
    HubDocument,
    document_key,
    new_document,
    read_document,
    sign_document,
)
from services.exchange.domain.keys import PeerKey, SigningKey
from services.exchange.domain.peer import ALWAYS_FROM, ALWAYS_UNTIL

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT, OTHER, SIGNING = (SigningKey.of(Ed25519PrivateKey.generate()) for _ in range(3))


def pinned(key: SigningKey) -> PeerKey:
    return PeerKey.of(key.private.public_key(), nbf=ALWAYS_FROM, exp=ALWAYS_UNTIL)


def document(version: int = 1, *, hub: str = "my-kul", days: int = 90) -> HubDocument:
    key = document_key(SIGNING, nbf=NOW - DAY, exp=NOW + 400 * DAY)
    return new_document(hub, [key], version=version, issued=NOW, expires=NOW + days * DAY)


def read(
    envelope: bytes,
    *,
    now: datetime | None = NOW,
    held: tuple[int, bytes] | None = None,
) -> HubDocument:
    return read_document(envelope, hub="my-kul", root=pinned(ROOT), now=now, held=held)


def refused(envelope: bytes, **given: object) -> DocumentReason:
    with pytest.raises(DocumentRefused) as caught:
        read(envelope, **given)  # type: ignore[arg-type]
    assert caught.value.details["reason"] == caught.value.reason.value
    return caught.value.reason


class TestReading:
    def test_gives_back_what_the_root_signed(self) -> None:
        assert read(sign_document(document(), ROOT)) == document()

    def test_no_key_outlives_its_document(self) -> None:
        [key] = read(sign_document(document(days=90), ROOT)).ring_keys()
        assert key.kid == SIGNING.kid
        assert key.covers(NOW + 89 * DAY)
        assert not key.covers(NOW + 91 * DAY)

    def test_the_same_document_again_is_fine(self) -> None:
        envelope = sign_document(document(3), ROOT)
        assert read(envelope, held=(3, envelope)).version == 3


class TestRefusing:
    def test_one_that_is_too_long_before_reading_it(self) -> None:
        assert refused(b" " * (DOCUMENT_BYTES_MAX + 1)) is DocumentReason.OVERSIZE

    @pytest.mark.parametrize("text", [b"", b"{}", b"\xff", b"[]", b'{"payloadType":"x"}'])
    def test_what_is_no_envelope(self, text: bytes) -> None:
        assert refused(text) is DocumentReason.MALFORMED

    def test_one_that_another_root_signed(self) -> None:
        assert refused(sign_document(document(), OTHER)) is DocumentReason.WRONG_SIGNATURE

    def test_one_that_the_hubs_own_signing_key_signed(self) -> None:
        assert refused(sign_document(document(), SIGNING)) is DocumentReason.WRONG_SIGNATURE

    def test_every_altered_byte_of_the_payload(self) -> None:
        envelope = msgspec.json.decode(sign_document(document(), ROOT))
        payload = bytearray(envelope["payload"].encode())
        for at in range(0, len(payload) - 4, 7):
            changed = bytearray(payload)
            changed[at] = ord("A") if changed[at] != ord("A") else ord("B")
            altered = msgspec.json.encode({**envelope, "payload": changed.decode()})
            assert refused(altered) in (DocumentReason.WRONG_SIGNATURE, DocumentReason.MALFORMED)

    def test_one_of_another_hub_under_the_same_root(self) -> None:
        assert refused(sign_document(document(hub="cn-hgh"), ROOT)) is DocumentReason.WRONG_HUB

    def test_one_that_is_older_than_the_one_held(self) -> None:
        held = sign_document(document(3), ROOT)
        older = sign_document(document(2), ROOT)
        assert refused(older, held=(3, held)) is DocumentReason.OLDER_VERSION

    def test_another_one_under_the_number_held(self) -> None:
        held = sign_document(document(3), ROOT)
        other = sign_document(document(3, days=80), ROOT)
        assert refused(other, held=(3, held)) is DocumentReason.CONTRADICTION

    def test_one_that_has_expired_unless_clocks_may_differ(self) -> None:
        envelope = sign_document(document(days=10), ROOT)
        assert refused(envelope, now=NOW + 10 * DAY) is DocumentReason.EXPIRED
        assert read(envelope, now=None).version == 1

    def test_a_key_whose_name_is_not_its_thumbprint(self) -> None:
        [key] = document().keys
        lying = msgspec.structs.replace(key, kid=OTHER.kid)
        envelope = sign_document(msgspec.structs.replace(document(), keys=(lying,)), ROOT)
        assert refused(envelope) is DocumentReason.MALFORMED
