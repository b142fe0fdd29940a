"""What may leave the hub: a field policy for each destination and type of event.

Fields labelled local are dropped, hashed ones become a pseudonym, and what the schema does not
know is not sent. A policy is compiled once into a decoder that simply has no place for what must
stay, so there is no step that could be forgotten.
"""

import base64
import hmac
import re
import types
from collections.abc import Callable, Iterable
from typing import Annotated, Any, NoReturn, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.exchange.domain.shape import Fate, PolicyInvalid, Schema, Shape, shape_of
from shared.contracts.event import Envelope
from shared.kernel.errors import Rejected

PSEUDONYM_PATTERN = r"^tok_[a-z2-7]{52}\Z"
PAIR_KEY_BYTES_MIN = 32

_SCALAR_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_WHERE = re.compile(r" - at `([^`]*)`$")


class NotProjectable(Rejected):
    """The data does not have the shape of its own type, so nothing of it may be sent."""

    code = "exchange.not-projectable"


class FieldPolicy:
    """Cuts the data of one type of event down to what one destination may see."""

    __slots__ = ("_decoder", "_encoder")

    def __init__(self, shape: Shape, pair_key: bytes) -> None:
        if len(pair_key) < PAIR_KEY_BYTES_MIN:
            raise PolicyInvalid(f"a pair key has at least {PAIR_KEY_BYTES_MIN} bytes")

        def hide(_: type, value: object) -> _Pseudonym:
            return _Pseudonym(pseudonym(value, pair_key))

        self._decoder = msgspec.json.Decoder(_sendable_type(shape), dec_hook=hide)
        self._encoder = msgspec.json.Encoder(enc_hook=_token_of)

    def project(self, data: bytes) -> bytes:
        """The JSON that the destination gets, or NotProjectable."""
        try:
            return self._encoder.encode(self._decoder.decode(data))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotProjectable(str(error)) from error


class FieldGuard:
    """Finds what a peer should have kept: local fields, and hashed ones in the clear."""

    __slots__ = ("_decoder",)

    def __init__(self, shape: Shape) -> None:
        guarded = _guarded_type(shape)
        self._decoder = guarded and msgspec.json.Decoder(guarded, dec_hook=_refuse_local)

    def forbidden(self, data: bytes) -> str | None:
        """Path and kind of the first field that should not be here, its value left out."""
        if self._decoder is None:
            return None
        try:
            self._decoder.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            where = _WHERE.search(str(error))
            return f"{where[1] if where else '$'} should have stayed at home"
        return None


def compile_policy(
    schema: Schema, *, leaves_hub: bool, pair_key: bytes, fields: Iterable[str] | None = None
) -> FieldPolicy:
    """The policy for one type and destination; `pair_key` belongs to this pair of hubs alone.

    `fields` is the contract's allow-list; None allows every field that its label lets go.
    Raises PolicyInvalid for a type that may not leave the hub, or a list that doesn't fit.
    """
    if not leaves_hub:
        raise PolicyInvalid("events of this type stay in the hub")
    return FieldPolicy(_allowed(schema, fields), pair_key)


def compile_guard(schema: Schema, *, fields: Iterable[str] | None = None) -> FieldGuard:
    """The guard for arrivals of one type under the same labels and allow-list.

    Fields unknown here pass: a newer peer may add some, and the labels of those are its own.
    """
    return FieldGuard(_allowed(schema, fields))


def is_for(envelope: Envelope, dest: str) -> bool:
    """Whether `dest` is among those an event is meant for; a blank audience is everyone."""
    return not envelope.audience or dest in envelope.audience.split(",")


def pseudonym(value: object, pair_key: bytes) -> str:
    """`tok_` and the base32 HMAC-SHA-256 of the value's JSON: the same for the same value, so a
    peer can still count a buyer's yearly orders, and different for every pair of hubs."""
    text = msgspec.json.encode(value, order="deterministic")
    digest = hmac.digest(pair_key, text, "sha256")
    return "tok_" + base64.b32encode(digest).decode().rstrip("=").lower()


class _Pseudonym:
    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token


class _Local:
    """The type of a field that must not be there."""


_Token = Annotated[str, Meta(pattern=PSEUDONYM_PATTERN)]


def _token_of(hidden: _Pseudonym) -> str:
    return hidden.token


def _refuse_local(_: type, value: object) -> NoReturn:
    raise ValueError("local")


def _allowed(schema: Schema, fields: Iterable[str] | None) -> Shape:
    shape = shape_of(schema)
    if shape.fate is not Fate.SHARED or shape.members is None:
        raise PolicyInvalid("the data of an event is an object with named fields")
    return shape if fields is None else shape.narrowed(fields)


def _sendable_type(shape: Shape) -> Any:
    """The Python type that has room for what may be sent and for nothing else."""
    if shape.fate is Fate.HASHED:
        return _Pseudonym | None
    parts: list[Any] = [part for name in sorted(shape.scalars) for part in _SCALAR_TYPES[name]]
    if shape.items is not None and shape.items.sendable:
        parts.append(types.GenericAlias(list, (_sendable_type(shape.items),)))
    if shape.members is not None:
        sent = {name: part for name, part in shape.members.items() if part.sendable}
        parts.append(_struct(sent, _sendable_type))
    elif shape.values is not None and shape.values.sendable:
        parts.append(types.GenericAlias(dict, (str, _sendable_type(shape.values))))
    if shape.nullable:
        parts.append(None)
    return Union[tuple(parts)]  # noqa: UP007


def _guarded_type(shape: Shape) -> Any:
    """The Python type that refuses what must stay and lets all else pass; None guards nothing."""
    if shape.fate is Fate.LOCAL:
        return _Local | None
    if shape.fate is Fate.HASHED:
        return _Token | None
    items = shape.items and _guarded_type(shape.items)
    values = shape.values and _guarded_type(shape.values)
    members = {name: part for name, part in (shape.members or {}).items() if _guarded_type(part)}
    if not (items or values or members):
        return None
    parts: list[Any] = [str, bool, int, float, None, types.GenericAlias(list, (items or Any,))]
    if members:
        parts.append(_struct(members, _guarded_type))
    else:
        parts.append(types.GenericAlias(dict, (str, values or Any)))
    return Union[tuple(parts)]  # noqa: UP007


def _struct(members: dict[str, Shape], type_of: Callable[[Shape], Any]) -> Any:
    """A struct with a field for each member; all else in the JSON is skipped unread."""
    fields = [
        (f"f{index}", type_of(part) | UnsetType, UNSET)
        for index, part in enumerate(members.values())
    ]
    rename = {f"f{index}": name for index, name in enumerate(members)}
    return msgspec.defstruct("Projected", fields, rename=rename, frozen=True, gc=False)
