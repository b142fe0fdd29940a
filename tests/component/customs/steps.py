"""Steps that the journeys of customs' component tests share."""

import itertools
from collections.abc import Iterable
from typing import Any

from shared.contracts.event import Envelope, Event
from shared.contracts.registry import topic_of
from shared.messaging.bus import Batch, InRecord
from shared.messaging.cloudevents import record_of
from tests.builders.customs_events import ORIGIN, PEERS, Parcel
from tests.builders.running import Running

_OFFSETS = itertools.count(1_000_000)


async def hear_document(customs: Running, name: str, event: Event, *, times: int = 1) -> None:
    """Deliver one of a parcel's documents from where it comes."""
    origin = ORIGIN if name in PEERS else None
    await customs.hear(event, key=f"{event.wire_name}", origin=origin, times=times)


async def hear_all(
    customs: Running, parcel: Parcel, *, besides: Iterable[str] = (), **changed: Event
) -> None:
    """Deliver every document of a parcel but some, with some changed."""
    for name, event in (parcel.documents() | changed).items():
        if name not in besides:
            await hear_document(customs, name, event)


async def deliver_together(customs: Running, envelopes: Iterable[Envelope]) -> None:
    """Deliver many envelopes as one poll would bring them: a batch per topic."""
    by_topic: dict[str, list[InRecord]] = {}
    for envelope in envelopes:
        origin = None if envelope.hub == customs.hub else envelope.hub
        topic = topic_of(envelope.service, origin=origin)
        out = record_of(envelope, topic)
        record = InRecord(topic, out.key, out.value, out.headers, 0, 0, next(_OFFSETS))
        by_topic.setdefault(topic, []).append(record)
    for topic, records in by_topic.items():
        end = records[-1].offset + 1
        await customs.service.consumer.handle(Batch(topic, 0, records, end, end))


async def all_declarations(customs: Running) -> list[dict[str, Any]]:
    """Read every declaration, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = (await customs.http.get("/v1/declarations", params=query)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


async def declaration_of(customs: Running, parcel: Parcel) -> dict[str, Any]:
    reply = await customs.http.get(f"/v1/declarations/{parcel.declaration_id}")
    assert reply.status_code == 200, reply.text
    return reply.json()  # type: ignore[no-any-return]


def steps(declaration: dict[str, Any]) -> list[int]:
    return [step["status"] for step in declaration["history"]]
