"""What an operator does on every service: look at quarantined records and replay them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from shared.db.tables import messaging_tables
from shared.db.tx import Store
from shared.messaging.consumer import Consumer
from shared.web.auth import requires

SHOWN_MAX = 100


class QuarantinedRecord(BaseModel):
    """A record that could not be handled; its data is not shown, it may be personal."""

    id: int
    topic: Annotated[str, Field(max_length=200)]
    partition: int
    offset: int
    key: Annotated[str, Field(max_length=200)]
    event_id: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(max_length=100)]
    detail: Annotated[str, Field(max_length=2_000)]


class Replayed(BaseModel):
    """How many records were handled, the one asked for and those of its key behind it."""

    replayed: int


router = APIRouter(
    prefix="/v1/quarantine", tags=["operate"], dependencies=[Depends(requires("hub:operate"))]
)


@router.get("")
async def list_quarantined(request: Request) -> list[QuarantinedRecord]:
    """The oldest open records first."""
    store: Store[Any] = request.app.state.store
    table = messaging_tables(store.metadata).quarantine
    query = select(table).where(table.c.replayed_at.is_(None)).order_by(table.c.id)
    async with store.database.reading() as connection:
        rows = (await connection.execute(query.limit(SHOWN_MAX))).mappings().all()
    return [QuarantinedRecord.model_validate(dict(row)) for row in rows]


@router.post("/{quarantine_id}/replay")
async def replay(request: Request, quarantine_id: Annotated[int, Path(ge=1, le=2**53)]) -> Replayed:
    """Handle the record again, unchanged, then the ones of its key behind it."""
    consumer: Consumer = request.app.state.consumer
    return Replayed(replayed=await consumer.replay(quarantine_id))
