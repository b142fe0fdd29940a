"""Records and a reader for the suite: a consumer whose database is a dictionary."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from shared.messaging.bus import TP, Batch, EventBus, InRecord, OutRecord, Start, Subscription

PATIENCE_S = 30.0


def a_record(topic: str, value: bytes | None = b"{}", **changes: Any) -> OutRecord:
    content: dict[str, Any] = {"key": b"ord-1", "headers": (("ce_id", b"evt-1"),), **changes}
    return OutRecord(topic, content.pop("key"), value, **content)


def numbered(topic: str, numbers: Sequence[int], **changes: Any) -> list[OutRecord]:
    return [a_record(topic, str(number).encode(), **changes) for number in numbers]


def values(records: Sequence[InRecord]) -> list[int]:
    return [int(record.value or b"-1") for record in records]


class Reader:
    """A group member that remembers where it has read to, and what it was told."""

    def __init__(
        self,
        bus: EventBus,
        topics: Sequence[str],
        group: str,
        *,
        member: str = "m1",
        stored: Mapping[TP, int] | None = None,
        start: Start = "earliest",
    ) -> None:
        self.stored: dict[TP, int] = dict(stored or {})
        self.assigned: set[TP] = set()
        self.revoked: list[set[TP]] = []
        self.subscription: Subscription = bus.subscribe(
            topics,
            group,
            member=member,
            on_assign=self.on_assign,
            on_revoke=self.on_revoke,
            start=start,
        )

    async def on_assign(self, tps: set[TP]) -> Mapping[TP, int]:
        self.assigned |= tps
        return {tp: self.stored[tp] for tp in tps if tp in self.stored}

    async def on_revoke(self, tps: set[TP]) -> None:
        self.assigned -= tps
        self.revoked.append(tps)

    async def poll(self, timeout: float = 0.5) -> list[Batch]:
        batches = await self.subscription.poll(timeout=timeout)
        for batch in batches:
            self.stored[batch.tp] = batch.next_offset
        return batches

    async def take(self, wanted: int) -> list[InRecord]:
        """Poll until this many records have come; more is an error, too few in time as well."""
        return await take(self.subscription, wanted, self.stored)

    async def until_assigned(self, wanted: set[TP]) -> None:
        """Poll, for nothing, until exactly these partitions are this member's."""
        async with asyncio.timeout(PATIENCE_S):
            while self.assigned != wanted:
                assert not await self.poll(timeout=0.1), "nothing was published yet"


async def take(
    subscription: Subscription, wanted: int, stored: dict[TP, int] | None = None
) -> list[InRecord]:
    """Poll a subscription until exactly `wanted` records have come."""
    taken: list[InRecord] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < wanted:
            for batch in await subscription.poll():
                taken += batch.records
                if stored is not None:
                    stored[batch.tp] = batch.next_offset
    assert len(taken) == wanted, f"{len(taken)} records came, {wanted} were expected"
    return taken
