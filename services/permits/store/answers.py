"""How guidance is kept, so that it can be shown years later what was answered, by which rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import JSON, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.permits.domain.guidance import Guidance
from services.permits.store.tables import guidance_answer
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
