"""What a service listens to: one kind of event, or everything that another service says."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.contracts.event import Envelope, Event
from shared.contracts.registry import topic_of

Handler = Callable[[Any, Any], Awaitable[None]]
BatchHandler = Callable[[Any, int, Sequence[Envelope]], Awaitable[None]]
Source = Literal["local", "peers", "both"]


@dataclass(frozen=True)
class Hearing:
    """One kind of event that a service listens to, and what it does then."""

    event: type[Event]
    handler: Handler
    source: Source = "local"

    async def hear(self, tx: Any, partition: int, envelope: Envelope) -> None:
        """Give the handler one event, its data read."""
        await self.handler(self.event.parse(envelope.data), tx)


@dataclass(frozen=True)
class Gathering:
    """All that one service of this hub says, of whatever type, as whole polled batches.

    The handler gets the partition and envelopes with their data unread, none for the second time.
    When it raises, the batch comes again one event at a time, so that only the bad one is set
    aside.
    """

    service: str
    handler: BatchHandler

    async def hear(self, tx: Any, partition: int, envelope: Envelope) -> None:
        """Give the handler one event alone."""
        await self.handler(tx, partition, [envelope])


Listening = Hearing | Gathering


def on(event: type[Event], handler: Handler, *, source: Source = "local") -> Hearing:
    """Say that `handler` hears `event` from this hub's services, from peers' or from both."""
    assert event.wire_name, f"{event.__name__} has no wire name"
    return Hearing(event, handler, source)


def hearings_by_topic(
    listenings: Sequence[Listening], peers: Sequence[str]
) -> dict[str, dict[str, Hearing]]:
    """Return topic to event type to who hears it."""
    result: dict[str, dict[str, Hearing]] = {}
    for hearing in listenings:
        if isinstance(hearing, Gathering):
            continue
        service, name = hearing.event.service(), hearing.event.wire_name
        topics = [topic_of(service)] if hearing.source in ("local", "both") else []
        if hearing.source in ("peers", "both"):
            topics += [topic_of(service, origin=peer) for peer in peers]
        for topic in topics:
            assert name not in result.setdefault(topic, {}), f"{name} is heard twice on {topic}"
            result[topic][name] = hearing
    return result


def gatherings_by_topic(listenings: Sequence[Listening]) -> dict[str, Gathering]:
    """Return topic to who hears all of it."""
    return {
        topic_of(listening.service): listening
        for listening in listenings
        if isinstance(listening, Gathering)
    }
