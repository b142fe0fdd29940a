"""Data that match the spelling of a schema fit it; what does not match is only asked of it."""

import json
import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.exchange.domain.policy import compile_policy
from services.exchange.domain.shared_schema import shared_schema
from services.exchange.domain.spelling import NOTHING, spelling_of
from services.exchange.service import event_schemas

EXAMPLES = Path(__file__).parents[3] / "shared" / "contracts" / "examples"
SEALED = f"sealed_{'a' * 26}_{'A' * 39}"
UNSPELT = {"permits.permit-issued.v1", "permits.pack-published.v1"}
"""Their documents are long: a pattern and a length both."""
SPELT = sorted(event_schemas().keys() - UNSPELT)
TOKEN = re.compile(r'"[^"]*"|-?[0-9]+|[a-z]+|[\[\]{},:]')
ODD = (
    *("", " ", "\n", "null", "true", "false", "[]", "{}", "[null]", ",", "]", "}", '"', "\\"),
    *('""', '"a"', '"é"', '"\\u0041"', '"\\ud800"', '"\\u0000"', '"\t"', '"a\n"', "'a'", '"\x7f"'),
    *(f'"{"x" * 100}"', f'"{"x" * 101}"', f'"{"x" * 501}"', f'"{"é" * 100}"', f'"{"é" * 101}"'),
    *("-1", "0", "-0", "00", "+1", "1", "1.0", "1.5", "1e3", "NaN", "99", "100", "9" * 9, "9" * 16),
    *(str(10**9), str(10**9 + 1), str(10**15), str(-(10**15)), str(10**15 + 1), "12_3", "٣", '"٣"'),
    *('"CNY"', '"cny"', '"CNY "', '"CNY\n"', '"12345678"', '"1234567"', '"my-kul"', '"my-kulx"'),
    *(f'"{SEALED}"', f'"{SEALED[:-1]}"', f'"tok_{"a" * 52}"', f'"tok_{"a" * 53}"', '"a","a"'),
)
FLIPS = 5_000
TEXT = {"type": "string", "pattern": r"^[^\x00]*$", "minLength": 2, "maxLength": 3}


@cache
def said(name: str) -> str:
    """The example of a type as a policy lets it go."""
    policy = compile_policy(event_schemas()[name], leaves_hub=True, pair_key=b"k" * 32)
    example = (EXAMPLES / f"{name}.json").read_bytes()
    return policy.project(example, lambda *_: SEALED).data.decode()


@cache
def schema_of(name: str) -> dict[str, Any]:
    return shared_schema(event_schemas()[name])


@cache
def validator_of(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema_of(name))


def fits(name: str, text: str) -> bool:
    """Whether the schema itself takes the data."""
    try:
        return validator_of(name).is_valid(json.loads(text.encode()))
    except (ValueError, UnicodeEncodeError):
        return False


def changed(text: str) -> Iterator[str]:
    """The data with one token after the other replaced by every odd one."""
    for token in TOKEN.finditer(text):
        for odd in ODD:
            yield text[: token.start()] + odd + text[token.end() :]


def is_spelt(schema: dict[str, Any], text: str) -> bool:
    return spelling_of(schema).fullmatch(text) is not None


@pytest.mark.parametrize("name", SPELT)
class TestEveryType:
    def test_matches_what_a_policy_lets_go(self, name: str) -> None:
        assert spelling_of(schema_of(name)).fullmatch(said(name))
        assert fits(name, said(name))

    def test_matches_no_changed_data_that_its_schema_refuses(self, name: str) -> None:
        spelling = spelling_of(schema_of(name))

        matching = [text for text in changed(said(name)) if spelling.fullmatch(text)]

        assert matching
        assert [text for text in matching if not fits(name, text)] == []

    def test_matches_no_flipped_bit_that_its_schema_refuses(self, name: str) -> None:
        spelling, draw, wrong = spelling_of(schema_of(name)), random.Random(name), []
        for _ in range(FLIPS // len(SPELT)):
            flipped = bytearray(said(name).encode())
            flipped[draw.randrange(len(flipped))] ^= 1 << draw.randrange(7)
            text = flipped.decode(errors="replace")
            if spelling.fullmatch(text) and not fits(name, text):
                wrong.append(text)

        assert wrong == []


class TestOneWord:
    @pytest.mark.parametrize("text", ['"ab"', '"abc"', '"éé"', '"日本語"', '"\x7f😀"'])
    def test_lengths_are_counted_in_characters(self, text: str) -> None:
        assert is_spelt(TEXT, text)

    @pytest.mark.parametrize("text", ['"a"', '"é"', '"abcd"', '"a\\n"', '"a"b"', '"a\x00"', "ab"])
    def test_other_texts_are_left_to_the_schema(self, text: str) -> None:
        assert not is_spelt(TEXT, text)

    @pytest.mark.parametrize(
        ("least", "most", "spelt", "left"),
        [
            (0, 10**9, [0, 7, 999_999_999], [-1, 10**9, 10**9 + 1, "-0", "00", "1.0"]),
            (1, 99, [1, 9, 10, 99], [0, 100, -1]),
            (1, 50, [1, 9], [0, 10, 50, 51]),
            (-(10**15), 10**15, [0, -1, 10**15 - 1, 1 - 10**15], [10**15, -(10**15), 10**16]),
            (-5, 10**6, [], [0, 1, -1]),
            (2018, 2100, [], [0, 5, 2018, 2020]),
        ],
    )
    def test_integers_are_spelt_within_their_bounds(
        self, least: int, most: int, spelt: list[object], left: list[object]
    ) -> None:
        schema = {"type": "integer", "minimum": least, "maximum": most}

        assert [number for number in spelt if not is_spelt(schema, str(number))] == []
        assert [number for number in left if is_spelt(schema, str(number))] == []

    @pytest.mark.parametrize(
        ("text", "is_matched"),
        [
            ('{"b":1}', True),
            ('{"a":1,"b":1}', True),
            ('{"b":1,"c":1}', True),
            ('{"a":1,"b":1,"c":1,"d":1}', True),
            ('{"b":1,"d":1}', True),
            ("{}", False),
            ('{"a":1}', False),
            ('{"a":1"b":1}', False),
            ('{"b":1,}', False),
            ('{,"b":1}', False),
            ('{"b":1,"a":1}', False),
            ('{"b":1,"b":1}', False),
            ('{"b":1,"e":1}', False),
            ('{"b": 1}', False),
        ],
    )
    def test_members_stand_in_their_order(self, text: str, is_matched: bool) -> None:
        members = {name: {"type": "integer", "minimum": 0} for name in "abcd"}
        schema = {"type": "object", "properties": members, "required": ["b"]}

        assert is_spelt(schema, text) is is_matched

    @pytest.mark.parametrize(
        ("text", "is_matched"),
        [
            ("[true]", True),
            ("[true,false]", True),
            ("[]", False),
            ("[true,true,true]", False),
            ("[true,]", False),
            ("[,true]", False),
            ("[truetrue]", False),
            ("[true,1]", False),
        ],
    )
    def test_items_are_counted(self, text: str, is_matched: bool) -> None:
        schema = {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2}

        assert is_spelt(schema, text) is is_matched

    @pytest.mark.parametrize(
        "pattern",
        [
            *("a", "^a", "a$", "^a|b$", "^.$", "^[^a]$", r"^\S$", r"^\"$", "^[+-z]$", "^[.-z]$"),
            *(
                "^[A-z]$",
                "^[a-Z]$",
                "^(?i)a$",
                "^(?=a)$",
                "^a$$",
                "^[]a]$",
                '^"$',
                "^a b$",
                "^[\\]]$",
            ),
        ],
    )
    def test_patterns_that_could_leave_their_quotes_are_not_spelt(self, pattern: str) -> None:
        assert spelling_of({"type": "string", "pattern": pattern}) is NOTHING

    @pytest.mark.parametrize(
        "words",
        [
            {"type": "number"},
            {"type": "integer", "multipleOf": 2},
            {"type": "integer", "exclusiveMinimum": 2},
            {"type": "array"},
            {"type": "array", "items": {"type": "null"}, "uniqueItems": True},
            {"type": "object"},
            {"type": "object", "properties": {"a": {"type": "null"}}},
            {"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a", "b"]},
            {"type": "object", "additionalProperties": {"type": "null"}, "required": []},
            {"type": "string", "pattern": "^a*$", "minLength": 3},
            {"enum": ["a"]},
            {"type": "string", "enum": ["a", 1]},
            {"oneOf": [{"type": "null"}]},
            {"allOf": [{"type": "null"}, {"type": "string"}]},
            {"anyOf": [{"type": "null"}], "type": "string"},
            {},
        ],
    )
    def test_words_without_a_spelling_are_left_to_the_schema(self, words: dict[str, Any]) -> None:
        assert spelling_of(words) is NOTHING
        assert spelling_of({"anyOf": [words, {"type": "null"}]}) is NOTHING
