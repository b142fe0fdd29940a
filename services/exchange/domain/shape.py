"""The shape of an event's data with the fate of every field, read from its JSON Schema.

Labels: `x-residency` local, hashed or shared. Personal data (`x-pii`) without a residency is
local; those that are shared leave sealed, with a key of the person whom `x-pii-of` names. Where a
schema leaves a choice between shapes, the strictest label of a field wins.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial, reduce
from typing import Any, TypeVar

from shared.kernel.errors import Rejected

Schema = Mapping[str, Any]

BRANCH_WORDS = ("anyOf", "oneOf", "allOf")
SCALARS = frozenset({"string", "integer", "number", "boolean"})
UNION_BRANCHES_MAX = 50


Part = TypeVar("Part")


class PolicyInvalid(Rejected):
    """A contract or a schema from which no policy can be made; `field` is the path."""

    code = "exchange.policy-invalid"


class Fate(IntEnum):
    """What happens to a value on its way out; the larger is the stricter."""

    SHARED = 0
    SEALED = 1
    HASHED = 2
    LOCAL = 3


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be. Nothing set: its schema says nothing, so it is never sent."""

    fate: Fate = Fate.SHARED
    nullable: bool = False
    scalars: frozenset[str] = frozenset()
    members: Mapping[str, "Shape"] | None = None
    items: "Shape | None" = None
    values: "Shape | None" = None
    person: str = ""
    """The field of the event that names whose personal datum a sealed value is."""

    @property
    def sendable(self) -> bool:
        """Whether anything of such a value may ever be sent."""
        if self.fate is not Fate.SHARED:
            return self.fate is not Fate.LOCAL
        if self.scalars or self.members is not None:
            return True
        return any(part is not None and part.sendable for part in (self.items, self.values))

    def merged(self, other: "Shape") -> "Shape":
        """The shape of a value that is one or the other."""
        return Shape(
            fate=max(self.fate, other.fate),
            nullable=self.nullable or other.nullable,
            scalars=self.scalars | other.scalars,
            members=_either(self.members, other.members, _merge_members),
            items=_either(self.items, other.items, Shape.merged),
            values=_either(self.values, other.values, Shape.merged),
            person=self.person or other.person,
        )

    def sealed(self) -> Iterator["Shape"]:
        """Every shape in here whose values leave sealed."""
        if self.fate is not Fate.SHARED:
            if self.fate is Fate.SEALED:
                yield self
            return
        for part in (self.items, self.values, *(self.members or {}).values()):
            if part is not None:
                yield from part.sealed()

    def narrowed(self, paths: Iterable[str]) -> "Shape":
        """This shape with every member local that is not on the list.

        `lines.hs_code` looks into a list, and narrows a `lines` that is listed too. An empty list
        leaves nothing. A path that does not exist, or leads to a field that is local anyway,
        raises PolicyInvalid.
        """
        allowed: dict[str, Any] = {}
        for path in paths:
            branch = allowed
            for name in path.split("."):
                branch = branch.setdefault(name, {})
        return self._with_members(allowed, "")

    def _narrowed(self, allowed: Mapping[str, Any], path: str) -> "Shape":
        if self.fate is Fate.LOCAL:
            raise PolicyInvalid("a local field can't be put on an allow-list", field=path)
        if not allowed:
            return self
        if self.items is not None and self.members is None:
            return replace(self, items=self.items._narrowed(allowed, path))
        if self.values is not None and self.members is None:
            return replace(self, values=self.values._narrowed(allowed, path))
        return self._with_members(allowed, path)

    def _with_members(self, allowed: Mapping[str, Any], path: str) -> "Shape":
        known = self.members or {}
        for name in allowed:
            if name not in known:
                raise PolicyInvalid("no such field", field=_below(path, name))
        members = {
            name: shape._narrowed(allowed[name], _below(path, name))
            if name in allowed
            else Shape(fate=Fate.LOCAL)
            for name, shape in known.items()
        }
        return replace(self, members=members)


def shape_of(schema: Schema) -> Shape:
    """Read a whole JSON Schema document; recursive or unreadable ones raise PolicyInvalid."""
    return _read(schema, schema, ())


def resolve(schema: Schema, document: Schema) -> Schema:
    """Return the definition a `$ref` points to, or PolicyInvalid when it is not in the document."""
    reference = schema["$ref"]
    node: Any = document
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise PolicyInvalid(f"{reference} leads out of the schema")
    for part in reference[2:].split("/"):
        if not isinstance(node, Mapping) or part not in node:
            raise PolicyInvalid(f"{reference} is not defined")
        node = node[part]
    return node  # type: ignore[no-any-return]


def fate_of(schema: Schema) -> Fate:
    """The label that stands at this very place of a schema."""
    residency = schema.get("x-residency", "local" if "x-pii" in schema else "shared")
    if residency not in ("local", "hashed", "shared"):
        raise PolicyInvalid(f"{residency!r} is no residency")
    if residency == "shared" and "x-pii" in schema:
        return Fate.SEALED
    return Fate[residency.upper()]


def _read(schema: Any, document: Schema, above: tuple[str, ...]) -> Shape:
    if not isinstance(schema, Mapping):
        return Shape()
    shape = _own(schema, document, above)
    if "$ref" in schema:
        reference = schema["$ref"]
        if reference in above:
            raise PolicyInvalid(f"{reference} contains itself")
        shape = shape.merged(_read(resolve(schema, document), document, (*above, reference)))
    branches = [branch for word in BRANCH_WORDS for branch in schema.get(word, ())]
    if len(branches) > UNION_BRANCHES_MAX:
        raise PolicyInvalid(f"more than {UNION_BRANCHES_MAX} alternatives")
    return reduce(Shape.merged, (_read(branch, document, above) for branch in branches), shape)


def _own(schema: Schema, document: Schema, above: tuple[str, ...]) -> Shape:
    """What the schema says itself, without its references and alternatives."""
    kinds = _kinds(schema)
    inner = partial(_read, document=document, above=above)
    members = {name: inner(part) for name, part in schema.get("properties", {}).items()}
    entries = [*schema.get("prefixItems", ())]
    if isinstance(schema.get("items"), Mapping):
        entries.append(schema["items"])
    values = [*schema.get("patternProperties", {}).values()]
    if isinstance(schema.get("additionalProperties"), Mapping):
        values.append(schema["additionalProperties"])
    return Shape(
        fate=fate_of(schema),
        nullable="null" in kinds,
        scalars=kinds & SCALARS,
        members=members if "properties" in schema else None,
        items=reduce(Shape.merged, map(inner, entries)) if entries else None,
        values=reduce(Shape.merged, map(inner, values)) if values else None,
        person=schema.get("x-pii-of", ""),
    )


def _kinds(schema: Schema) -> frozenset[str]:
    """The JSON types that the schema names, by `type` or by the values it lists."""
    named = schema.get("type")
    if isinstance(named, str):
        return frozenset({named})
    if named is not None:
        return frozenset(named)
    listed = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]
    return frozenset(_kind(value) for value in listed)


def _kind(value: object) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return "null" if value is None else names.get(type(value), "object")


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _either(
    one: Part | None, other: Part | None, merge: Callable[[Part, Part], Part]
) -> Part | None:
    if one is None or other is None:
        return other if one is None else one
    return merge(one, other)


def _merge_members(one: Mapping[str, Shape], other: Mapping[str, Shape]) -> Mapping[str, Shape]:
    both = {name: one[name].merged(other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **both}
