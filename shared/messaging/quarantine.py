"""Records that could not be handled, kept whole and in order until an operator replays them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Table, delete, insert, select, update

from shared.db.tx import Tx
from shared.kernel.errors import NotFound
from shared.messaging.bus import InRecord

DETAIL_LENGTH_MAX = 2_000
REPLAY_MAX = 10_000


class QuarantinedRecordMissing(NotFound):
    """No open quarantined record has this number."""

    code = "quarantined-record-not-found"


class Quarantine:
    """One service's quarantine; a key with an open record keeps its later records here too."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def blocked_keys(self, tx: Tx, topic: str) -> set[str]:
        """Return the keys of a topic whose records must wait behind an earlier one."""
        table = self._table
        rows = await tx.connection.execute(
            select(table.c.key)
            .where(table.c.topic == topic, table.c.replayed_at.is_(None))
            .distinct()
        )
        return {row.key for row in rows if row.key}

    async def put(self, tx: Tx, record: InRecord, *, reason: str, detail: str) -> None:
        """Keep a record with the reason; the same place in the log is kept once."""
        attributes = {
            name[3:]: value.decode("utf-8", "replace")
            for name, value in record.headers
            if name.startswith("ce_")
        }
        table = self._table
        here = (
            (table.c.topic == record.topic)
            & (table.c.partition == record.partition)
            & (table.c.offset == record.offset)
        )
        await tx.connection.execute(delete(table).where(here))
        await tx.connection.execute(
            insert(table),
            {
                "topic": record.topic,
                "partition": record.partition,
                "offset": record.offset,
                "key": (record.key or b"").decode("utf-8", "replace"),
                "event_id": attributes.get("id", ""),
                "attributes": msgspec.json.encode(attributes),
                "data": record.value or b"",
                "reason": reason,
                "detail": detail[:DETAIL_LENGTH_MAX],
                "quarantined_at": tx.now,
            },
        )

    async def waiting_with(self, tx: Tx, quarantine_id: int) -> Sequence[Row[Any]]:
        """Return an open record and those of its key, oldest first; or raise if there is none."""
        table = self._table
        still_open = table.c.replayed_at.is_(None)
        asked = (
            await tx.connection.execute(
                select(table).where(table.c.id == quarantine_id, still_open)
            )
        ).one_or_none()
        if asked is None:
            raise QuarantinedRecordMissing(f"no open record {quarantine_id}")
        same_key = (table.c.topic == asked.topic) & (table.c.key == asked.key)
        return (
            await tx.connection.execute(
                select(table).where(same_key, still_open).order_by(table.c.id).limit(REPLAY_MAX)
            )
        ).all()

    async def mark_replayed(self, tx: Tx, quarantine_id: int) -> None:
        table = self._table
        await tx.connection.execute(
            update(table).where(table.c.id == quarantine_id).values(replayed_at=tx.now)
        )
