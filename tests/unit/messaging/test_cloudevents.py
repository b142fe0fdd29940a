"""A record on Kafka is a CloudEvent in binary mode, as the public library reads and writes it."""

import json

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_binary_event
from cloudevents.core.formats.json import JSONFormat

from shared.messaging.bus import InRecord
from shared.messaging.cloudevents import NotACloudEvent, envelope_of, record_of
from tests.builders.eroad import an_envelope

TOPIC = "customs.events"


def for_the_library(headers: dict[str, bytes], value: bytes | None) -> KafkaMessage:
    return KafkaMessage(headers=headers, key=None, value=value or b"")


class TestRecord:
    def test_is_what_the_cloudevents_library_reads(self) -> None:
        envelope = an_envelope(causation="evt-0")
        record = record_of(envelope, TOPIC)

        event = from_kafka(for_the_library(dict(record.headers), record.value), JSONFormat())

        assert event.get_data() == json.loads(envelope.data)
        assert event.get_specversion() == "1.0"
        assert (event.get_id(), event.get_type()) == (envelope.id, envelope.type)
        assert (event.get_source(), event.get_subject()) == (envelope.source, envelope.subject)
        assert str(event.get_time()) == envelope.time.replace("T", " ")
        assert event.get_datacontenttype() == "application/json"
        for name in ("hub", "audience", "causation", "traceparent"):
            assert event.get_extension(name) == getattr(envelope, name)
        assert event.get_extension("sequence") == str(envelope.sequence)

    def test_is_read_back_as_the_library_writes_it(self) -> None:
        envelope = an_envelope(causation="evt-0")
        record = record_of(envelope, TOPIC)
        event = from_kafka(for_the_library(dict(record.headers), record.value), JSONFormat())

        written = to_binary_event(event)

        headers = tuple(written.headers.items())
        read = envelope_of(InRecord(TOPIC, None, written.value, headers, 0, 0, 0))
        assert read.id == envelope.id
        assert (read.type, read.subject, read.hub) == (envelope.type, envelope.subject, "my-kul")
        assert json.loads(read.data) == json.loads(envelope.data)

    @pytest.mark.parametrize("name", ["ce_id", "ce_source", "ce_type", "ce_time"])
    def test_is_refused_without_what_every_event_has(self, name: str) -> None:
        record = record_of(an_envelope(), TOPIC)
        headers = tuple(pair for pair in record.headers if pair[0] != name)

        with pytest.raises(NotACloudEvent, match=name):
            envelope_of(InRecord(TOPIC, None, record.value, headers, 0, 0, 0))
