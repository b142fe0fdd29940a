"""One event as one line of a frame: structured CloudEvents 1.0 JSON, the data left as raw bytes.

Whoever reads a line keeps its bytes: hashes and proofs are over them, never over a second
serialisation.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from shared.contracts.event import Envelope
from shared.kernel.errors import Rejected

ATTRIBUTE_CHARACTERS_MAX = 500
SEQUENCE_DIGITS_MAX = 15
END_OF_LINE = ord("\n")
"""As a number: bytes are searched for one byte several times faster than for a run of bytes."""

Attribute = Annotated[str, Meta(min_length=1, max_length=ATTRIBUTE_CHARACTERS_MAX)]
Extension = Annotated[str, Meta(max_length=ATTRIBUTE_CHARACTERS_MAX)]
Number = Annotated[str, Meta(max_length=SEQUENCE_DIGITS_MAX)]


class LineMalformed(Rejected):
    """The line is not a structured CloudEvent of this system."""

    code = "exchange.line-malformed"


class _Line(Struct, frozen=True, gc=False, omit_defaults=True):
    specversion: Literal["1.0"]
    id: Attribute
    source: Attribute
    type: Attribute
    subject: Attribute
    time: Attribute
    datacontenttype: Literal["application/json"]
    hub: Attribute
    data: Raw
    audience: Extension = ""
    sequence: Number = ""
    traceparent: Extension = ""
    causation: Extension = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Line)


def line_of(envelope: Envelope) -> bytes:
    """The line for `envelope`, without an end of line; its data must be valid JSON."""
    line = _encoder.encode(
        _Line(
            "1.0",
            envelope.id,
            envelope.source,
            envelope.type,
            envelope.subject,
            envelope.time,
            "application/json",
            envelope.hub,
            Raw(envelope.data),
            envelope.audience,
            str(envelope.sequence) if envelope.sequence else "",
            envelope.traceparent,
            envelope.causation,
        )
    )
    # JSON allows ends of line between tokens, never inside strings; a line allows none.
    return msgspec.json.format(line, indent=-1) if END_OF_LINE in line else line


def envelope_of(line: bytes) -> Envelope:
    """The envelope in `line`, or LineMalformed saying what is wrong.

    Only the outer object is read; the data stays raw until a schema looks at it.
    """
    try:
        read = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LineMalformed(str(error)) from error
    return Envelope(
        id=read.id,
        source=read.source,
        type=read.type,
        subject=read.subject,
        time=read.time,
        hub=read.hub,
        data=bytes(read.data),
        audience=read.audience,
        sequence=_number(read.sequence) if read.sequence else 0,
        traceparent=read.traceparent,
        causation=read.causation,
    )


def _number(digits: str) -> int:
    """By hand, since a pattern would cost a line as much as half its attributes."""
    if not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        raise LineMalformed("the sequence is no number in its one spelling")
    return int(digits)
