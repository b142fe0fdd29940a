"""How guidance is kept, so that it can be shown years later what was answered, by which rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, bindparam, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.domain.guidance import Guidance
from services.permits.store.tables import guidance_answer, guidance_asker
from shared.db.types import Moment
from shared.kernel.errors import NotFound

_ADD_ONCE = text(
    "INSERT INTO guidance_answer (id, pack_hashes, guidance, asked_at) "
    "VALUES (:id, :pack_hashes, :guidance, :asked_at) ON CONFLICT (id) DO NOTHING"
).bindparams(
    bindparam("pack_hashes", type_=JSON),
    bindparam("guidance", type_=JSON),
    bindparam("asked_at", type_=Moment),
)


_ASK = text(
    "INSERT INTO guidance_asker (answer_id, asker_id, checked_under) "
    "VALUES (:answer_id, :asker_id, :checked_under) ON CONFLICT (answer_id, asker_id) "
    "DO UPDATE SET checked_under = :checked_under, superseded_at = NULL, reason = NULL"
)


class AnswerNotFound(NotFound):
    """No such piece of guidance was given here."""

    code = "permits.answer-not-found"


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """A piece of guidance as it was first given."""

    id: str
    pack_hashes: Mapping[str, str]
    guidance: Guidance
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class AskedAnswer:
    """An answer and one who asked for it."""

    answer_id: str
    asker_id: str


class Answers:
    """The guidance given at this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, answer_id: str) -> KeptAnswer:
        """Return an answer as it was given, or raise AnswerNotFound."""
        row = (
            await self._connection.execute(
                select(guidance_answer).where(guidance_answer.c.id == answer_id)
            )
        ).one_or_none()
        if row is None:
            raise AnswerNotFound(f"no answer {answer_id}")
        return KeptAnswer(
            id=row.id,
            pack_hashes=row.pack_hashes,
            guidance=msgspec.convert(row.guidance, Guidance),
            asked_at=row.asked_at,
        )

    async def ask(self, answer_id: str, *, asker_id: str, checked_under: str) -> None:
        """Remember who asked, so that they hear when a rule changes; asked again: open again."""
        await self._connection.execute(
            _ASK,
            {"answer_id": answer_id, "asker_id": asker_id, "checked_under": checked_under},
        )

    async def to_check(self, *, checked_under: str, limit: int) -> list[AskedAnswer]:
        """Return, locked, answers still open that were last checked under other rules or days."""
        rows = await self._connection.execute(
            select(guidance_asker)
            .where(
                guidance_asker.c.superseded_at.is_(None),
                guidance_asker.c.checked_under != checked_under,
            )
            .order_by(guidance_asker.c.answer_id, guidance_asker.c.asker_id)
            .limit(limit)
            .with_for_update()
        )
        return [AskedAnswer(answer_id=row.answer_id, asker_id=row.asker_id) for row in rows]

    async def checked(self, one: AskedAnswer, *, under: str) -> None:
        await self._change(one, {"checked_under": under})

    async def superseded(self, one: AskedAnswer, *, at: datetime, reason: str) -> None:
        await self._change(one, {"superseded_at": at, "reason": reason})

    async def standing(self, answer_id: str, *, asker_id: str) -> tuple[datetime, str] | None:
        """Return since when and why an answer no longer stands for who asked, None if it does."""
        row = (
            await self._connection.execute(
                select(guidance_asker).where(
                    guidance_asker.c.answer_id == answer_id,
                    guidance_asker.c.asker_id == asker_id,
                )
            )
        ).one_or_none()
        return None if row is None or row.superseded_at is None else (row.superseded_at, row.reason)

    async def _change(self, one: AskedAnswer, values: Mapping[str, Any]) -> None:
        await self._connection.execute(
            update(guidance_asker)
            .where(
                guidance_asker.c.answer_id == one.answer_id,
                guidance_asker.c.asker_id == one.asker_id,
            )
            .values(values)
        )

    async def add_once(self, one: KeptAnswer) -> None:
        """Keep an answer; the same answer given again changes nothing."""
        await self._connection.execute(
            _ADD_ONCE,
            {
                "id": one.id,
                "pack_hashes": dict(one.pack_hashes),
                "guidance": msgspec.to_builtins(one.guidance),
                "asked_at": one.asked_at,
            },
        )
