"""What one may ask `members` over HTTP."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import CountryCode, Id, Moment, ShortText, Words

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


class RegisterClient(Words):
    """A key for a member's software; without scopes it gets all its kind may have."""

    name: ShortText
    scopes: Annotated[tuple[Scope, ...], Field(max_length=40)] = ()


class ClientSecret(Words):
    """A client and its secret, shown this once."""

    client_id: Id
    client_secret: ShortText
    scopes: Annotated[tuple[Scope, ...], Field(max_length=40)]


class ClientView(Words):
    """A client without its secret."""

    client_id: Id
    member_id: Id
    revoked: bool


class TokenReply(Words):
    """An access token (RFC 6749)."""

    access_token: Annotated[str, Field(max_length=4_000)]
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (the name of a scheme)
    expires_in: Annotated[int, Field(ge=1, le=3_600)]
    scope: Annotated[str, Field(max_length=1_000)]
