"""The smallest service there could be: it hears that a note was written and keeps it."""

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from shared.contracts.event import Event, ShortText
from shared.db.database import Database
from shared.db.tables import messaging_tables
from shared.db.tx import Store, Tx
from shared.kernel.clock import Clock
from shared.kernel.errors import Rejected, Unavailable
from shared.kernel.ids import TimeOrderedIds

metadata = MetaData()
messaging_tables(metadata)
note = Table(
    "note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("text", String(100), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
)


class NoteWritten(Event, wire_name="orders.note-written.v1", leaves_hub=False):
    """Somebody wrote something down."""

    text: ShortText


class NoteRefused(Rejected):
    """This note may not be kept."""

    code = "notes.refused"


async def on_note_written(event: NoteWritten, tx: Tx) -> None:
    """Keep the note; some texts force what can go wrong."""
    await tx.connection.execute(insert(note), {"text": event.text})
    await tx.emit(NoteWritten(text=f"kept {event.text}"), key="kept")
    if event.text == "refused":
        raise NoteRefused("not this one", field="text")
    if event.text == "bug":
        raise KeyError("nobody foresaw this")
    if event.text == "away":
        raise Unavailable("something is away")


async def notes_store(database_url: str, clock: Clock) -> Store[Tx]:
    """A store with empty tables."""
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    return Store(
        database, metadata, Tx, service="orders", clock=clock, ids=TimeOrderedIds("my-kul", clock)
    )


async def texts(store: Store[Tx]) -> list[str]:
    """The notes kept, in the order in which they were."""
    async with store.database.reading() as connection:
        rows = await connection.execute(select(note.c.text).order_by(note.c.id))
        return [row.text for row in rows]
