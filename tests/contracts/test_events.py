"""The words others rely on: generated documents are in sync, and golden examples still parse."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deploy.contracts.documents import documents
from shared.contracts.event import Event, EventMalformed
from shared.contracts.published import schema_of
from shared.contracts.registry import EVENTS, SERVICES, owner_of, topic_of

CONTRACTS = Path(__file__).parents[2] / "shared" / "contracts"
EXAMPLES = sorted((CONTRACTS / "examples").glob("*.json"))


def test_generated_documents_are_in_sync() -> None:
    """`make contracts` was run after the last change of a contract."""
    stale = [
        str(name)
        for name, content in documents().items()
        if not (CONTRACTS / name).exists() or (CONTRACTS / name).read_text() != content
    ]

    assert stale == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
class TestGoldenExamples:
    def test_parse_as_the_event_they_name(self, path: Path) -> None:
        event = EVENTS[path.stem].parse(path.read_bytes())

        assert type(event) is EVENTS[path.stem]

    def test_fit_their_schema(self, path: Path) -> None:
        schema = json.loads((CONTRACTS / "schemas" / path.name).read_text())

        jsonschema_rs.validator_for(schema).validate(json.loads(path.read_text()))

    def test_survive_a_round_trip(self, path: Path) -> None:
        event = EVENTS[path.stem].parse(path.read_bytes())

        again = EVENTS[path.stem].parse(event.model_dump_json(exclude_none=True).encode())

        assert again == event

    def test_are_read_with_a_field_from_the_future(self, path: Path) -> None:
        newer = json.loads(path.read_text()) | {"added_later": 1}

        EVENTS[path.stem].parse(json.dumps(newer).encode())

    def test_are_refused_without_a_required_field(self, path: Path) -> None:
        data = json.loads(path.read_text())
        required = json.loads((CONTRACTS / "schemas" / path.name).read_text())["required"]
        del data[required[0]]

        with pytest.raises(EventMalformed) as refusal:
            EVENTS[path.stem].parse(json.dumps(data).encode())

        assert refusal.value.field == required[0]


class TestEveryEvent:
    def test_is_named_after_its_service_and_version(self) -> None:
        for name in EVENTS:
            service, fact, version = name.split(".")
            assert service in SERVICES
            assert version == "v1"
            assert fact == fact.lower()

    def test_bounds_every_text_array_and_integer(self) -> None:
        unbounded = []
        for name, event in EVENTS.items():
            for where, schema in _walk(schema_of(event), name):
                if _is_unbounded(schema):
                    unbounded.append(where)

        assert unbounded == []

    def test_says_where_each_personal_field_may_go_and_whose_it_is_where_it_is_shared(self) -> None:
        for name, event in EVENTS.items():
            schema_of_all = schema_of(event)
            for where, schema in _walk(schema_of_all, name):
                if "x-pii" not in schema:
                    continue
                assert schema["x-residency"] in {"local", "hashed", "shared"}, where
                if schema["x-residency"] == "shared":
                    assert schema["x-pii-of"] in schema_of_all["required"], where


def test_topics_have_one_owner() -> None:
    assert owner_of(topic_of("orders")) == "orders"
    assert owner_of(topic_of("orders", origin="cn-hgh")) == "exchange"


def test_money_is_whole_minor_units() -> None:
    captured = EVENTS["payments.payment-captured.v1"]
    data = json.loads((CONTRACTS / "examples" / "payments.payment-captured.v1.json").read_text())
    for wrong in (76.37, "7637", True):
        with pytest.raises(EventMalformed):
            captured.parse(
                json.dumps(data | {"amount": {"amount_minor": wrong, "currency": "CNY"}}).encode()
            )


def _walk(schema: Any, where: str) -> Any:
    if isinstance(schema, dict):
        yield where, schema
        for key, sub in schema.items():
            yield from _walk(sub, f"{where}.{key}")
    elif isinstance(schema, list):
        for index, sub in enumerate(schema):
            yield from _walk(sub, f"{where}[{index}]")


def _is_unbounded(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    if kind == "string":
        bounds = {"maxLength", "pattern", "format", "enum", "const"}
        return not bounds.intersection(schema)
    if kind == "array":
        return "maxItems" not in schema
    if kind == "integer":
        return not ({"maximum", "exclusiveMaximum"}.intersection(schema) or "enum" in schema)
    return False


def test_event_is_abstract() -> None:
    assert Event.wire_name == ""
