"""The fate of every field is read from the schema, and the strictest label wins."""

from typing import Any

import pytest

from services.exchange.domain.shape import Fate, PolicyInvalid, Shape, fate_of, shape_of

TEXT = {"type": "string"}


def member(schema: dict[str, Any], name: str = "x") -> Shape:
    members = shape_of(schema).members
    assert members is not None
    return members[name]


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


class TestFate:
    @pytest.mark.parametrize(
        ("label", "fate"),
        [
            ({}, Fate.SHARED),
            ({"x-residency": "shared", "x-pii": "subject"}, Fate.SEALED),
            ({"x-residency": "hashed"}, Fate.HASHED),
            ({"x-residency": "local"}, Fate.LOCAL),
            ({"x-pii": "contact"}, Fate.LOCAL),
        ],
    )
    def test_is_read_from_the_labels(self, label: dict[str, str], fate: Fate) -> None:
        assert fate_of(label) is fate

    @pytest.mark.parametrize("label", ["Local ", "public", "", 3, None])
    def test_is_never_guessed(self, label: object) -> None:
        with pytest.raises(PolicyInvalid):
            fate_of({"x-residency": label})


class TestShape:
    def test_follows_references_and_keeps_the_stricter_label(self) -> None:
        schema = {
            **an_object(
                x={"$ref": "#/$defs/Person"},
                y={"$ref": "#/$defs/Person", "x-residency": "local"},
                z={"$ref": "#/$defs/Secret", "x-residency": "shared"},
            ),
            "$defs": {"Person": an_object(name=TEXT), "Secret": {**TEXT, "x-pii": "id"}},
        }

        assert member(schema, "x") == Shape(members={"name": Shape(scalars=frozenset({"string"}))})
        assert member(schema, "y").fate is Fate.LOCAL
        assert member(schema, "z").fate is Fate.LOCAL

    @pytest.mark.parametrize("word", ["anyOf", "oneOf", "allOf"])
    @pytest.mark.parametrize("strict_first", [True, False])
    def test_takes_the_strictest_label_of_all_alternatives(
        self, word: str, strict_first: bool
    ) -> None:
        strict = an_object(b={**TEXT, "x-residency": "local"})
        branches = [strict, an_object(a=TEXT, b=TEXT)]

        alternatives = member(an_object(x={word: branches if strict_first else branches[::-1]}))

        assert alternatives.members is not None
        assert alternatives.members["a"].fate is Fate.SHARED
        assert alternatives.members["b"].fate is Fate.LOCAL

    def test_knows_an_optional_field_by_its_null(self) -> None:
        shape = member(an_object(x={"anyOf": [TEXT, {"type": "null"}], "x-residency": "hashed"}))

        assert shape.nullable
        assert shape.fate is Fate.HASHED

    @pytest.mark.parametrize(
        "schema",
        [
            {},
            True,
            {"type": "object"},
            {"type": "object", "additionalProperties": True},
            {"type": "object", "additionalProperties": {}},
            {"type": "array"},
            {"type": "array", "items": {}},
            {"type": "array", "items": {**TEXT, "x-residency": "local"}},
            {"type": "null"},
        ],
    )
    def test_lets_nothing_go_that_the_schema_leaves_open(self, schema: object) -> None:
        assert not member(an_object(x=schema)).sendable

    @pytest.mark.parametrize(
        "schema",
        [
            TEXT,
            {"type": ["integer", "null"]},
            {"const": "fixed"},
            {"enum": ["a", 1, None]},
            {"type": "array", "items": TEXT},
            {"type": "array", "prefixItems": [TEXT, {"type": "integer"}]},
            {"type": "object", "additionalProperties": TEXT},
            {"type": "object", "patternProperties": {"^[A-Z]{3}$": TEXT}},
            an_object(),
            {"x-residency": "hashed"},
        ],
    )
    def test_lets_go_what_the_schema_describes(self, schema: object) -> None:
        assert member(an_object(x=schema)).sendable

    def test_of_a_schema_that_contains_itself_is_refused(self) -> None:
        schema = {
            **an_object(x={"$ref": "#/$defs/Tree"}),
            "$defs": {"Tree": an_object(child={"$ref": "#/$defs/Tree"})},
        }

        with pytest.raises(PolicyInvalid, match="contains itself"):
            shape_of(schema)

    @pytest.mark.parametrize("reference", ["#/$defs/Nobody", "https://example.com/x", 7])
    def test_of_a_reference_to_nowhere_is_refused(self, reference: object) -> None:
        with pytest.raises(PolicyInvalid):
            shape_of(an_object(x={"$ref": reference}))


class TestNarrowed:
    shape = shape_of(
        an_object(
            id=TEXT,
            phone={**TEXT, "x-residency": "local"},
            lines={"type": "array", "items": an_object(hs=TEXT, price=TEXT)},
            prices={"type": "object", "additionalProperties": an_object(net=TEXT, tax=TEXT)},
        )
    )

    def fates(self, *paths: str) -> dict[str, Fate]:
        members = self.shape.narrowed(paths).members
        assert members is not None
        return {name: part.fate for name, part in members.items() if part.fate is Fate.SHARED}

    def test_keeps_what_is_on_the_list(self) -> None:
        assert self.fates("id") == {"id": Fate.SHARED}
        assert self.fates("id", "lines") == {"id": Fate.SHARED, "lines": Fate.SHARED}
        assert self.fates() == {}

    def test_looks_into_lists_and_maps(self) -> None:
        members = self.shape.narrowed(["lines.hs", "prices.net"]).members

        assert members is not None
        lines, prices = members["lines"].items, members["prices"].values
        assert lines is not None
        assert lines.members is not None
        assert prices is not None
        assert prices.members is not None
        assert lines.members["hs"].fate is Fate.SHARED
        assert lines.members["price"].fate is Fate.LOCAL
        assert prices.members["tax"].fate is Fate.LOCAL

    @pytest.mark.parametrize("path", ["nobody", "lines.nobody", "id.deeper", "", "id."])
    def test_refuses_a_path_to_nowhere(self, path: str) -> None:
        with pytest.raises(PolicyInvalid, match="no such field"):
            self.shape.narrowed([path])

    def test_refuses_a_path_to_a_local_field(self) -> None:
        with pytest.raises(PolicyInvalid, match="local") as refused:
            self.shape.narrowed(["id", "phone"])

        assert refused.value.field == "phone"
