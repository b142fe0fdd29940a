"""What may leave the hub: a field policy for each destination and type of event.

Fields labelled local are dropped, hashed ones become a pseudonym, personal ones that are shared are
sealed, and what the schema does not know is not sent. A policy is compiled once into a decoder that
simply has no place for what must stay, so there is no step that could be forgotten.
"""

import base64
import hmac
import re
import types
from collections.abc import Callable, Iterable
from typing import Annotated, Any, NamedTuple, NoReturn, Union

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.exchange.domain.sealing import SEALED_PATTERN
from services.exchange.domain.shape import Fate, PolicyInvalid, Schema, Shape, shape_of
from shared.contracts.event import Envelope
from shared.kernel.errors import Rejected

PSEUDONYM_PATTERN = r"^tok_[a-z2-7]{52}\Z"
PAIR_KEY_BYTES_MIN = 32
PERSON_CHARACTERS_MAX = 200

Seal = Callable[[object, str], str]
"""Seals a value for the field at a path."""

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


class Projected(NamedTuple):
    """What a destination gets, and the tokens in it, each standing for a person."""

    data: bytes
    tokens: tuple[str, ...] = ()


class FieldPolicy:
    """Cuts the data of one type of event down to what one destination may see."""

    __slots__ = ("_decoder", "_encoder", "_hides", "_person")

    def __init__(self, shape: Shape, pair_key: bytes, *, person_field: str = "") -> None:
        if len(pair_key) < PAIR_KEY_BYTES_MIN:
            raise PolicyInvalid(f"a pair key has at least {PAIR_KEY_BYTES_MIN} bytes")

        def hide(kind: type, value: object) -> object:
            if kind is _Pseudonym:
                return _Pseudonym(pseudonym(value, pair_key))
            return kind(value)

        self._hides = False

        def hidden_type(part: Shape, path: str) -> Any:
            self._hides = True
            return _Pseudonym if part.fate is Fate.HASHED else _unsealed_type(path)

        self._decoder = msgspec.json.Decoder(_sendable_type(shape, hidden_type), dec_hook=hide)
        self._encoder = msgspec.json.Encoder()
        self._person = _person_decoder(person_field) if person_field else None

    @property
    def seals(self) -> bool:
        """Whether something of this type leaves sealed."""
        return self._person is not None

    def person_of(self, data: bytes) -> str:
        """The person whose data are sealed in an event of a type that seals, or NotProjectable."""
        assert self._person is not None, "only types that seal name a person"
        try:
            person: str = self._person.decode(data).person
            return person
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotProjectable(str(error)) from error

    def project(self, data: bytes, seal: Seal | None = None) -> Projected:
        """The JSON that the destination gets, or NotProjectable. A type that seals needs `seal`."""
        assert seal is not None or not self.seals, "what must be sealed does not leave open"
        tokens: list[str] = []

        def shown(hidden: Any) -> str:
            if isinstance(hidden, _Pseudonym):
                tokens.append(hidden.token)
                return hidden.token
            assert seal is not None, "a type without a person seals nothing"
            return seal(hidden.value, hidden.path)

        encoder = msgspec.json.Encoder(enc_hook=shown) if self._hides else self._encoder
        try:
            return Projected(encoder.encode(self._decoder.decode(data)), tuple(tokens))
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
    shape = _allowed(schema, fields)
    return FieldPolicy(shape, pair_key, person_field=_person_field(shape, shape_of(schema)))


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


class _Unsealed:
    """A value on its way to be sealed; each field has a type of its own, which knows its path."""

    __slots__ = ("value",)
    path = ""

    def __init__(self, value: object) -> None:
        self.value = value


class _Local:
    """The type of a field that must not be there."""


_Token = Annotated[str, Meta(pattern=PSEUDONYM_PATTERN)]
_SealedText = Annotated[str, Meta(pattern=SEALED_PATTERN)]


def _unsealed_type(path: str) -> type[_Unsealed]:
    return type("Unsealed", (_Unsealed,), {"path": path, "__slots__": ()})


def _person_decoder(field: str) -> msgspec.json.Decoder[Any]:
    name = Annotated[str, Meta(min_length=1, max_length=PERSON_CHARACTERS_MAX)]
    kind = msgspec.defstruct("OfPerson", [("person", name)], rename={"person": field}, gc=False)
    return msgspec.json.Decoder(kind)


def _person_field(shape: Shape, whole: Shape) -> str:
    """The field that says whose the sealed data are, blank where nothing is sealed. A contract may
    leave it out of what it lets cross: only this hub must know whose key it takes."""
    named = {part.person for part in shape.sealed()}
    if not named:
        return ""
    [field] = named if len(named) == 1 else [""]
    if not field or "string" not in _member(whole, field).scalars:
        raise PolicyInvalid("shared personal data of an event are all those of one named person")
    return field


def _member(shape: Shape, name: str) -> Shape:
    return (shape.members or {}).get(name, Shape())


def _refuse_local(_: type, value: object) -> NoReturn:
    raise ValueError("local")


def _allowed(schema: Schema, fields: Iterable[str] | None) -> Shape:
    shape = shape_of(schema)
    if shape.fate is not Fate.SHARED or shape.members is None:
        raise PolicyInvalid("the data of an event is an object with named fields")
    return shape if fields is None else shape.narrowed(fields)


def _sendable_type(shape: Shape, hidden: Callable[[Shape, str], Any], path: str = "") -> Any:
    """The Python type that has room for what may be sent and for nothing else."""
    if shape.fate is not Fate.SHARED:
        return hidden(shape, path) | None
    parts: list[Any] = [part for name in sorted(shape.scalars) for part in _SCALAR_TYPES[name]]
    if shape.items is not None and shape.items.sendable:
        parts.append(types.GenericAlias(list, (_sendable_type(shape.items, hidden, path),)))
    if shape.members is not None:
        sent = {
            name: _sendable_type(part, hidden, f"{path}.{name}" if path else name)
            for name, part in shape.members.items()
            if part.sendable
        }
        parts.append(_struct(sent))
    elif shape.values is not None and shape.values.sendable:
        if any(shape.values.sealed()):
            raise PolicyInvalid("a map's values can't be sealed: their place has no fixed name")
        parts.append(types.GenericAlias(dict, (str, _sendable_type(shape.values, hidden, path))))
    if shape.nullable:
        parts.append(None)
    return Union[tuple(parts)]  # noqa: UP007


def _guarded_type(shape: Shape) -> Any:
    """The Python type that refuses what must stay and lets all else pass; None guards nothing."""
    if shape.fate is Fate.LOCAL:
        return _Local | None
    if shape.fate is Fate.HASHED:
        return _Token | None
    if shape.fate is Fate.SEALED:
        return _SealedText | None
    items = shape.items and _guarded_type(shape.items)
    values = shape.values and _guarded_type(shape.values)
    guarded = {name: _guarded_type(part) for name, part in (shape.members or {}).items()}
    members = {name: kind for name, kind in guarded.items() if kind}
    if not (items or values or members):
        return None
    parts: list[Any] = [str, bool, int, float, None, types.GenericAlias(list, (items or Any,))]
    if members:
        parts.append(_struct(members))
    else:
        parts.append(types.GenericAlias(dict, (str, values or Any)))
    return Union[tuple(parts)]  # noqa: UP007


def _struct(members: dict[str, Any]) -> Any:
    """A struct with a field for each member; all else in the JSON is skipped unread."""
    fields = [(f"f{index}", kind | UnsetType, UNSET) for index, kind in enumerate(members.values())]
    rename = {f"f{index}": name for index, name in enumerate(members)}
    return msgspec.defstruct("Projected", fields, rename=rename, frozen=True, gc=False)
