"""How refused frames are kept: whole, once for each reason, and never more than the limits say."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.frame import FRAME_VALUE_BYTES_MAX, HEADER_BYTES_MAX, Frame
from services.exchange.domain.receive import Refused
from services.exchange.domain.stream import Stream
from services.exchange.store.tables import refused_frame

AUTHENTIC_MAX = 200
"""Frames kept of a peer that it signed itself: what it may be held to."""
FORGED_MAX = 20
"""Frames kept of a peer that anybody may have made: enough to see what goes on."""


class Evidence(NamedTuple):
    """One refused frame, without its value."""

    id: int
    origin: str
    stream: str
    reason: str
    detail: str
    is_authentic: bool
    header_hash: str
    known_hash: str
    refused_at: datetime


class EvidenceStore:
    """What was refused, and why."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def keep(self, stream: Stream, frame: Frame, refused: Refused, *, now: datetime) -> bool:
        """Keep a frame unless it is kept already or the peer's limit is reached; say if it was."""
        same = (
            (refused_frame.c.stream == stream.key)
            & (refused_frame.c.header_hash == refused.header_hash)
            & (refused_frame.c.reason == refused.reason.value)
        )
        if await self._connection.scalar(select(refused_frame.c.id).where(same)) is not None:
            return False
        held = await self._connection.scalar(
            select(func.count())
            .select_from(refused_frame)
            .where(
                refused_frame.c.origin == stream.origin,
                refused_frame.c.is_authentic == refused.is_authentic,
            )
        )
        if int(held or 0) >= (AUTHENTIC_MAX if refused.is_authentic else FORGED_MAX):
            return False
        await self._connection.execute(
            insert(refused_frame),
            {
                "origin": stream.origin,
                "is_authentic": refused.is_authentic,
                "stream": stream.key,
                "header_hash": refused.header_hash,
                "reason": refused.reason.value,
                "detail": refused.detail[:2_000],
                "known_hash": refused.known_hash,
                # What passes a limit is cut behind it: that it does can still be seen.
                "header": frame.header[: HEADER_BYTES_MAX + 1],
                "signature": frame.signature,
                "value": frame.value[: FRAME_VALUE_BYTES_MAX + 1],
                "refused_at": now,
            },
        )
        return True
