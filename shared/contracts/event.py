"""The shape of every event: typed data for people who write code, an envelope for the wire.

The envelope is CloudEvents 1.0. Its extensions are `hub` (who owns the record), `audience`
(which hubs may get it, blank for every hub with a contract), `sequence` (the aggregate's version)
and `traceparent`. Fields of the data say who may see them; see `Residency`.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from shared.kernel.errors import Rejected
from shared.kernel.money import AMOUNT_MINOR_MAX, Money


class EventMalformed(Rejected):
    """The data does not have the shape that its type promises."""

    code = "event-malformed"


class Pii(StrEnum):
    """What kind of personal datum a field is."""

    SUBJECT = "subject"
    CONTACT = "contact"
    ID = "id"


class Residency(StrEnum):
    """Where a field may go: only `local` fields are never serialised for a peer."""

    LOCAL = "local"
    HASHED = "hashed"
    SHARED = "shared"


def personal(kind: Pii, residency: Residency, *, of: str = "") -> Any:
    """Label a field as personal data, visible in its JSON Schema as x-pii and x-residency.

    What is shared leaves the hub sealed with a key of one person; `of` names the field of the event
    that says whose (x-pii-of).
    """
    label: dict[str, Any] = {"x-pii": kind.value, "x-residency": residency.value}
    return Field(json_schema_extra={**label, "x-pii-of": of} if of else label)


Text = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
HubName = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z]{3}$")]
Id = Annotated[
    str, StringConstraints(pattern=r"^[a-z]{2,5}_[a-z]{2}-[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$")
]
HsCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{2}){0,2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Minor = Annotated[int, Field(strict=True, ge=-AMOUNT_MINOR_MAX, le=AMOUNT_MINOR_MAX)]
Grams = Annotated[int, Field(strict=True, ge=0, le=10**9, description="weight in whole grams")]
Millimetres = Annotated[int, Field(strict=True, ge=1, le=20_000)]
Quantity = Annotated[int, Field(strict=True, ge=1, le=10**9)]
LineNumbers = Annotated[
    tuple[Annotated[int, Field(strict=True, ge=1, le=99)], ...],
    Field(min_length=1, max_length=99, description="numbers of lines of one order"),
]
DecimalText = Annotated[
    str,
    StringConstraints(pattern=r"^-?[0-9]{1,15}(\.[0-9]{1,10})?$"),
    Field(description="an exact decimal number as text"),
]
Moment = Annotated[datetime, Field(description="a moment in UTC, RFC 3339")]


class Words(BaseModel):
    """A closed, immutable shape: unknown fields are an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MoneyWords(Words):
    """An amount in whole minor units of one ISO 4217 currency."""

    amount_minor: Minor
    currency: Currency

    @classmethod
    def of(cls, money: Money) -> "MoneyWords":
        return cls(amount_minor=money.minor, currency=money.currency)

    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Event(Words):
    """Something that happened. Subclasses name their wire type and whether it may leave the hub.

    class PermitIssued(Event, wire_name="permits.permit-issued.v1", leaves_hub=True): ...
    """

    wire_name: ClassVar[str] = ""
    leaves_hub: ClassVar[bool] = False

    # Consumers read with unknown fields ignored: a newer producer may add optional ones.
    model_config = ConfigDict(frozen=True, extra="ignore")

    def __init_subclass__(
        cls, *, wire_name: str = "", leaves_hub: bool = False, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.wire_name = wire_name
        cls.leaves_hub = leaves_hub

    @classmethod
    def service(cls) -> str:
        """The service that owns this type: the first part of its wire name."""
        return cls.wire_name.split(".", 1)[0]

    @classmethod
    def parse(cls, data: bytes) -> "Event":
        """Read the data of an envelope, or raise EventMalformed naming the first bad field."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise EventMalformed(first["msg"], field=field, type=cls.wire_name) from error


class Envelope(Struct, frozen=True, gc=False, kw_only=True):
    """One event on the bus: CloudEvents attributes and the data as raw JSON bytes."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    hub: str
    data: bytes
    audience: str = ""
    sequence: int = 0
    traceparent: str = ""
    causation: str = ""

    @property
    def service(self) -> str:
        return self.type.split(".", 1)[0]

    def attributes(self) -> Mapping[str, str]:
        """The CloudEvents attributes without data, blank extensions left out."""
        named = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time,
            "hub": self.hub,
            "audience": self.audience,
            "sequence": str(self.sequence) if self.sequence else "",
            "traceparent": self.traceparent,
            "causation": self.causation,
        }
        return {name: value for name, value in named.items() if value}

    def encoded_attributes(self) -> bytes:
        """The same as JSON, made without the mapping: it is needed once for every event stored."""
        return _attributes_encoder.encode(
            _Attributes(
                self.id,
                self.source,
                self.type,
                self.subject,
                self.time,
                self.hub,
                self.audience,
                str(self.sequence) if self.sequence else "",
                self.traceparent,
                self.causation,
            )
        )


class _Attributes(
    Struct, frozen=True, gc=False, omit_defaults=True, tag_field="specversion", tag="1.0"
):
    id: str
    source: str
    type: str
    subject: str
    time: str
    hub: str
    audience: str = ""
    sequence: str = ""
    traceparent: str = ""
    causation: str = ""


_attributes_encoder = msgspec.json.Encoder()
