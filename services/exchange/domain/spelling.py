"""A JSON Schema as one regular expression over the one spelling in which hubs write.

What crosses is spelt by a field policy: members in the order of the schema, no blanks, no escapes
in most texts. Data that match fit their schema; of data that don't nothing is known, and the schema
itself has to be asked. Reading JSON into objects and walking these takes more than twice as long.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from services.exchange.domain.shape import Schema

SILENT_WORDS = frozenset({"title", "description", "format"})
"""They say nothing of what fits: a format is a remark, as JSON Schema has it."""
HEARD_WORDS = frozenset(
    {
        "type",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "items",
        "minItems",
        "maxItems",
        "properties",
        "required",
    }
)
ANY_TEXT = r"^[^\x00]*$"
INTEGER_MAX = 10**15 - 1
"""Without a bound of its own: any reader holds it exactly."""
NOTHING = re.compile(r"(?!)")
_CHARACTER = r'[^"\\\x00-\x1f]'
_GOES_ON = r"(?:,(?!\])|(?=\]))"
_EMBEDDABLE = re.compile(
    r"\^(?:[A-Za-z0-9_-]|\\\.|\[(?:[a-z]-[a-z]|[A-Z]-[A-Z]|[0-9]-[0-9]|[A-Za-z0-9_.]|-(?=\]))+\]"
    r"|\((?!\?)|\)|\{[0-9]+(?:,[0-9]*)?\}|[+*?])*\$"
)
"""Patterns that mean the same inside quotes: no character of theirs ends a string or is escaped."""
_encode = msgspec.json.encode


class _Unspellable(Exception):
    """The schema has a word for which there is no regular expression here."""


def spelling_of(schema: Schema) -> re.Pattern[str]:
    """The expression that only data match in full which fit `schema`; no data, where there is no
    such expression."""
    try:
        return re.compile(_spell(schema))
    except _Unspellable:
        return NOTHING


def _spell(schema: Schema) -> str:
    words = schema.keys() - SILENT_WORDS
    if words == {"allOf"} and len(schema["allOf"]) == 1:
        return _spell(schema["allOf"][0])
    if words == {"anyOf"}:
        return _either(map(_spell, schema["anyOf"]))
    if words == {"type", "enum"}:
        return _either(_literal(value, schema["type"]) for value in schema["enum"])
    if "type" not in words or not words <= HEARD_WORDS:
        raise _Unspellable
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not _KINDS.keys() >= set(kinds):
        raise _Unspellable
    return _either(_KINDS[kind](schema) for kind in kinds)


def _either(spellings: Iterable[str]) -> str:
    return f"(?:{'|'.join(spellings)})"


def _literal(value: object, kind: object) -> str:
    if kind != "string" or not isinstance(value, str):
        raise _Unspellable
    return re.escape(_encode(value).decode())


def _string(schema: Schema) -> str:
    pattern = schema.get("pattern", ANY_TEXT)
    if pattern == ANY_TEXT:
        least, most = schema.get("minLength", 0), schema.get("maxLength", "")
        return f'"{_CHARACTER}{{{least},{most}}}"'
    if "minLength" in schema or "maxLength" in schema or not _EMBEDDABLE.fullmatch(pattern):
        raise _Unspellable
    return f'"{pattern[1:-1]}"'


def _integer(schema: Schema) -> str:
    """As many digits as fit whichever they are: the few numbers between that and a bound that is
    no power of ten are left to the schema."""
    least, most = schema.get("minimum", -INTEGER_MAX), schema.get("maximum", INTEGER_MAX)
    digits = len(str((min(most, -least) if least < 0 else most) + 1)) - 1
    if least > 1 or digits < 1:
        raise _Unspellable
    counted = f"[1-9][0-9]{{0,{digits - 1}}}"
    return counted if least == 1 else f"{'-?' if least < 0 else ''}(?:0|{counted})"


def _array(schema: Schema) -> str:
    least, most = schema.get("minItems", 0), schema.get("maxItems", "")
    if "items" not in schema:
        raise _Unspellable
    return rf"\[(?:{_spell(schema['items'])}{_GOES_ON}){{{least},{most}}}\]"


def _object(schema: Schema) -> str:
    """A comma stands behind what may be left out in front of the first member that must be there,
    and in front of every member behind that."""
    members: Mapping[str, Schema] = schema.get("properties", {})
    required = frozenset(schema.get("required", ()))
    if not required or not required <= members.keys():
        raise _Unspellable
    spelt, has_begun = [], False
    for name, part in members.items():
        member = f"{re.escape(_encode(name).decode())}:{_spell(part)}"
        if name in required:
            spelt.append(f",{member}" if has_begun else member)
            has_begun = True
        else:
            spelt.append(f"(?:,{member})?" if has_begun else f"(?:{member},)?")
    return rf"\{{{''.join(spelt)}\}}"


_KINDS: Mapping[str, Callable[[Any], str]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "boolean": lambda _: "(?:true|false)",
    "null": lambda _: "null",
}
