"""What becomes of each record of a good frame: accepted, or quarantined with the failing check.

One bad record never stops a stream; it is kept with its bytes and can be replayed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

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
    NEWER_VERSION = "newer-version"
    SCHEMA = "schema"
    FORBIDDEN_FIELD = "forbidden-field"
    BEHIND_ANOTHER = "behind-another"

    @property
    def halts(self) -> bool:
        """Whether later records of its subject must wait for it: it is one of those this hub
        takes, so they would be heard out of order."""
        return self in _HALTING


_HALTING = frozenset(
    {
        QuarantineReason.FROM_THE_FUTURE,
        QuarantineReason.NEWER_VERSION,
        QuarantineReason.SCHEMA,
        QuarantineReason.FORBIDDEN_FIELD,
        QuarantineReason.BEHIND_ANOTHER,
    }
)


class Accepted(Struct, frozen=True, gc=False):
    """A record to apply; `line` is its exact bytes, `seq` its number in the stream, `leaf` the hash
    under which its frame's root commits to it."""

    seq: int
    envelope: Envelope
    line: bytes
    leaf: bytes
    is_whole: bool = True
    """Whether this hub's services are told: what a contract cut down is kept as a replica only,
    since it no longer has the shape that they read."""


class Quarantined(Struct, frozen=True, gc=False):
    """A record put aside; `detail` is for an operator and names no value of the record.

    `subject` is blank where later records of its subject need not wait.
    """

    seq: int
    reason: QuarantineReason
    detail: str
    line: bytes
    subject: str = ""


@dataclass(frozen=True, slots=True)
class TypeRule:
    """How events of one type are checked on arrival."""

    validate: Validate
    guard: FieldGuard
    is_narrowed: bool = False
    """Whether a contract lets only some of its fields cross."""


@dataclass(frozen=True)
class ArrivalRules:
    """What this hub takes from one stream: a rule for each type of event agreed on."""

    stream: Stream
    types: Mapping[str, TypeRule]
    now: datetime | None
    """None where clocks may be moved for training, each hub's on its own: then no record comes
    from the future."""
    halted: frozenset[str] = frozenset()
    """Subjects with a record put aside before; what comes about them waits behind it."""

    def judge_all(
        self, numbers: Iterable[int], lines: Sequence[bytes], leaves: Sequence[bytes]
    ) -> list[Accepted | Quarantined]:
        """Judge records in their order, each with its number in the stream and its leaf hash."""
        halted = set(self.halted)
        records: list[Accepted | Quarantined] = []
        for seq, line, leaf in zip(numbers, lines, leaves, strict=True):
            record = self.judge(seq, line, leaf)
            if isinstance(record, Quarantined):
                if record.subject:
                    halted.add(record.subject)
            elif halted and record.envelope.subject in halted:
                subject = record.envelope.subject
                detail = "an earlier record of its subject waits"
                reason = QuarantineReason.BEHIND_ANOTHER
                record = Quarantined(seq, reason, detail, line, subject)
            records.append(record)
        return records

    @cached_property
    def _source(self) -> str:
        return f"hub:{self.stream.origin}/{self.stream.service}"

    @cached_property
    def _prefix(self) -> str:
        return f"{self.stream.service}."

    @cached_property
    def _latest(self) -> datetime | None:
        return None if self.now is None else self.now + CLOCK_AHEAD_MAX

    def judge(self, seq: int, line: bytes, leaf: bytes) -> Accepted | Quarantined:
        """Accept the record or name the first check that it fails."""
        try:
            envelope = envelope_of(line)
            at = datetime.fromisoformat(envelope.time)
        except (LineMalformed, ValueError) as error:
            return Quarantined(seq, QuarantineReason.MALFORMED_EVENT, str(error), line)
        failed = self._refuse(envelope, at)
        if failed is not None:
            reason, detail = failed
            subject = envelope.subject if reason.halts else ""
            return Quarantined(seq, reason, detail, line, subject)
        is_whole = not self.types[envelope.type].is_narrowed
        return Accepted(seq, envelope, line, leaf, is_whole)

    def _refuse(self, envelope: Envelope, at: datetime) -> tuple[QuarantineReason, str] | None:
        stream = self.stream
        if envelope.source != self._source or envelope.hub != stream.origin:
            return QuarantineReason.NOT_OWNER, f"only records of {self._source} come here"
        if not envelope.type.startswith(self._prefix):
            return QuarantineReason.NOT_OWNER, f"{envelope.type} is not {stream.service}'s to say"
        if envelope.audience != stream.dest and not is_for(envelope, stream.dest):
            return QuarantineReason.WRONG_AUDIENCE, f"meant for {envelope.audience}"
        if at.tzinfo is None:
            return QuarantineReason.MALFORMED_EVENT, "the time has no zone"
        if self._latest is not None and at > self._latest:
            return QuarantineReason.FROM_THE_FUTURE, f"it says {envelope.time}"
        rule = self.types.get(envelope.type)
        if rule is None:
            return self._unruled(envelope.type)
        wrong = rule.validate(envelope.data)
        if wrong is not None:
            return QuarantineReason.SCHEMA, wrong
        forbidden = rule.guard.forbidden(envelope.data)
        if forbidden is not None:
            return QuarantineReason.FORBIDDEN_FIELD, forbidden
        return None

    def _unruled(self, event_type: str) -> tuple[QuarantineReason, str]:
        """A newer version of what this hub takes waits until the hub is upgraded, and what comes
        about its subject behind it; of all else this hub knows nothing."""
        name, _, version = event_type.rpartition(".v")
        older = [each for each in self.types if each.rpartition(".v")[0] == name]
        if version.isdigit() and any(
            int(each.rpartition(".v")[2]) < int(version) for each in older
        ):
            return QuarantineReason.NEWER_VERSION, f"this hub does not know {event_type} yet"
        return QuarantineReason.UNKNOWN_TYPE, f"no agreement covers {event_type}"
