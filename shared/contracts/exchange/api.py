"""What one may ask `exchange` over HTTP: peers for frames, operators for states and proofs."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import HubName, Id, Moment, ShortText, Text, Words
from shared.contracts.exchange.events import Sequence
from shared.contracts.times import AskedMoment

STREAMS_MAX = 10_000
RECEIPTS_MAX = 200
ROWS_MAX = 1_000

StreamName = Annotated[
    str,
    Field(pattern=r"^[a-z]{2}-[a-z]{3}/[a-z]{2}-[a-z]{3}/[a-z]{1,40}/[0-9]{1,4}$", max_length=120),
]
Role = Literal["origin", "destination"]
TransportName = Literal["kafka", "feed"]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Base64 = Annotated[str, Field(max_length=4_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]


class AskFeed(Words):
    """The last sequence number the asking hub has of each stream, and how long it may wait."""

    positions: Annotated[dict[StreamName, Sequence], Field(max_length=STREAMS_MAX)]
    wait_s: Annotated[int, Field(strict=True, ge=0, le=10)] = 0
    held: Annotated[
        tuple[StreamName, ...],
        Field(max_length=STREAMS_MAX, description="streams to leave out of the answer"),
    ] = ()


class AskFrames(Words):
    """A range of record numbers of one stream: the frames that hold any of them."""

    stream: StreamName
    first: Sequence
    last: Sequence


class AskSnapshot(Words):
    """A stream whose next frames are no longer kept: where the asking hub stands in it, and how
    many parts it has of which snapshot."""

    stream: StreamName
    seq: Sequence
    snapshot: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    after: Annotated[int, Field(strict=True, ge=0, le=2_000)] = 0


class GiveSnapshotReceipt(Words):
    """A signed receipt for the whole snapshot of a stream of the hub that is asked."""

    stream: StreamName
    body: Base64
    signature: Base64


class KeptSnapshotReceipt(Words):
    """Whether the receipt is for the snapshot that this hub gave, and was kept."""

    kept: bool


class ReceiptWords(Words):
    """A signed receipt for the frame that begins with number `first`."""

    stream: StreamName
    first: Sequence
    body: Base64
    signature: Base64


class GiveReceipts(Words):
    """Receipts for frames of the hub that is asked."""

    receipts: Annotated[tuple[ReceiptWords, ...], Field(min_length=1, max_length=RECEIPTS_MAX)]


class RefusedReceipt(Words):
    """A receipt that was not kept, and the check it fails."""

    stream: StreamName
    first: Sequence
    reason: ShortText


class Taken(Words):
    """How many receipts were kept, and which were not."""

    taken: Annotated[int, Field(ge=0, le=RECEIPTS_MAX)]
    refused: Annotated[tuple[RefusedReceipt, ...], Field(max_length=RECEIPTS_MAX)] = ()


class ProjectionView(Words):
    """One end of a stream and the hash of all it holds; equal ends have equal hashes."""

    stream: StreamName
    role: Role
    seq: Sequence
    hash: Hash
    chain: Hash


class StreamView(Words):
    """One end of a stream as an operator sees it."""

    stream: StreamName
    role: Role
    seq: Sequence
    acknowledged_seq: Sequence
    epoch: Sequence
    chain: Hash
    set_aside: Sequence
    stop_reason: ShortText | None = None
    stop_detail: Annotated[str | None, Field(max_length=2_000)] = None
    frozen: Annotated[bool, Field(description="a fork was seen; it takes nothing until thawed")] = (
        False
    )
    waiting_since: Annotated[
        Moment | None, Field(description="when the oldest frame without a receipt was closed")
    ] = None


STREAMS_ASKED_MAX = 2_000


class FramedStream(Words):
    """A stream of the asking hub, and the last number that it still has framed itself."""

    stream: StreamName
    seq: Sequence


class AskHeldStreams(Words):
    """The epoch that the asking hub begins, and its streams as its backup has them. Frames of
    epochs before are then taken no further than they are framed there or taken here."""

    epoch: Annotated[int, Field(ge=1, le=2**53 - 1)]
    framed: Annotated[list[FramedStream], Field(max_length=STREAMS_ASKED_MAX)]


class HeldStream(Words):
    """A stream of the asking hub, and the last number of it that the answering hub has taken."""

    stream: StreamName
    seq: Sequence


class AskHeldFrames(Words):
    """A stream of the asking hub, and the last number that this hub still has itself."""

    stream: StreamName
    after: Sequence


class HeldFrameWords(Words):
    """A frame that the asking hub signed, and the receipt it was given."""

    header: Base64
    signature: Base64
    value: Annotated[str, Field(max_length=1_400_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
    receipt: Base64
    receipt_signature: Base64


class AskTreeHead(Words):
    """The newest head that the asking hub holds of the log; size 0 where it holds none."""

    epoch: Sequence
    size: Sequence


class ShownTreeHead(Words):
    """A signed tree head, and the consistency proof from the one that was named (RFC 9162)."""

    body: Base64
    signature: Base64
    path: Annotated[tuple[Base64, ...], Field(max_length=128)]


class LogView(Words):
    """The newest head of one hub's evidence log."""

    hub: HubName
    epoch: Sequence
    size: Sequence
    root: Hash
    signed_at: Moment
    contradictions: Annotated[
        int, Field(ge=0, description="pairs of its heads that can't both be true; each is kept")
    ] = 0


class AsideView(Words):
    """A record of a good frame that could not be applied, or that waits behind such a one."""

    id: Sequence
    stream: StreamName
    seq: Sequence
    subject: Annotated[str, Field(max_length=200)]
    reason: ShortText
    detail: Annotated[str, Field(max_length=2_000)]
    quarantined_at: Moment


class ReplayedRecords(Words):
    """How many records were applied, the one asked for and those of its subject."""

    replayed: Sequence


class NameStream(Words):
    """One stream."""

    stream: StreamName


class StreamThawed(Words):
    """A stream that takes frames again."""

    stream: StreamName


class RowView(Words):
    """The newest record of one subject and type on a stream."""

    subject: Annotated[str, Field(max_length=200)]
    type: ShortText
    seq: Sequence
    line_hash: Hash


class ReplicaView(Words):
    """The newest record that a peer shared of one subject, now or at the moment asked for."""

    origin: HubName
    type: ShortText
    subject: Annotated[str, Field(max_length=200)]
    stream: StreamName
    seq: Sequence
    version: Annotated[
        int, Field(ge=0, le=2**53, description="the subject's version at its owner, 0 if unsaid")
    ]
    event_id: ShortText
    line_hash: Hash
    data: Annotated[
        str | None,
        Field(
            max_length=1_000_000,
            description="the event's data, JSON as it was shared; null where only its hash is left",
        ),
    ]


class PeerView(Words):
    """A peer and whether anything may cross."""

    hub: HubName
    suspended: bool
    url: Text
    transport: TransportName | None = None


class PeerStateView(Words):
    """How this hub stands with one peer."""

    hub: HubName
    url: Text
    suspended: bool
    transport: TransportName
    canary_out_since: Annotated[
        Moment | None, Field(description="when the canary went out that is not back")
    ] = None
    canary_round_trip_ms: Annotated[
        int | None, Field(ge=0, description="how long the newest that is back was away")
    ] = None
    contradictions: Annotated[
        int, Field(ge=0, description="pairs of heads of its log that can't both be true")
    ] = 0
    head_seen_at: Annotated[
        Moment | None, Field(description="when a head of its log was last seen to follow")
    ] = None
    keys_valid_until: Annotated[
        Moment | None, Field(description="when its last key ends, null while none is known")
    ] = None


class ChooseTransport(Words):
    """How a peer's frames are to be read from now on."""

    transport: TransportName


EventTypeName = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z-]+\.v[0-9]{1,3}$", max_length=100)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$", max_length=100)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class SharedTypeWords(Words):
    """One type of event to share; without `fields`, all that its labels let go."""

    type: EventTypeName
    fields: Annotated[tuple[FieldName, ...] | None, Field(min_length=1, max_length=200)] = None


class OfferContract(Words):
    """What this hub offers to share with a peer. An area stands for all its types."""

    dest: HubName
    purpose: Reason
    expires_at: AskedMoment
    areas: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    types: Annotated[tuple[SharedTypeWords, ...], Field(max_length=500)] = ()


class EndContract(Words):
    """Why a contract is suspended or ended; the other hub reads the same."""

    reason: Reason


class ContractStep(Words):
    """A step that a peer took. An offer carries the terms; some steps a signature over them."""

    contract_id: Id
    step: Literal["offer", "agree", "verify", "finalise", "suspend", "resume", "terminate"]
    kid: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
    reason: Reason | None = None
    signature: Base64 | None = None
    body: Annotated[str, Field(max_length=200_000, pattern=r"^[A-Za-z0-9+/]+={0,2}$")] | None = None


class ContractView(Words):
    """A contract as both of its hubs hold it."""

    contract_id: Id
    party: Literal["origin", "dest"]
    peer: HubName
    state: Literal["offered", "agreed", "verified", "finalised", "suspended", "terminated"]
    since: Moment
    deadline: Moment
    reason: Reason | None = None
    purpose: Reason
    expires_at: Moment
    onward_transfer: Literal[False] = False
    types: Annotated[tuple[SharedTypeWords, ...], Field(max_length=500)]
