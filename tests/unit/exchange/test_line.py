"""A line is a structured CloudEvent that reads back as the same envelope."""

import json
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.line import LineMalformed, envelope_of, line_of
from tests.builders.eroad import an_envelope

words = st.text(min_size=1, max_size=50).filter(lambda text: text.isprintable())


class TestLine:
    @given(
        subject=words,
        audience=st.sampled_from(["", "cn-hgh", "cn-hgh,de-fra"]),
        sequence=st.integers(0, 10**14),
        content=st.dictionaries(words, st.integers() | words | st.none()),
    )
    def test_reads_back_as_the_same_envelope(
        self, subject: str, audience: str, sequence: int, content: dict[str, Any]
    ) -> None:
        envelope = an_envelope(
            subject=subject, audience=audience, sequence=sequence, content=content
        )

        assert envelope_of(line_of(envelope)) == envelope

    def test_is_what_the_cloudevents_library_reads(self) -> None:
        envelope = an_envelope(causation="evt-0")

        event = JSONFormat().read(CloudEvent, line_of(envelope))

        assert event.get_data() == json.loads(envelope.data)
        assert event.get_type() == envelope.type
        assert event.get_source() == envelope.source
        assert event.get_subject() == envelope.subject
        for name in ("hub", "audience", "causation", "traceparent"):
            assert event.get_extension(name) == getattr(envelope, name)
        assert event.get_extension("sequence") == str(envelope.sequence)

    def test_has_no_end_of_line_inside_even_when_the_data_had(self) -> None:
        line = line_of(an_envelope(data=b'{\n  "order_id": "a\\nb"\n}'))

        assert b"\n" not in line
        assert json.loads(line)["data"] == {"order_id": "a\nb"}

    def test_leaves_blank_extensions_out(self) -> None:
        line = line_of(an_envelope(audience="", sequence=0, traceparent=""))

        assert {"audience", "sequence", "traceparent", "causation"}.isdisjoint(json.loads(line))

    @pytest.mark.parametrize(
        "change",
        [
            {"specversion": "0.3"},
            {"id": ""},
            {"hub": 7},
            {"subject": "s" * 501},
            {"sequence": "007"},
            {"sequence": "-1"},
            {"sequence": "1\n"},
            {"sequence": " 1"},
            {"sequence": "0"},
            {"sequence": "1_0"},
            {"sequence": "1.0"},
            {"sequence": "+1"},
            {"sequence": "١"},
            {"sequence": "²"},
            {"sequence": "1" * 16},
            {"datacontenttype": "text/xml"},
            {"time": None},
        ],
    )
    def test_is_refused_when_an_attribute_is_wrong(self, change: dict[str, Any]) -> None:
        altered = {**json.loads(line_of(an_envelope())), **change}

        with pytest.raises(LineMalformed):
            envelope_of(json.dumps(altered).encode())

    @pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "hub", "data"])
    def test_is_refused_when_an_attribute_is_missing(self, name: str) -> None:
        altered = json.loads(line_of(an_envelope()))
        del altered[name]

        with pytest.raises(LineMalformed, match=name):
            envelope_of(json.dumps(altered).encode())

    @pytest.mark.parametrize("line", [b"", b"[]", b"{", b"\xff", b'{"id":"\xff"}', b"[" * 5000])
    def test_is_refused_when_it_is_not_an_object(self, line: bytes) -> None:
        with pytest.raises(LineMalformed):
            envelope_of(line)
