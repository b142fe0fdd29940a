"""Keys are named by their thumbprint and sign what they are told, and nothing else."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import ec

from services.exchange.domain.dsse import FRAME, RECEIPT, pre_authentication_encoding
from services.exchange.domain.keys import KeyRing, KeyUnusable, PeerKey, SigningKey
from tests.builders.eroad import NOW, a_key, a_peer_key, a_ring

# RFC 8037, appendix A.1 and A.3.
RFC_JWK = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
RFC_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
NBF, EXP = NOW - timedelta(days=1), NOW + timedelta(days=1)


class TestPreAuthenticationEncoding:
    def test_is_that_of_the_dsse_protocol(self) -> None:
        encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")

        assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


class TestSigningKey:
    def test_has_the_thumbprint_of_rfc_8037(self) -> None:
        assert SigningKey.from_jwk(RFC_JWK).kid == RFC_THUMBPRINT

    def test_is_read_from_pem(self) -> None:
        key = a_key()
        pem = key.private.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())

        assert SigningKey.from_pem(pem).kid == key.kid

    def test_is_read_from_encrypted_pem_with_the_password_only(self) -> None:
        pem = a_key().private.private_bytes(
            s.Encoding.PEM, s.PrivateFormat.PKCS8, s.BestAvailableEncryption(b"open sesame")
        )

        assert SigningKey.from_pem(pem, password=b"open sesame").kid == a_key().kid
        for password in (None, b"wrong"):
            with pytest.raises(KeyUnusable):
                SigningKey.from_pem(pem, password=password)

    def test_refuses_another_kind_of_key(self) -> None:
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()
        )

        with pytest.raises(KeyUnusable, match="Ed25519"):
            SigningKey.from_pem(pem)

    @pytest.mark.parametrize(
        "change",
        [
            {"x": a_key().public_jwk()["x"]},
            {"d": "AAAA"},
            {"d": "not base64!"},
            {"d": ""},
            {"crv": "X25519"},
            {"kty": "EC"},
        ],
    )
    def test_refuses_a_jwk_that_is_not_its_own(self, change: dict[str, str]) -> None:
        with pytest.raises(KeyUnusable):
            SigningKey.from_jwk({**RFC_JWK, **change})

    def test_never_shows_its_private_half(self) -> None:
        key = SigningKey.from_jwk(RFC_JWK)

        assert "d" not in key.public_jwk()
        assert repr(key) == f"SigningKey(kid='{RFC_THUMBPRINT}')"


class TestPeerKey:
    def test_verifies_what_its_owner_signed_and_nothing_else(self) -> None:
        key, peer = a_key(), a_peer_key(a_key())
        signature = key.sign(FRAME, b"body")

        assert peer.verifies(FRAME, b"body", signature)
        assert not peer.verifies(FRAME, b"bodY", signature)
        assert not peer.verifies(RECEIPT, b"body", signature)
        assert not peer.verifies(FRAME, b"body", signature[:-1])
        assert not a_peer_key(a_key(2)).verifies(FRAME, b"body", signature)

    def test_is_read_from_pem_and_jwk(self) -> None:
        public = a_key().private.public_key()
        pem = public.public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo)

        assert PeerKey.from_pem(pem, nbf=NBF, exp=EXP).kid == a_key().kid
        assert PeerKey.from_jwk(a_key().public_jwk(), nbf=NBF, exp=EXP).kid == a_key().kid

    def test_refuses_a_kid_that_another_key_has(self) -> None:
        jwk = {**a_key(1).public_jwk(), "kid": a_key(2).kid}

        with pytest.raises(KeyUnusable, match="thumbprint"):
            PeerKey.from_jwk(jwk, nbf=NBF, exp=EXP)

    def test_refuses_unreadable_text(self) -> None:
        with pytest.raises(KeyUnusable):
            PeerKey.from_pem(b"-----BEGIN PUBLIC KEY-----", nbf=NBF, exp=EXP)

    def test_covers_its_window_from_the_first_moment_until_before_the_last(self) -> None:
        key = PeerKey.from_jwk(a_key().public_jwk(), nbf=NBF, exp=EXP)
        moment = timedelta(microseconds=1)

        assert key.covers(key.nbf)
        assert not key.covers(key.nbf - moment)
        assert key.covers(key.exp - moment)
        assert not key.covers(key.exp)

    def test_needs_a_window_that_ends_after_it_begins(self) -> None:
        with pytest.raises(KeyUnusable):
            PeerKey.from_jwk(a_key().public_jwk(), nbf=NOW, exp=NOW)
        with pytest.raises(KeyUnusable):
            PeerKey.from_jwk(
                a_key().public_jwk(), nbf=NOW.replace(tzinfo=None), exp=NOW.replace(tzinfo=None)
            )


class TestKeyRing:
    def test_knows_its_keys_by_kid(self) -> None:
        ring = a_ring(a_key(1), a_key(2))

        assert ring.get(a_key(2).kid) == a_peer_key(a_key(2))
        assert ring.get(a_key(3).kid) is None

    def test_has_room_for_so_many_keys_only(self) -> None:
        with pytest.raises(KeyUnusable, match="more than 16"):
            KeyRing("my-kul", [a_peer_key(a_key(seed)) for seed in range(17)])
