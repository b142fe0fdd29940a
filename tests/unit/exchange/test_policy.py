"""What is local never leaves, whatever the shape around it; the rest arrives as it was."""

import hashlib
import hmac
import json
from base64 import b32encode
from typing import Annotated, Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.line import line_of
from services.exchange.domain.policy import (
    NotProjectable,
    compile_guard,
    compile_policy,
    is_for,
    pseudonym,
)
from services.exchange.domain.sealing import PersonKey, open_all
from services.exchange.domain.shape import PolicyInvalid
from services.exchange.domain.shared_schema import shared_schema
from shared.contracts.event import Event, MoneyWords, Pii, Residency, ShortText, Words, personal
from shared.contracts.registry import EVENTS
from tests.builders.eroad import an_envelope

KEY = b"k" * 32
OTHER_KEY = b"o" * 32
SECRET = "canary"
MARK = "shown"


class Person(Words):
    name: Annotated[ShortText, personal(Pii.SUBJECT, Residency.LOCAL)]
    id_number: Annotated[ShortText, personal(Pii.ID, Residency.HASHED)]
    city: ShortText


class Line(Words):
    sku: ShortText
    price: MoneyWords
    gift_note: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.LOCAL)] = None


class Ordered(Event, wire_name="orders.order-placed.v1", leaves_hub=True):
    order_id: ShortText
    buyer: Person
    payer: Person | None = None
    contacts: Annotated[list[ShortText], personal(Pii.CONTACT, Residency.LOCAL)]
    lines: list[Line]
    weights_g: dict[str, int]
    proof: Annotated[dict[str, ShortText], personal(Pii.ID, Residency.HASHED)]
    anything: dict[str, Any]


SCHEMA = Ordered.model_json_schema()
EVENT: dict[str, Any] = {
    "order_id": "ord-1",
    "buyer": {"name": "Siti", "id_number": "900101-01-1234", "city": "Ipoh"},
    "contacts": ["+60123456789"],
    "lines": [
        {"sku": "s1", "price": {"amount_minor": 5800, "currency": "CNY"}, "gift_note": "to Mei"}
    ],
    "weights_g": {"s1": 570},
    "proof": {"b": "2", "a": "1"},
    "anything": {"phone": "+60123456789"},
}


PERSON = PersonKey.new()


def sealed(value: object, path: str) -> str:
    return PERSON.seal(value, event_id="evt-1", field=path)


def projected(
    content: object, schema: Any = None, *, key: bytes = KEY, fields: list[str] | None = None
) -> Any:
    policy = compile_policy(schema or SCHEMA, leaves_hub=True, pair_key=key, fields=fields)
    return json.loads(policy.project(json.dumps(content).encode(), sealed).data)


class TestProject:
    def test_drops_local_fields_hashes_hashed_ones_and_sends_nothing_unknown(self) -> None:
        sent = projected({**EVENT, "added_by_a_newer_version": 1})

        assert sent == {
            "order_id": "ord-1",
            "buyer": {"id_number": pseudonym("900101-01-1234", KEY), "city": "Ipoh"},
            "lines": [{"sku": "s1", "price": {"amount_minor": 5800, "currency": "CNY"}}],
            "weights_g": {"s1": 570},
            "proof": pseudonym({"a": "1", "b": "2"}, KEY),
        }

    def test_keeps_only_what_the_contract_lists(self) -> None:
        sent = projected(EVENT, fields=["order_id", "lines.sku", "buyer.id_number"])

        assert sent == {
            "order_id": "ord-1",
            "buyer": {"id_number": pseudonym("900101-01-1234", KEY)},
            "lines": [{"sku": "s1"}],
        }

    def test_keeps_null_apart_from_absent(self) -> None:
        assert projected({**EVENT, "payer": None})["payer"] is None
        assert "payer" not in projected(EVENT)

    def test_sends_numbers_and_words_as_they_are(self) -> None:
        schema = {
            "type": "object",
            "properties": {
                "n": {"type": "integer"},
                "f": {"type": "number"},
                "b": {"type": "boolean"},
                "from": {"type": "string"},
                "a b": {"type": ["string", "integer", "null"]},
            },
        }
        content = {"n": 10**30, "f": 0.1, "b": False, "from": "№ “𝄞”\n", "a b": None}

        assert projected(content, schema) == content

    def test_refuses_data_that_is_not_of_its_own_shape(self) -> None:
        for content in (
            {**EVENT, "order_id": {"name": "Siti"}},
            {**EVENT, "lines": "Siti"},
            ["Siti"],
        ):
            with pytest.raises(NotProjectable) as refused:
                projected(content)
            assert "Siti" not in str(refused.value)

    def test_leaves_nothing_of_a_person_in_the_line_that_is_signed(self) -> None:
        policy = compile_policy(SCHEMA, leaves_hub=Ordered.leaves_hub, pair_key=KEY)

        line = line_of(an_envelope(data=policy.project(json.dumps(EVENT).encode()).data))

        for word in (b"Siti", b"900101", b"+60123456789", b"Mei"):
            assert word not in line

    def test_sends_nothing_under_an_empty_list(self) -> None:
        assert projected(EVENT, fields=[]) == {}


class TestCompilePolicy:
    def test_refuses_an_event_that_stays_in_the_hub(self) -> None:
        with pytest.raises(PolicyInvalid, match="stay in the hub"):
            compile_policy(SCHEMA, leaves_hub=False, pair_key=KEY)

    def test_refuses_a_short_pair_key(self) -> None:
        with pytest.raises(PolicyInvalid, match="32 bytes"):
            compile_policy(SCHEMA, leaves_hub=True, pair_key=b"k" * 31)

    def test_refuses_a_list_that_names_a_local_field(self) -> None:
        with pytest.raises(PolicyInvalid, match="local"):
            compile_policy(SCHEMA, leaves_hub=True, pair_key=KEY, fields=["buyer.name"])

    @pytest.mark.parametrize("schema", [{}, {"type": "string"}, {**SCHEMA, "x-residency": "local"}])
    def test_refuses_a_schema_without_named_fields(self, schema: dict[str, Any]) -> None:
        with pytest.raises(PolicyInvalid):
            compile_policy(schema, leaves_hub=True, pair_key=KEY)


class TestPseudonym:
    def test_is_the_hmac_of_the_values_json(self) -> None:
        digest = hmac.new(KEY, b'"900101"', hashlib.sha256).digest()

        assert pseudonym("900101", KEY) == "tok_" + b32encode(digest).decode().lower().strip("=")

    def test_is_the_same_in_every_event_and_field_for_one_pair_of_hubs(self) -> None:
        both = {**EVENT, "payer": {**EVENT["buyer"], "city": "Melaka"}}

        sent = projected(both)

        assert sent["payer"]["id_number"] == sent["buyer"]["id_number"]

    def test_is_another_for_another_pair_of_hubs(self) -> None:
        assert pseudonym("900101", KEY) != pseudonym("900101", OTHER_KEY)

    def test_does_not_depend_on_the_order_of_members(self) -> None:
        assert pseudonym({"a": 1, "b": 2}, KEY) == pseudonym({"b": 2, "a": 1}, KEY)

    def test_tells_a_number_from_its_digits(self) -> None:
        assert pseudonym(1, KEY) != pseudonym("1", KEY)


class TestGuard:
    guard = compile_guard(SCHEMA)

    def forbidden(self, content: object) -> str | None:
        return self.guard.forbidden(json.dumps(content).encode())

    def test_lets_pass_what_the_policy_sends(self) -> None:
        assert self.forbidden(projected(EVENT)) is None

    def test_lets_pass_fields_unknown_here(self) -> None:
        assert self.forbidden({**projected(EVENT), "added": {"deep": [1]}}) is None

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"contacts": ["+60"]}, "$.contacts"),
            ({"buyer": {"name": "Siti", "city": "Ipoh"}}, "$.buyer.name"),
            ({"buyer": {"id_number": "900101"}}, "$.buyer.id_number"),
            ({"buyer": {"id_number": "tok_900101"}}, "$.buyer.id_number"),
            ({"buyer": {"id_number": 900101}}, "$.buyer.id_number"),
            ({"lines": [{"sku": "s"}, {"gift_note": "to Mei"}]}, "$.lines[1].gift_note"),
        ],
    )
    def test_names_the_field_that_should_have_stayed(
        self, change: dict[str, Any], path: str
    ) -> None:
        found = self.forbidden({**projected(EVENT), **change})

        assert found == f"{path} should have stayed at home"

    def test_holds_arrivals_to_the_contracts_list(self) -> None:
        guard = compile_guard(SCHEMA, fields=["order_id"])

        assert guard.forbidden(b'{"order_id":"o"}') is None
        assert guard.forbidden(b'{"order_id":"o","weights_g":{}}') is not None

    def test_has_nothing_to_do_where_nothing_is_labelled(self) -> None:
        guard = compile_guard({"type": "object", "properties": {"a": {"type": "string"}}})

        assert guard.forbidden(b'{"a":"b"}') is None


class TestSharedSchema:
    def test_is_met_by_what_is_sent_and_not_by_less(self) -> None:
        validator = jsonschema.Draft202012Validator(shared_schema(SCHEMA))
        sent = projected(EVENT)

        assert validator.is_valid(sent)
        assert not validator.is_valid({**sent, "order_id": ""})
        assert not validator.is_valid({**sent, "buyer": {"id_number": "900101", "city": "I"}})
        assert not validator.is_valid({key: sent[key] for key in sent if key != "buyer"})

    def test_leaves_room_for_fields_of_a_newer_peer(self) -> None:
        validator = jsonschema.Draft202012Validator(shared_schema(SCHEMA))
        sent = projected(EVENT)

        assert validator.is_valid({**sent, "added": 1, "buyer": {**sent["buyer"], "added": 1}})

    def test_asks_only_for_what_the_contract_lists(self) -> None:
        schema = shared_schema(SCHEMA, fields=["order_id", "lines.sku"])

        assert set(schema["properties"]) == {"order_id", "lines"}
        assert schema["required"] == ["order_id", "lines"]
        jsonschema.validate(projected(EVENT, fields=["order_id", "lines.sku"]), schema)


LEAVING = [event for event in EVENTS.values() if event.leaves_hub]


class TestEveryEventThatLeaves:
    """What the words between hubs must keep so that a peer can still read them."""

    @pytest.mark.parametrize("event", LEAVING, ids=lambda event: event.wire_name)
    def test_has_a_policy_and_a_guard(self, event: type[Event]) -> None:
        schema = event.model_json_schema()

        compile_policy(schema, leaves_hub=True, pair_key=KEY)
        compile_guard(schema)

    @pytest.mark.parametrize("event", LEAVING, ids=lambda event: event.wire_name)
    def test_requires_no_field_that_a_peer_never_gets(self, event: type[Event]) -> None:
        schema = event.model_json_schema()

        shared = shared_schema(schema)

        assert set(schema.get("required", ())) == set(shared.get("required", ()))


class Contact(Event, wire_name="members.contact-named.v1", leaves_hub=True):
    whose: ShortText
    name: Annotated[ShortText | None, personal(Pii.SUBJECT, Residency.SHARED, of="whose")] = None
    phones: Annotated[list[ShortText], personal(Pii.CONTACT, Residency.SHARED, of="whose")]
    city: ShortText


CONTACT = {"whose": "person-1", "name": "Siti", "phones": ["+60 12", "+60 13"], "city": "Ipoh"}


class TestSealing:
    def test_puts_a_text_that_its_key_opens_in_place_of_each_shared_personal_field(self) -> None:
        sent = projected(CONTACT, Contact.model_json_schema())

        assert (sent["whose"], sent["city"]) == ("person-1", "Ipoh")
        assert "+60" not in json.dumps(sent)
        data, closed = open_all(json.dumps(sent).encode(), {PERSON.name: PERSON}, event_id="evt-1")
        assert (json.loads(data), closed) == (CONTACT, ())

    def test_knows_whose_key_it_takes_where_the_contract_hides_even_that(self) -> None:
        schema = Contact.model_json_schema()
        policy = compile_policy(schema, leaves_hub=True, pair_key=KEY, fields=["name"])

        assert policy.seals
        assert policy.person_of(json.dumps(CONTACT).encode()) == "person-1"
        assert set(projected(CONTACT, schema, fields=["name"])) == {"name"}

    def test_needs_no_person_where_the_contract_lets_nothing_personal_cross(self) -> None:
        schema = Contact.model_json_schema()

        assert not compile_policy(schema, leaves_hub=True, pair_key=KEY, fields=["city"]).seals

    def test_refuses_an_event_that_does_not_say_whose_data_it_holds(self) -> None:
        policy = compile_policy(Contact.model_json_schema(), leaves_hub=True, pair_key=KEY)

        with pytest.raises(NotProjectable):
            policy.person_of(json.dumps({**CONTACT, "whose": None}).encode())

    @pytest.mark.parametrize(
        "broken",
        [
            {"x-pii": "subject", "x-residency": "shared"},
            {"x-pii": "subject", "x-residency": "shared", "x-pii-of": "nobody"},
            {"x-pii": "subject", "x-residency": "shared", "x-pii-of": "other"},
        ],
    )
    def test_is_refused_to_schemas_that_name_no_person_or_two(self, broken: dict[str, str]) -> None:
        schema = Contact.model_json_schema()
        schema["properties"]["other"] = {"type": "string", **broken}

        with pytest.raises(PolicyInvalid):
            compile_policy(schema, leaves_hub=True, pair_key=KEY)

    def test_is_refused_to_values_of_maps_which_have_no_fixed_place(self) -> None:
        schema = Contact.model_json_schema()
        value = {"type": "string", "x-pii": "id", "x-residency": "shared", "x-pii-of": "whose"}
        schema["properties"]["notes"] = {"type": "object", "additionalProperties": value}

        with pytest.raises(PolicyInvalid):
            compile_policy(schema, leaves_hub=True, pair_key=KEY)

    def test_is_demanded_on_arrival(self) -> None:
        schema = Contact.model_json_schema()
        sent = projected(CONTACT, schema)

        jsonschema.validate(sent, shared_schema(schema))
        assert compile_guard(schema).forbidden(json.dumps(sent).encode()) is None
        assert compile_guard(schema).forbidden(json.dumps(sent | {"name": "Siti"}).encode()) == (
            "$.name should have stayed at home"
        )


class TestIsFor:
    @pytest.mark.parametrize(
        ("audience", "answer"),
        [("", True), ("cn-hgh", True), ("de-fra,cn-hgh", True), ("de-fra", False)],
    )
    def test_is_told_by_the_audience(self, audience: str, answer: bool) -> None:
        assert is_for(an_envelope(audience=audience), "cn-hgh") is answer


# Schemas of any nesting, drawn together with data that fits them. Strings in places that must
# stay hold SECRET, in places that are hashed or sealed too; those that may go hold MARK.


@st.composite
def labelled(
    draw: st.DrawFn, depth: int = 3, *, hidden: bool = False, in_map: bool = False
) -> tuple[Any, Any]:
    """A schema and a fitting value; `hidden` once anything above keeps the value home."""
    label = draw(st.sampled_from([None, None, None, "shared", "hashed", "local"]))
    pii = draw(st.booleans()) and not (in_map and label == "shared")
    hides = hidden or label in ("hashed", "local") or pii
    schema, value = draw(shaped(depth, hidden=hides, in_map=in_map))
    labels = {"x-residency": label} if label else {}
    return {**schema, **labels, **({"x-pii": "subject", "x-pii-of": OF} if pii else {})}, value


def shaped(depth: int, *, hidden: bool, in_map: bool) -> st.SearchStrategy[tuple[Any, Any]]:
    leaf = st.just(({"type": "string"}, SECRET if hidden else MARK))
    number = st.integers(0, 9).map(lambda n: ({"type": "integer"}, n))
    opened = st.just(({"type": "object"}, {"free": SECRET}))
    if depth == 0:
        return leaf | number | opened
    inner = labelled(depth - 1, hidden=hidden, in_map=in_map)
    in_a_map = labelled(depth - 1, hidden=hidden, in_map=True)
    return st.one_of(
        leaf,
        opened,
        st.dictionaries(st.sampled_from(["a", "b", "from", "x y", "f0"]), inner).map(as_object),
        inner.map(lambda pair: ({"type": "array", "items": pair[0]}, [pair[1], pair[1]])),
        in_a_map.map(
            lambda pair: ({"type": "object", "additionalProperties": pair[0]}, {"k": pair[1]})
        ),
        inner.map(lambda pair: ({"anyOf": [pair[0], {"type": "null"}]}, pair[1])),
        inner.map(lambda pair: ({"anyOf": [pair[0], {"type": "null"}]}, None)),
    )


def as_object(members: dict[str, tuple[Any, Any]]) -> tuple[Any, Any]:
    schema = {
        "type": "object",
        "properties": {name: pair[0] for name, pair in members.items()},
        "required": list(members),
        "additionalProperties": False,
    }
    return schema, {name: pair[1] for name, pair in members.items()} | {"unknown": SECRET}


OF = "whose"
events = (
    st.dictionaries(st.sampled_from(["a", "b", "c", "class", "$d"]), labelled(), min_size=1)
    .map(lambda members: members | {OF: ({"type": "string"}, "person-1")})
    .map(as_object)
)


class TestNoLeak:
    @given(events)
    def test_of_anything_local_hashed_or_unknown_at_any_depth(self, event: tuple[Any, Any]) -> None:
        schema, content = event

        sent = json.dumps(projected(content, schema))

        assert SECRET not in sent

    @given(events)
    def test_and_what_is_sent_meets_the_shared_schema_and_the_guard(
        self, event: tuple[Any, Any]
    ) -> None:
        schema, content = event

        sent = projected(content, schema)

        jsonschema.validate(sent, shared_schema(schema))
        assert compile_guard(schema).forbidden(json.dumps(sent).encode()) is None

    @given(events)
    def test_and_a_second_pass_takes_nothing_more_away(self, event: tuple[Any, Any]) -> None:
        schema, content = event
        shared = {"hashed", "local", "x-pii"}.isdisjoint(json.dumps(schema).split('"'))

        once = projected(content, schema)

        assert not shared or projected(once, schema) == once

    def test_starts_from_a_generator_that_can_tell(self) -> None:
        # The canary must be able to appear: without labels it would go out.
        schema = as_object({"a": ({"type": "string"}, SECRET)})[0]

        assert SECRET in json.dumps(projected({"a": SECRET}, schema))
