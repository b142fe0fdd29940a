"""Servers are killed, connections cut, disks full and clocks wrong, under load and again and
again: nothing is lost, doubled or out of balance."""

import asyncio
import errno
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.postgres.binaries import unprivileged
from deploy.postgres.server import Server
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from tests.component.payments.faults import a_store, endure
from tests.real import RealServers

SOAK = pytest.mark.soak
OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE datname = 'payments' AND pid <> pg_backend_pid()"
)
FULL_FOR_S = 0.3
TOLD_AFTER_S = 1.0
"""Longer than the desk tries by itself: callers are told to come back."""
SMALL_DISK_MB = 200
BLOCK = bytes(4096)
LOOKS_MAX, LOOK_S = 100, 0.02


def ready(server: Server) -> str:
    """Return the address of a fresh database on a server of its own."""
    server.wait_ready()
    server.create_database("payments")
    return address(server, "payments")


def address(server: Server, database: str) -> str:
    return server.url(database).replace("postgresql://", "postgresql+asyncpg://")


async def run_by_operator(server: Server, *statements: str) -> None:
    """Run what no transaction may hold, one after the other."""
    operator = Database(address(server, "postgres"))
    try:
        async with operator.engine.connect() as connection:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await operator.stop()


class TestKills:
    @pytest.mark.parametrize(
        ("commands", "kills"), [(1_500, 2), pytest.param(50_000, 60, marks=SOAK)]
    )
    async def test_of_the_server_lose_and_double_nothing(
        self, own_postgres: Callable[..., Server], commands: int, kills: int
    ) -> None:
        server = own_postgres()

        async def strike() -> None:
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.restart)

        store = a_store(ready(server))
        seen = await endure(store, commands=commands, faults=kills, strike=strike)

        assert seen["accepted"] > 0
        assert seen["payments.insufficient-funds"] > 0

    @pytest.mark.parametrize(
        ("commands", "cuts"), [(1_500, 10), pytest.param(50_000, 200, marks=SOAK)]
    )
    async def test_of_every_connection_lose_and_double_nothing(
        self, own_postgres: Callable[..., Server], commands: int, cuts: int
    ) -> None:
        server = own_postgres()
        url = ready(server)
        operator = Database(url)
        cut = 0

        async def strike() -> None:
            """Cut whoever is connected; on a busy machine that may take a moment."""
            nonlocal cut
            for _ in range(LOOKS_MAX):
                async with operator.transaction() as connection:
                    found = int(await connection.scalar(text(OTHERS)) or 0)
                cut += found
                if found:
                    return
                await asyncio.sleep(LOOK_S)

        try:
            await endure(a_store(url), commands=commands, faults=cuts, strike=strike)
        finally:
            await operator.stop()

        assert cut >= cuts, "somebody was connected each time"


@pytest.fixture
def small_disk(real: RealServers) -> Iterator[Path]:
    """A file system of its own that PostgreSQL may write to and a test may fill."""
    directory = Path(tempfile.mkdtemp(prefix="small-disk-", dir=real.folder))
    options = f"size={SMALL_DISK_MB}m"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this account may not mount a small disk")
    try:
        account = unprivileged()
        if account is not None:
            os.chown(directory, account.uid, account.gid)
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def fill(file: Path) -> None:
    """Take every free block of the disk `file` lies on.

    Block by block until there is no other: the server writes meanwhile, so that nobody knows how
    many are free.
    """
    try:
        with file.open("wb", buffering=0) as blocks:
            while True:
                blocks.write(BLOCK)
    except OSError as refused:
        if refused.errno != errno.ENOSPC:
            raise


class TestFullDisk:
    @pytest.mark.parametrize(
        ("commands", "times"), [(1_500, 3), pytest.param(50_000, 60, marks=SOAK)]
    )
    async def test_of_postgres_makes_callers_wait_and_loses_nothing(
        self,
        small_disk: Path,
        own_postgres: Callable[..., Server],
        commands: int,
        times: int,
    ) -> None:
        server = own_postgres()
        server.wait_ready()
        await run_by_operator(
            server,
            f"CREATE TABLESPACE small LOCATION '{small_disk}'",
            "CREATE DATABASE payments TABLESPACE small",
        )
        filler = small_disk / "filler"

        async def strike() -> None:
            """Leave no block free for a while."""
            fill(filler)
            await asyncio.sleep(TOLD_AFTER_S)
            filler.unlink()

        store = a_store(address(server, "payments"))
        seen = await endure(store, commands=commands, faults=times, strike=strike)

        assert seen["accepted"] > 0
        assert seen["retries"] >= times, "somebody met the full disk each time"

    @pytest.mark.parametrize(
        ("commands", "times"), [(1_500, 3), pytest.param(50_000, 60, marks=SOAK)]
    )
    async def test_of_sqlite_makes_callers_wait_and_loses_nothing(
        self, tmp_path: Path, commands: int, times: int
    ) -> None:
        store = a_store(f"sqlite+aiosqlite:///{tmp_path}/payments.db")

        async def strike() -> None:
            """Leave no page free for a while."""
            async with store.database.transaction() as connection:
                pages = await connection.scalar(text("PRAGMA page_count"))
                await connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            await asyncio.sleep(FULL_FOR_S)
            async with store.database.transaction() as connection:
                await connection.execute(text("PRAGMA max_page_count = 1073741823"))

        seen = await endure(store, commands=commands, faults=times, strike=strike)

        assert seen["accepted"] > 0


class JumpingClock(SystemClock):
    """Is set ahead or back by up to a month whenever somebody looks."""

    def __init__(self) -> None:
        self._draw = random.Random(30)

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self._draw.randint(-(30 * 86_400), 30 * 86_400))


class TestClock:
    @pytest.mark.parametrize("commands", [1_500, pytest.param(50_000, marks=SOAK)])
    async def test_that_jumps_harms_neither_chain_nor_counters(
        self, empty_database_url: str, commands: int
    ) -> None:
        async def nothing() -> None:
            """The clock strikes by itself."""

        store = a_store(empty_database_url, JumpingClock())
        seen = await endure(store, commands=commands, faults=0, strike=nothing)

        assert seen["accepted"] + seen["payments.insufficient-funds"] == commands
