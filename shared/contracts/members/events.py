"""What `members` says: who may act here, and which of their keys still count."""

from shared.contracts.event import CountryCode, Event, HubName, Id, ShortText


class MemberRegistered(Event, wire_name="members.member-registered.v1", leaves_hub=True):
    """A business (seller, marketplace, agent) or an office joined this hub."""

    member_id: Id
    hub: HubName
    kind: ShortText
    name: ShortText
    country: CountryCode


class ClientRegistered(Event, wire_name="members.client-registered.v1"):
    """A member received an API client; its secret was shown once."""

    client_id: ShortText
    member_id: Id


class ClientRevoked(Event, wire_name="members.client-revoked.v1"):
    """An API client must no longer be served, whatever its tokens say."""

    client_id: ShortText
    member_id: Id


EVENTS: tuple[type[Event], ...] = (MemberRegistered, ClientRegistered, ClientRevoked)
