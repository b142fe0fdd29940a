"""A database with a service's newest schema, without running its migrations for every test.

The first test of a process that asks runs them; later ones get a copy. Copying takes a tenth of
the time. What must see the migrations themselves is tests/component/test_migrations.py.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy.engine import make_url

from deploy.postgres.server import create_database, drop_database
from deploy.processes import ServerFailed
from shared.db.database import Database
from shared.db.migrations import migrate
from shared.runtime.service import Service
from tests import sessions

_kept: dict[tuple[str, Path], str] = {}
"""Where the copies are made from: by server, blank for SQLite, and history of migrations."""
_given: set[str] = set()


@contextmanager
def templates() -> Iterator[None]:
    """Forget at the end of a run what was kept for copying."""
    try:
        yield
    finally:
        for (server, _), name in _kept.items():
            if server:
                with suppress(ServerFailed):  # a server of one test is gone, with all it held
                    drop_database(server, name, by=sessions.execute)
            else:
                Path(name).unlink()
        _kept.clear()


async def migrated(service: Service) -> None:
    """Bring the service's database, that nobody uses yet, to the newest schema."""
    url = service.store.database.url
    known = url.render_as_string(hide_password=False)
    if known in _given:  # a second life of the same database
        await service.migrate()
        return
    _given.add(known)
    if url.get_backend_name() == "sqlite":
        await _copy_file(service, Path(str(url.database)))
    else:
        await _copy_database(service, known)


async def _copy_file(service: Service, target: Path) -> None:
    if target.exists():
        await service.migrate()
        return
    key = ("", service.migrations)
    if key not in _kept:
        _, template = tempfile.mkstemp(prefix=f"eroad-{service.name}-", suffix=".db")
        await _migrate(f"sqlite+aiosqlite:///{template}", service.migrations)
        _kept[key] = template
    shutil.copyfile(_kept[key], target)


async def _copy_database(service: Service, url: str) -> None:
    target = make_url(url)
    server = target.set(drivername="postgresql", database="postgres")
    server_url = server.render_as_string(hide_password=False)
    key = (server_url, service.migrations)
    if key not in _kept:
        template = f"template_{service.name}_{uuid4().hex}"
        create_database(server_url, template, by=sessions.execute)
        made = target.set(database=template).render_as_string(hide_password=False)
        await _migrate(made, service.migrations)
        _kept[key] = template
    create_database(server_url, str(target.database), template=_kept[key], by=sessions.execute)


async def _migrate(url: str, migrations: Path) -> None:
    database = Database(url)
    await migrate(database, migrations)
    await database.stop()
