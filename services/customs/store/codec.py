"""Domain values as JSON documents and back, and lists of keys cut to fit a query."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

KEYS_PER_QUERY_MAX = 2_000

ValueType = TypeVar("ValueType")


def to_json(value: object) -> Any:
    """Return a value as JSON types; decimals and moments become text."""
    return msgspec.to_builtins(value, str_keys=True)


def from_json(body: Any, kind: type[ValueType]) -> ValueType:
    """Return the value that `to_json` wrote."""
    return msgspec.convert(body, type=kind, str_keys=True)


def slices(keys: Sequence[ValueType]) -> list[Sequence[ValueType]]:
    """Cut keys into pieces that fit one query."""
    starts = range(0, len(keys), KEYS_PER_QUERY_MAX)
    return [keys[start : start + KEYS_PER_QUERY_MAX] for start in starts]
