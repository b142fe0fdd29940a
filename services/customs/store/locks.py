"""Who may look at a parcel: one transaction at a time, so that none misses the other's document.

Two documents that complete one dossier may be kept by two transactions at once. Each would see the
other's missing. So whoever keeps a document or moves a declaration holds its numbers first; the
last one then sees all.
"""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kernel.errors import Unavailable

BUCKETS = 256
"""Numbers share locks, so that a unit of 1,500 parcels stays within PostgreSQL's lock table."""
SPACE = crc32(b"customs documents") >> 1


class ParcelBusy(Unavailable):
    """Another transaction looks at the same parcel; waiting for it could mean waiting for ever."""

    code = "customs.parcel-busy"


class Locks:
    """Locks of this transaction, gone when it ends. SQLite has one writer and needs none.

    Waiting is only safe for a lock above all those held; for another one we try once and give up,
    and the door does its work again. So no two transactions ever wait for each other.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._held: set[int] = set()

    async def hold(self, numbers: Iterable[str]) -> None:
        """Hold these numbers until the transaction ends, or raise ParcelBusy."""
        if self._connection.dialect.name != "postgresql":
            return
        for bucket in sorted({crc32(number.encode()) % BUCKETS for number in numbers}):
            if bucket in self._held:
                continue
            await self._take(bucket, may_wait=bucket > max(self._held, default=-1))
            self._held.add(bucket)

    async def _take(self, bucket: int, *, may_wait: bool) -> None:
        key = {"space": SPACE, "bucket": bucket}
        if may_wait:
            wait = text("SELECT pg_advisory_xact_lock(CAST(:space AS int), CAST(:bucket AS int))")
            await self._connection.execute(wait, key)
            return
        attempt = text(
            "SELECT pg_try_advisory_xact_lock(CAST(:space AS int), CAST(:bucket AS int))"
        )
        if not await self._connection.scalar(attempt, key):
            raise ParcelBusy("another transaction looks at the same parcel")
