"""An API client: the key a member's software holds. Two secrets may be valid while one rotates."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.members.domain.member import MemberKind
from shared.kernel.errors import Forbidden, Rejected, Unauthenticated

OVERLAP = timedelta(days=7)
"""How long the secret before the newest stays good after a rotation."""

SCOPES: Mapping[MemberKind, frozenset[str]] = {
    MemberKind.SELLER: frozenset(
        {
            "members:read",
            "orders:read",
            "orders:answer",
            "logistics:read",
            "logistics:write",
            "payments:read",
            "payments:write",
            "permits:read",
            "permits:write",
            "customs:read",
            "customs:write",
        }
    ),
    MemberKind.MARKETPLACE: frozenset(
        {
            "members:read",
            "orders:read",
            "orders:write",
            "logistics:read",
            "logistics:write",
            "payments:read",
            "payments:write",
            "permits:read",
            "customs:read",
            "customs:write",
        }
    ),
    MemberKind.AGENT: frozenset(
        {
            "orders:read",
            "logistics:read",
            "logistics:write",
            "permits:read",
            "permits:write",
            "customs:read",
            "customs:write",
        }
    ),
    MemberKind.CARRIER: frozenset({"logistics:read", "logistics:write", "logistics:carry"}),
    MemberKind.OFFICER: frozenset(
        {
            "customs:read",
            "customs:decide",
            "permits:read",
            "permits:decide",
            "logistics:read",
            "exchange:open",
        }
    ),
}
"""The widest scopes each kind of member may be given; an operator may have them all."""

ALL_SCOPES: frozenset[str] = frozenset().union(
    *SCOPES.values(), {"members:write", "hub:operate", "exchange:read", "orders:arbitrate"}
)


class ScopeNotAllowed(Forbidden):
    """This kind of member may not be given, or did not get, the scope asked for."""

    code = "members.scope-not-allowed"


class ClientCredentialsInvalid(Unauthenticated):
    """Client id and secret do not go together, or the client was revoked."""

    code = "members.client-credentials-invalid"


class ClientRevokedAlready(Rejected):
    """A revoked client stays revoked; register a new one."""

    code = "members.client-revoked"


def allowed_scopes(kind: MemberKind) -> frozenset[str]:
    """Return the widest scopes a client of this kind of member may have."""
    return ALL_SCOPES if kind is MemberKind.OPERATOR else SCOPES[kind]


def new_secret(profile: str) -> str:
    """Return a fresh secret of 256 random bits, recognisable to secret scanners."""
    return f"eroad_{profile}_{secrets.token_urlsafe(32)}"


def hash_of(secret: str) -> str:
    """Return what is kept of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class ApiClient:
    """One key of one member."""

    id: str
    member_id: str
    name: str
    scopes: frozenset[str]
    secret_hash: str
    old_secret_hash: str | None = None
    old_secret_until: datetime | None = None
    revoked_at: datetime | None = None
    public_keys: tuple[str, ...] = ()
    """Ed25519 keys, as `x` of their JWK; with any of them the secret is good for nothing."""

    def with_keys(self, keys: Sequence[str]) -> "ApiClient":
        """Return this client proving itself by these keys, or by its secret when there are none."""
        if self.revoked_at is not None:
            raise ClientRevokedAlready(f"client {self.id} was revoked")
        return replace(self, public_keys=tuple(keys))

    def rotated(self, secret: str, *, now: datetime) -> "ApiClient":
        """Return this client with a new secret, the old one good for a while longer."""
        if self.revoked_at is not None:
            raise ClientRevokedAlready(f"client {self.id} was revoked")
        return replace(
            self,
            secret_hash=hash_of(secret),
            old_secret_hash=self.secret_hash,
            old_secret_until=now + OVERLAP,
        )

    def revoked(self, *, now: datetime) -> "ApiClient":
        """Return this client revoked for good."""
        return replace(self, revoked_at=self.revoked_at or now)

    def granted(self, secret: str, wanted: frozenset[str], *, now: datetime) -> frozenset[str]:
        """Return the scopes a token may carry, or raise for a wrong secret or a scope not had."""
        given = hash_of(secret)
        good = hmac.compare_digest(given, self.secret_hash)
        if self.old_secret_hash and self.old_secret_until and now < self.old_secret_until:
            good = hmac.compare_digest(given, self.old_secret_hash) or good
        if not good or self.public_keys:
            raise ClientCredentialsInvalid("the client id and secret are not valid")
        return self.scopes_for(wanted)

    def scopes_for(self, wanted: frozenset[str]) -> frozenset[str]:
        """Return the scopes of a token for this client, which has proved itself, or raise."""
        if self.revoked_at is not None:
            raise ClientCredentialsInvalid("the client id and secret are not valid")
        if not wanted <= self.scopes:
            missing = " ".join(sorted(wanted - self.scopes))
            raise ScopeNotAllowed(f"this client does not have: {missing}", field="scope")
        return wanted or self.scopes
