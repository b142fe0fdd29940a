"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, data as the value."""

from collections.abc import Mapping

import msgspec

from shared.contracts.event import Envelope
from shared.kernel.errors import Rejected
from shared.messaging.bus import InRecord, OutRecord

CONTENT_TYPE = ("content-type", b"application/json")
_REQUIRED = ("ce_id", "ce_source", "ce_type", "ce_time")


class NotACloudEvent(Rejected):
    """A record on an event topic must be a CloudEvent in binary mode."""

    code = "not-a-cloud-event"


def record_of(envelope: Envelope, topic: str) -> OutRecord:
    """Return the record that carries this envelope."""
    return to_record(topic, envelope.subject, envelope.attributes(), envelope.data)


def stored_record(topic: str, key: str, attributes: bytes, data: bytes) -> OutRecord:
    """Return the record of an outbox row, whose attributes are JSON."""
    return to_record(topic, key, msgspec.json.decode(attributes, type=dict[str, str]), data)


def to_record(topic: str, key: str, attributes: Mapping[str, str], data: bytes) -> OutRecord:
    """Return the record of an event given by its parts."""
    headers = [("ce_" + name, value.encode()) for name, value in attributes.items()]
    return OutRecord(topic=topic, key=key.encode(), value=data, headers=(*headers, CONTENT_TYPE))


def envelope_of(record: InRecord) -> Envelope:
    """Read an envelope from a record, or raise NotACloudEvent."""
    headers = dict(record.headers)
    missing = [name for name in _REQUIRED if name not in headers]
    if missing or record.value is None:
        raise NotACloudEvent(f"missing {', '.join(missing) or 'data'}")
    try:
        text = {name: value.decode() for name, value in headers.items() if name[:3] == "ce_"}
        return Envelope(
            id=text["ce_id"],
            source=text["ce_source"],
            type=text["ce_type"],
            subject=text.get("ce_subject", ""),
            time=text["ce_time"],
            hub=text.get("ce_hub", ""),
            audience=text.get("ce_audience", ""),
            sequence=int(text.get("ce_sequence", "0")),
            traceparent=text.get("ce_traceparent", ""),
            causation=text.get("ce_causation", ""),
            data=record.value,
        )
    except ValueError as error:
        raise NotACloudEvent("attributes must be UTF-8 text") from error
