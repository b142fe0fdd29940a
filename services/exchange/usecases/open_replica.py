"""Read one record that a peer shared, its sealed fields opened. Nothing opened is kept."""

from collections.abc import Mapping
from typing import NamedTuple

from services.exchange.clients.feed import Feed
from services.exchange.domain.sealing import PersonKey, key_names_in, open_all
from services.exchange.store.replicas import Replica
from services.exchange.store.tx import ExchangeTx
from shared.db.tx import Store


class Opened(NamedTuple):
    """The data, with null in each of the fields that nobody here can read."""

    data: bytes
    unreadable: tuple[str, ...]


async def open_replica(store: Store[ExchangeTx], feed: Feed, replica: Replica) -> Opened:
    """Open what this hub's keys open; the owner is asked for those that were never needed before.

    Raises FeedUnavailable while the owner does not answer, SealBroken if it gave a wrong key.
    """
    assert replica.data is not None, "replicas of now are kept whole"
    names = key_names_in(replica.data)
    async with store.reading() as tx:
        held = await tx.held_keys.find(replica.origin, names)
    missing = names - held.keys()
    if missing:
        given = await feed.person_keys(sorted(missing))
        _unwrapped(given, feed)
        async with store.transaction() as tx:
            await tx.held_keys.keep(replica.origin, given, now=tx.now)
            held = await tx.held_keys.find(replica.origin, names)
    copies = {name: wrapped for name, wrapped in held.items() if wrapped is not None}
    return Opened(*open_all(replica.data, _unwrapped(copies, feed), event_id=replica.event_id))


def _unwrapped(wrapped: Mapping[str, bytes], feed: Feed) -> Mapping[str, PersonKey]:
    pair_key = feed.peer.pair_key
    return {
        name: PersonKey.unwrapped(name, octets, pair_key=pair_key)
        for name, octets in wrapped.items()
    }
