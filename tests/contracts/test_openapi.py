"""What HTTP takes is bounded, and the TypeScript client says what OpenAPI says."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from deploy.contracts.openapi import openapi_documents
from deploy.contracts.typescript import ASKS, NoTypeFor, Types, typescript_client
from shared.client import asks
from tests.builders.typescript import CLIENT

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


class TestTypeScriptClient:
    def test_is_in_sync(self, documents: Mapping[str, dict[str, Any]]) -> None:
        """`make contracts` was run after the last change of a contract or of the runtime."""
        assert (CLIENT / "client.ts").read_text() == typescript_client(documents)

    def test_asks_what_the_python_client_asks(self) -> None:
        made = {
            name: function
            for name, function in vars(asks).items()
            if inspect.isfunction(function) and function.__module__ == asks.__name__
        }

        assert made.keys() == ASKS.keys()
        for name, function in made.items():
            service, method, path = ASKS[name]
            asked = function(
                *(
                    f"{{{parameter.name}}}" if f"{{{parameter.name}}}" in path else "other"
                    for parameter in inspect.signature(function).parameters.values()
                    if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
                )
            )
            assert (asked.method, asked.path) == (method, f"/{service}{path}")

    @pytest.mark.parametrize(
        ("schema", "type_"),
        [
            ({"type": "array", "items": {"type": "string"}}, "string[]"),
            ({"type": "array", "items": {"enum": ["a", "b"]}}, '("a" | "b")[]'),
            ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "number | null"),
            ({"type": "object", "additionalProperties": {"const": 1}}, "Record<string, 1>"),
        ],
    )
    def test_has_the_type_of_a_schema(self, schema: dict[str, Any], type_: str) -> None:
        assert Types().of(schema, {}) == type_

    @pytest.mark.parametrize(
        "schema", [{"type": "integer", "maximum": 2**53}, {"type": "object"}, {"not": {}}]
    )
    def test_is_not_made_where_its_type_would_lie(self, schema: dict[str, Any]) -> None:
        with pytest.raises(NoTypeFor):
            Types().of(schema, {})

    def test_is_not_made_with_one_name_for_two_things(self) -> None:
        types, reference = Types(), {"$ref": "#/components/schemas/Stage"}
        one, other = ({"components": {"schemas": {"Stage": {"const": x}}}} for x in "ab")
        types.of(reference, one)

        with pytest.raises(NoTypeFor, match="Stage"):
            types.of(reference, other)
