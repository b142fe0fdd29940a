"""What one may ask `members` over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Id,
    Moment,
    Pii,
    Residency,
    ShortText,
    Words,
    personal,
)
from shared.contracts.times import AskedMoment

Kind = Literal["seller", "marketplace", "agent", "carrier", "officer", "operator"]
Scope = Annotated[str, Field(pattern=r"^[a-z]+:[a-z]+$", max_length=40)]
Identifiers = Annotated[
    dict[
        Annotated[str, Field(pattern=r"^[a-z]{2,10}$")],
        Annotated[str, Field(min_length=1, max_length=40)],
    ],
    Field(max_length=10),
]


class RegisterMember(Words):
    """A business or office that wants to act at this hub."""

    kind: Kind
    name: ShortText
    country: CountryCode
    identifiers: Identifiers = Field(default_factory=dict)


class MemberView(Words):
    """A member as it is known."""

    id: Id
    kind: Kind
    name: ShortText
    country: CountryCode
    identifiers: Identifiers
    registered_at: Moment


class NameContact(Words):
    """Whom officers, at the other hub too, may ask about a member's goods."""

    name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.SHARED)]
    phone: Annotated[ShortText | None, personal(Pii.CONTACT, Residency.SHARED)] = None
    email: Annotated[ShortText | None, personal(Pii.CONTACT, Residency.SHARED)] = None


class ContactView(NameContact):
    """A member's contact; `version` counts every change."""

    member_id: Id
    person_id: Id
    version: Annotated[int, Field(ge=1, le=2**53)]


class ContactErasedView(Words):
    """A member without a contact; `version` counts every change."""

    member_id: Id
    version: Annotated[int, Field(ge=1, le=2**53)]


class RegisterClient(Words):
    """A key for a member's software; without scopes it gets all its kind may have."""

    name: ShortText
    scopes: Annotated[tuple[Scope, ...], Field(max_length=40)] = ()


class ClientSecret(Words):
    """A client and its secret, shown this once."""

    client_id: Id
    client_secret: ShortText
    scopes: Annotated[tuple[Scope, ...], Field(max_length=40)]


class PublicKey(Words):
    """An Ed25519 key with which a client signs, as a JWK (RFC 8037)."""

    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    x: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class ClientKeys(Words):
    """A client's own keys: two while one replaces the other, none to use its secret again."""

    keys: Annotated[tuple[PublicKey, ...], Field(max_length=2)]


class ClientView(Words):
    """A client without its secret."""

    client_id: Id
    member_id: Id
    revoked: bool
    keys: Annotated[tuple[PublicKey, ...], Field(max_length=2)] = ()


class TokenReply(Words):
    """An access token (RFC 6749)."""

    access_token: Annotated[str, Field(max_length=4_000)]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (the name of a scheme)
    expires_in: Annotated[int, Field(ge=1, le=3_600)]
    scope: Annotated[str, Field(max_length=1_000)]


Scopes = Annotated[tuple[Scope, ...], Field(min_length=1, max_length=40)]


class GiveDelegation(Words):
    """Let an agent act for the caller; it can be given no more than the caller may do itself."""

    agent_id: Id
    scopes: Scopes
    valid_until: AskedMoment


class DelegationView(Words):
    """A delegation; over when withdrawn, or at `valid_until`."""

    id: Id
    member_id: Id
    agent_id: Id
    scopes: Scopes
    given_at: Moment
    valid_until: Moment
    withdrawn_at: Moment | None = None


class GiveConsent(Words):
    """Allow the caller's data to be used for one purpose, in this scope."""

    purpose: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$", max_length=60)]
    scope: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z]+([.-][a-z]+)*$", max_length=60)], ...],
        Field(min_length=1, max_length=40),
    ]
    valid_until: AskedMoment


class ConsentView(Words):
    """A consent; over when withdrawn, or at `valid_until`."""

    id: Id
    member_id: Id
    purpose: ShortText
    scope: Annotated[tuple[ShortText, ...], Field(max_length=40)]
    given_at: Moment
    valid_until: Moment
    withdrawn_at: Moment | None = None
