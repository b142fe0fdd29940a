"""Every service's migrations lead exactly to the tables its code uses, on both databases."""

from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from shared.contracts.registry import SERVICES
from shared.db.database import Database
from shared.db.migrations import check_schema, migrate


@pytest.mark.parametrize("service", SERVICES)
async def test_lead_to_the_tables_in_use(service: str, empty_database_url: str) -> None:
    tables = import_module(f"services.{service}.store.tables")
    migrations = Path(tables.__file__ or "").parent / "migrations"
    database = Database(empty_database_url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, tables.metadata))

    try:
        await migrate(database, migrations)
        await migrate(database, migrations)
        await check_schema(database, migrations)
        async with database.engine.connect() as connection:
            found = await connection.run_sync(differences)
    finally:
        await database.stop()

    assert found == []
