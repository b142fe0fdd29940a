"""The schemas as they are published: a closed document for each event type, and its hash."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from shared.contracts.event import Event
from shared.contracts.registry import EVENTS


def schema_of(event: type[Event]) -> dict[str, Any]:
    """Return the closed JSON Schema 2020-12 of an event's data, as its producer promises it."""
    schema = event.model_json_schema()
    schema["additionalProperties"] = False
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:eroad:{event.wire_name}",
        "x-leaves-hub": event.leaves_hub,
        **schema,
    }


def schema_hash(schema: Mapping[str, Any]) -> str:
    """SHA-256 in hex over a schema's canonical JSON: names sorted, no white space, UTF-8.

    So anybody can take it over the published file, however that is laid out.
    """
    canonical = json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@cache
def leaving_schemas() -> Mapping[str, str]:
    """Return the hash of the schema of every type that may leave a hub, by the type's name."""
    return {
        name: schema_hash(schema_of(event)) for name, event in EVENTS.items() if event.leaves_hub
    }
