"""What becomes of each record of a good frame: accepted, or quarantined with the failing check.

One bad record never stops a stream; it is kept with its bytes and can be replayed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.exchange.domain.line import LineMalformed, envelope_of
from services.exchange.domain.policy import FieldGuard, is_for
from services.exchange.domain.stream import Stream
from shared.contracts.event import Envelope

CLOCK_AHEAD_MAX = timedelta(minutes=10)
"""How far a peer's clock may run before ours until its records are put aside."""

Validate = Callable[[bytes], str | None]
"""Says what is wrong with the data of one event, or None."""


class QuarantineReason(StrEnum):
    """Why one record was put aside, in the order the checks are made."""

    MALFORMED_EVENT = "malformed-event"
    NOT_OWNER = "not-owner"
    WRONG_AUDIENCE = "wrong-audience"
    FROM_THE_FUTURE = "from-the-future"
    UNKNOWN_TYPE = "unknown-type"
    SCHEMA = "schema"
    FORBIDDEN_FIELD = "forbidden-field"


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record to apply; `line` is its exact bytes, `seq` its number in the stream."""

    seq: int
    envelope: Envelope
    line: bytes


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record put aside; `detail` is for an operator and names no value of the record."""

    seq: int
    reason: QuarantineReason
    detail: str
    line: bytes


@dataclass(frozen=True, slots=True)
class TypeRule:
    """How events of one type are checked on arrival."""

    validate: Validate
    guard: FieldGuard


@dataclass(frozen=True, slots=True)
class ArrivalRules:
    """What this hub takes from one stream: a rule for each type of event agreed on."""

    stream: Stream
    types: Mapping[str, TypeRule]
    now: datetime

    def judge(self, seq: int, line: bytes) -> Accepted | Quarantined:
        """Accept the record or name the first check that it fails."""
        try:
            envelope = envelope_of(line)
            at = datetime.fromisoformat(envelope.time)
        except (LineMalformed, ValueError) as error:
            return Quarantined(seq, QuarantineReason.MALFORMED_EVENT, str(error), line)
        failed = self._refuse(envelope, at)
        if failed is not None:
            return Quarantined(seq, *failed, line)
        return Accepted(seq, envelope, line)

    def _refuse(self, envelope: Envelope, at: datetime) -> tuple[QuarantineReason, str] | None:
        origin, service = self.stream.origin, self.stream.service
        if envelope.hub != origin or envelope.source != f"hub:{origin}/{service}":
            return QuarantineReason.NOT_OWNER, f"only records of {origin}'s {service} come here"
        if envelope.service != service:
            return QuarantineReason.NOT_OWNER, f"{envelope.type} is not {service}'s to say"
        if not is_for(envelope, self.stream.dest):
            return QuarantineReason.WRONG_AUDIENCE, f"meant for {envelope.audience}"
        if at.tzinfo is None:
            return QuarantineReason.MALFORMED_EVENT, "the time has no zone"
        if at > self.now + CLOCK_AHEAD_MAX:
            return QuarantineReason.FROM_THE_FUTURE, f"it says {envelope.time}"
        rule = self.types.get(envelope.type)
        if rule is None:
            return QuarantineReason.UNKNOWN_TYPE, f"no agreement covers {envelope.type}"
        wrong = rule.validate(envelope.data)
        if wrong is not None:
            return QuarantineReason.SCHEMA, wrong
        forbidden = rule.guard.forbidden(envelope.data)
        if forbidden is not None:
            return QuarantineReason.FORBIDDEN_FIELD, forbidden
        return None
