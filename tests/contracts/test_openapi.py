"""What HTTP takes is bounded: no schema lets a caller send more than somebody thought about."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deploy.contracts.openapi import openapi_documents

CLOSED = {"enum", "const", "format", "pattern", "maxLength"}
"""Any of these bounds a text: a choice, a moment, a shape of known length."""


@pytest.fixture(scope="module")
def documents() -> Mapping[str, dict[str, Any]]:
    return openapi_documents()


def schemas_taken(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every schema by which a request is judged: parameters and bodies, with what they refer to."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            for parameter in operation.get("parameters", ()):
                yield f"{where} {parameter['name']}", parameter["schema"]
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield f"{where} body", content["schema"]


def unbounded(
    where: str, schema: Any, document: Mapping[str, Any], seen: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Name every array, text and number below a schema that has no limit."""
    reference = schema.get("$ref")
    if reference is not None:
        name = reference.rpartition("/")[2]
        if name not in seen:
            yield from unbounded(
                f"{where} {name}", document["components"]["schemas"][name], document, seen | {name}
            )
        return
    kind = schema.get("type")
    if kind == "string" and not CLOSED & schema.keys():
        yield f"{where}: text without a limit"
    if kind in ("integer", "number") and not _has_ends(schema):
        yield f"{where}: number without a limit"
    if kind == "array":
        if "maxItems" not in schema:
            yield f"{where}: list without a limit"
        yield from unbounded(f"{where}[]", schema.get("items", {}), document, seen)
    if kind == "object" and "maxProperties" not in schema and "properties" not in schema:
        yield f"{where}: mapping without a limit"
    for name, inner in schema.get("properties", {}).items():
        yield from unbounded(f"{where}.{name}", inner, document, seen)
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from unbounded(where, inner, document, seen)


def _has_ends(schema: Mapping[str, Any]) -> bool:
    if "enum" in schema or "const" in schema:
        return True
    low = schema.keys() & {"minimum", "exclusiveMinimum"}
    high = schema.keys() & {"maximum", "exclusiveMaximum"}
    return bool(low and high)


class TestWhatIsTaken:
    def test_is_bounded_in_every_service(self, documents: Mapping[str, dict[str, Any]]) -> None:
        found = [
            f"{service} {line}"
            for service, document in documents.items()
            for where, schema in schemas_taken(document)
            for line in unbounded(where, schema, document)
        ]

        assert sorted(set(found)) == []

    def test_a_missing_limit_would_be_seen(self) -> None:
        schema = {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "list": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            },
        }

        assert list(unbounded("body", schema, {})) == [
            "body.text: text without a limit",
            "body.list: list without a limit",
            "body.list[]: number without a limit",
        ]
