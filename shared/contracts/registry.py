"""Every event type there is, by wire name, and every topic, by its owner."""

from collections.abc import Mapping

from shared.contracts.customs.events import EVENTS as CUSTOMS
from shared.contracts.event import Event
from shared.contracts.exchange.events import EVENTS as EXCHANGE
from shared.contracts.logistics.events import EVENTS as LOGISTICS
from shared.contracts.members.events import EVENTS as MEMBERS
from shared.contracts.orders.events import EVENTS as ORDERS
from shared.contracts.payments.events import EVENTS as PAYMENTS
from shared.contracts.permits.events import EVENTS as PERMITS

SERVICES: tuple[str, ...] = (
    "members",
    "orders",
    "permits",
    "customs",
    "logistics",
    "payments",
    "exchange",
)

EVENTS: Mapping[str, type[Event]] = {
    event.wire_name: event
    for group in (MEMBERS, ORDERS, PERMITS, CUSTOMS, LOGISTICS, PAYMENTS, EXCHANGE)
    for event in group
}


def topic_of(service: str, *, origin: str | None = None) -> str:
    """Return the topic of a service of this hub, or of hub `origin` as the e-road delivers it."""
    return f"{service}.events" if origin is None else f"{origin}.{service}.events"


def owner_of(topic: str) -> str:
    """Return the local service that writes `topic`: its own, or `exchange` for a peer's."""
    parts = topic.split(".")
    return parts[0] if len(parts) == 2 else "exchange"
