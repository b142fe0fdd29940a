"""What `exchange` says about the e-road itself; only canaries leave the hub."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, HubName, Id, ShortText, Text

Sequence = Annotated[int, Field(strict=True, ge=0, le=2**53)]


class FrameApplied(Event, wire_name="exchange.frame-applied.v1"):
    """A peer's frame was verified and applied whole."""

    origin: HubName
    stream: ShortText
    first: Sequence
    count: Sequence
    quarantined: Sequence


class RecordQuarantined(Event, wire_name="exchange.record-quarantined.v1"):
    """One record of a good frame could not be applied; it is kept, with the failing check."""

    origin: HubName
    stream: ShortText
    sequence: Sequence
    reason: ShortText


class StreamStopped(Event, wire_name="exchange.stream-stopped.v1"):
    """A stream stopped at a gap or at a frame that fails its checks; nothing is skipped."""

    origin: HubName
    stream: ShortText
    reason: ShortText
    detail: Text


class ContractMoved(Event, wire_name="exchange.contract-moved.v1"):
    """A contract with a peer was offered, agreed, made final, suspended or ended."""

    contract_id: Id
    peer: HubName
    party: ShortText
    state: ShortText
    reason: ShortText | None = None


class CanarySent(Event, wire_name="exchange.canary-sent.v1", leaves_hub=True):
    """A hub asks whether the road to a peer and back is open; the peer sends the number back."""

    number: Sequence


class CanaryReturned(Event, wire_name="exchange.canary-returned.v1", leaves_hub=True):
    """A peer's canary was heard here and goes back to it."""

    number: Sequence


class EvidenceContradicted(Event, wire_name="exchange.evidence-contradicted.v1"):
    """A peer signed two heads of its evidence log that can't both be true; both are kept."""

    peer: HubName
    reason: ShortText


EVENTS: tuple[type[Event], ...] = (
    FrameApplied,
    RecordQuarantined,
    StreamStopped,
    ContractMoved,
    CanarySent,
    CanaryReturned,
    EvidenceContradicted,
)
