"""What `members` says: who may act here, and which of their keys still count."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import (
    CountryCode,
    Event,
    HubName,
    Id,
    Moment,
    Pii,
    Residency,
    ShortText,
    personal,
)


class MemberRegistered(Event, wire_name="members.member-registered.v1", leaves_hub=True):
    """A business (seller, marketplace, agent) or an office joined this hub."""

    member_id: Id
    hub: HubName
    kind: ShortText
    name: ShortText
    country: CountryCode


class ContactNamed(Event, wire_name="members.contact-named.v1", leaves_hub=True):
    """Whom the other hub's officers ask about a member's goods; the newest version counts.

    A person keeps `person_id` while a member's contact; whoever comes after is another person.
    """

    member_id: Id
    person_id: Id
    contact_name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.SHARED, of="person_id")]
    contact_phone: Annotated[
        ShortText | None, personal(Pii.CONTACT, Residency.SHARED, of="person_id")
    ] = None
    contact_email: Annotated[
        ShortText | None, personal(Pii.CONTACT, Residency.SHARED, of="person_id")
    ] = None


class ContactErased(Event, wire_name="members.contact-erased.v1"):
    """A person is no contact any more: what was said of it must be readable nowhere."""

    member_id: Id
    person_id: Id
    erased_at: Moment


class ClientRegistered(Event, wire_name="members.client-registered.v1"):
    """A member received an API client; its secret was shown once."""

    client_id: ShortText
    member_id: Id


class ClientRevoked(Event, wire_name="members.client-revoked.v1"):
    """An API client must no longer be served, whatever its tokens say."""

    client_id: ShortText
    member_id: Id


class DelegationGiven(Event, wire_name="members.delegation-given.v1"):
    """A member lets an agent act for it, in these matters and until then."""

    delegation_id: Id
    member_id: Id
    agent_id: Id
    scopes: Annotated[tuple[ShortText, ...], Field(max_length=40)]
    valid_until: Moment
    given_at: Moment


class DelegationWithdrawn(Event, wire_name="members.delegation-withdrawn.v1"):
    """An agent must no longer act for a member, whatever its tokens say."""

    delegation_id: Id
    member_id: Id
    agent_id: Id
    withdrawn_at: Moment


class ConsentGiven(Event, wire_name="members.consent-given.v1"):
    """A member allows its data to be used for one purpose, in this scope and until then."""

    consent_id: Id
    member_id: Id
    purpose: ShortText
    scope: Annotated[tuple[ShortText, ...], Field(max_length=40)]
    valid_until: Moment
    given_at: Moment


class ConsentWithdrawn(Event, wire_name="members.consent-withdrawn.v1"):
    """A member no longer allows that use of its data."""

    consent_id: Id
    member_id: Id
    purpose: ShortText
    withdrawn_at: Moment


EVENTS: tuple[type[Event], ...] = (
    MemberRegistered,
    ContactNamed,
    ContactErased,
    ClientRegistered,
    ClientRevoked,
    DelegationGiven,
    DelegationWithdrawn,
    ConsentGiven,
    ConsentWithdrawn,
)
