"""What one may ask `exchange` about people: peers for keys and their deletion, operators to erase
and to read one record in the clear."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import HubName, Moment, Text, Words
from shared.contracts.exchange.api import Base64, ReplicaView
from shared.contracts.exchange.events import Sequence

KEYS_AT_ONCE_MAX = 100
PEERS_MAX = 256

KeyName = Annotated[str, Field(pattern=r"^[a-z2-7]{26}$")]
PersonName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="the person's id in its hub's events, never a name",
    ),
]


class AskPersonKeys(Words):
    """Which keys the asking hub lacks to read what was shared with it."""

    keys: Annotated[tuple[KeyName, ...], Field(min_length=1, max_length=KEYS_AT_ONCE_MAX)]


class PersonKeyWords(Words):
    """A key, wrapped for the two hubs (RFC 3394); null once its person was erased."""

    key: KeyName
    wrapped: Base64 | None


class ShownPersonKeys(Words):
    """Those of the keys asked for that are the asking hub's to have."""

    keys: Annotated[tuple[PersonKeyWords, ...], Field(max_length=KEYS_AT_ONCE_MAX)]


class EraseKey(Words):
    """A key of the asking hub that must not exist any more."""

    key: KeyName


class ErasureReceiptWords(Words):
    """The signed word that no copy of a key is here, and none is taken."""

    body: Base64
    signature: Base64


class ErasePerson(Words):
    """The person of this hub whose data must be readable nowhere."""

    person: PersonName


class PeerErasure(Words):
    """A peer that could read a person's data, and what it signed for; null until it has."""

    peer: HubName
    key: KeyName
    receipt: ErasureReceiptWords | None


class ErasureView(Words):
    """How far the erasure of one person has come."""

    person: PersonName
    erased_at: Moment
    peers: Annotated[tuple[PeerErasure, ...], Field(max_length=PEERS_MAX)]


class OpenedReplicaView(ReplicaView):
    """One record in the clear; `unreadable` are the fields whose key was deleted."""

    unreadable: Annotated[
        tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=1_000)
    ] = ()


Purpose = Annotated[str, Field(min_length=1, max_length=200)]
Year = Annotated[int, Field(ge=1, le=9999)]


class PurposeView(Words):
    """How many persons' data left for one purpose; `counted` where the law's limit counts them."""

    purpose: Purpose
    persons: Sequence
    records: Sequence
    counted: bool


class TransferYearView(Words):
    """A year's persons. A token is of one pair of hubs: who buys through two counts twice."""

    year: Year
    purposes: Annotated[tuple[PurposeView, ...], Field(max_length=10_000)]
    persons_counted: Sequence
    persons_below: Annotated[
        Sequence | None, Field(description="the law's limit, null where it sets none")
    ]
    standing: Literal["no-limit", "below", "near", "reached"]
    rule: Annotated[str | None, Field(max_length=100)]
    citation: Text | None


class TransferView(Words):
    """One person's data that left for one peer and purpose in a year."""

    id: Sequence
    year: Year
    person: PersonName
    peer: HubName
    purpose: Purpose
    records: Sequence
    first_at: Moment
    last_at: Moment
