"""The JSON Schema of what a peer really gets: local fields gone, hashed ones tokens, sealed texts.

An arrival is checked against this, not against the owner's schema, whose local fields are
required there and absent here. Objects are open: a newer peer may add optional fields.
"""

from collections.abc import Iterable
from typing import Any

from services.exchange.domain.policy import PSEUDONYM_PATTERN
from services.exchange.domain.sealing import SEALED_PATTERN
from services.exchange.domain.shape import BRANCH_WORDS, Fate, Schema, Shape, resolve, shape_of

KEPT_WORDS = frozenset(
    {
        "type",
        "enum",
        "const",
        "pattern",
        "format",
        "title",
        "description",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "maxProperties",
    }
)


def shared_schema(schema: Schema, *, fields: Iterable[str] | None = None) -> dict[str, Any]:
    """The schema for arrivals of a type under its labels and the contract's allow-list."""
    shape = shape_of(schema)
    if fields is not None:
        shape = shape.narrowed(fields)
    return _share(schema, schema, shape)


def _share(schema: Schema, document: Schema, shape: Shape) -> dict[str, Any]:
    """`schema` with references written out; `shape` is that of the value over all alternatives."""
    if shape.fate is Fate.HASHED:
        # JSON Schema's patterns are ECMA 262, where the end is spelt `$`.
        return {"type": ["string", "null"], "pattern": PSEUDONYM_PATTERN.replace(r"\Z", "$")}
    if shape.fate is Fate.SEALED:
        return {"type": ["string", "null"], "pattern": SEALED_PATTERN.replace(r"\Z", "$")}
    shared = {word: value for word, value in schema.items() if word in KEPT_WORDS}
    if "$ref" in schema:
        shared["allOf"] = [_share(resolve(schema, document), document, shape)]
    for word in BRANCH_WORDS:
        if word in schema:
            branches = [_share(branch, document, shape) for branch in schema[word]]
            shared[word] = [*shared.get(word, ()), *branches]
    if "properties" in schema and shape.members is not None:
        shared.update(_share_members(schema, document, shape))
    if shape.items is not None:
        if "prefixItems" in schema:
            entries = [_share(entry, document, shape.items) for entry in schema["prefixItems"]]
            shared["prefixItems"] = entries
        if isinstance(schema.get("items"), dict):
            shared["items"] = _share(schema["items"], document, shape.items)
    if shape.values is not None and isinstance(schema.get("additionalProperties"), dict):
        shared["additionalProperties"] = _share(
            schema["additionalProperties"], document, shape.values
        )
    return shared


def _share_members(schema: Schema, document: Schema, shape: Shape) -> dict[str, Any]:
    known = shape.members or {}
    members = {
        name: _share(part, document, known[name])
        for name, part in schema["properties"].items()
        if known[name].sendable
    }
    required = [name for name in schema.get("required", ()) if name in members]
    return {"properties": members, **({"required": required} if required else {})}
