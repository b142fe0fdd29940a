"""Tokens that a hub's members service might have issued, and the key set that checks them."""

from collections.abc import Sequence

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.members.domain.token import TokenKey
from shared.kernel.clock import Clock
from shared.kernel.ids import derived_id

JWKS_URL = "http://members/.well-known/jwks.json"


def new_key_pem() -> str:
    """A fresh Ed25519 key."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class TokenOffice:
    """Issues tokens for one hub and shows the keys, as its members service would."""

    def __init__(self, hub: str, clock: Clock, *, pem: str | None = None) -> None:
        self.hub = hub
        self.clock = clock
        self.key = TokenKey.from_pem(pem or new_key_pem())
        self.revoked: list[str] = []

    def token(
        self,
        *scopes: str,
        member_id: str | None = None,
        client_id: str | None = None,
        kind: str = "marketplace",
        audience: str | None = None,
    ) -> str:
        """A token with these scopes, for a marketplace unless told otherwise."""
        claims = {
            "iss": self.hub,
            "aud": audience or self.hub,
            "sub": client_id or derived_id("cli", self.hub, "a client"),
            "member": member_id or derived_id("mbr", self.hub, "a member"),
            "kind": kind,
            "scope": " ".join(scopes),
            "jti": "a token",
        }
        return self.key.sign(claims, now=self.clock.now())

    def headers(self, *scopes: str, member_id: str | None = None) -> dict[str, str]:
        """The Authorization header with such a token."""
        return {"Authorization": f"Bearer {self.token(*scopes, member_id=member_id)}"}

    def transport(self) -> httpx.MockTransport:
        """Answers requests for the key set."""
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": [self.key.public_jwk], "revoked": self.revoked})


def all_scopes() -> Sequence[str]:
    """Every scope there is."""
    from services.members.domain.client import ALL_SCOPES

    return sorted(ALL_SCOPES)
