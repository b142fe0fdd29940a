"""A service's database as an ordinary role: tests connect as a superuser, whom no policy holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import Connection, event, text

from tests.builders.running import Running

ROLE = "eroad_service"
GRANTS = (
    f"DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object OR unique_violation THEN"
    " NULL; END $$",
    f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}",
    f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
)
GUARDED = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")


@asynccontextmanager
async def as_service_role(service: Running) -> AsyncIterator[Running]:
    """Let every transaction of a running service be one of the role that it would have."""
    engine = service.service.store.database.engine
    async with engine.begin() as connection:
        for statement in GRANTS:
            await connection.execute(text(statement))

    @event.listens_for(engine.sync_engine, "begin")
    def as_service(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL ROLE {ROLE}")

    yield service


async def rows_seen(service: Running, table: str, member_id: str) -> int:
    """Return how many rows of a table a member's transaction sees, asking for all of them."""
    async with service.service.store.reading() as tx:
        await tx.narrow_to(member_id)
        return int(await tx.connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def guarded_tables(service: Running) -> set[str]:
    """Return the tables that PostgreSQL guards, from their owner too."""
    async with service.service.store.reading() as tx:
        return set((await tx.connection.execute(GUARDED)).scalars())
