"""One real PostgreSQL server on loopback, without containers.

It keeps its data and its port in its directory, so a server that was stopped or killed comes back
as the same server at the same address. Durable unless told otherwise.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.postgres.binaries import binaries, reachable, unprivileged
from deploy.processes import (
    LOOPBACK,
    Account,
    ServerFailed,
    ServerProcess,
    alive,
    await_until,
    free_ports,
    run_tool,
)

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
INIT_TIMEOUT_S = 120.0
COMMAND_TIMEOUT_S = 30.0
SUPERUSER = "postgres"
CONNECTIONS_MAX = 200

Execute = Callable[[str, str], None]
"""Runs a command on the server at an address, or raises ServerFailed."""


class Server:
    """A server restartable on the same data and port; trusts every connection from loopback."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        fsync: bool = True,
        owner: int | None = None,
    ) -> None:
        """`fsync` False is for tests only: fast, and a power cut would lose committed data.

        As root, the account that runs PostgreSQL must be able to enter `directory`.
        """
        self.directory = directory
        self._fsync = fsync
        self._owner = owner
        self._process: ServerProcess | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self.port = self._port(port)

    def url(self, database: str = SUPERUSER) -> str:
        """The address of one database, without a driver: `postgresql://...`."""
        return f"postgresql://{SUPERUSER}@{LOOPBACK}:{self.port}/{database}"

    @property
    def pid(self) -> int:
        """The postmaster's process id; raises ServerFailed while it is not started."""
        if self._process is None:
            raise ServerFailed(f"the server in {self.directory} is not started")
        return self._process.pid

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process, creating the cluster the first time; does not wait."""
        if self._process is not None and self._process.running:
            return
        programs, account = binaries(), unprivileged()
        data = self.directory.resolve() / "data"
        if not (data / "PG_VERSION").exists():
            self._initialise(programs / "initdb", data, account)
        durability = [] if self._fsync else _not_durable()
        self._process = ServerProcess(
            [programs / "postgres", "-D", data, *self._settings(), *durability],
            log=self.directory / "server.log",
            cwd=data,
            stop_signal=signal.SIGINT,  # SIGTERM would wait until the last client leaves
            owner=self._owner,
            account=account,
        )

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Return once it accepts sessions; raise ServerFailed when it does not in time."""
        if self._process is None:
            raise ServerFailed(f"the server in {self.directory} is not started")
        self._process.await_ready(self._accepts, timeout_s=timeout_s)

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """End it in order: sessions are closed, everything is written (fast shutdown)."""
        if self._process is not None:
            self._process.stop(timeout_s)
            self._process = None

    def kill(self) -> None:
        """End the postmaster and every process it started, as a power cut would (SIGKILL)."""
        if self._process is None:
            return
        children = _children(self._process.pid)
        self._process.kill()
        self._process = None
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if not await_until(lambda: not any(map(alive, children)), timeout_s=STOP_TIMEOUT_S):
            raise ServerFailed(f"processes of the killed server in {self.directory} still run")

    def restart(self) -> None:
        """Stop if it runs, start on the same data and port, and wait until it accepts sessions."""
        self.stop()
        self.start()
        self.wait_ready()

    def release(self) -> int:
        """Leave the running server to whoever knows its pid, and return that pid."""
        if self._process is None:
            raise ServerFailed(f"the server in {self.directory} is not started")
        return self._process.release()

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """Create a database as a copy of the template and return its address."""
        create_database(self.url(), name, template=template)
        return self.url(name)

    def _port(self, port: int) -> int:
        kept = self.directory / "port"
        if not kept.exists():
            kept.write_text(str(port or free_ports(1)[0]))
        chosen = int(kept.read_text())
        if port and port != chosen:
            raise ServerFailed(f"the server in {self.directory} has port {chosen}, not {port}")
        return chosen

    def _initialise(self, initdb: Path, data: Path, account: Account | None) -> None:
        data.mkdir(mode=0o700, exist_ok=True)
        if account is not None:
            if not reachable(data.parent):
                raise ServerFailed(f"as root, choose a folder that others may enter: {data.parent}")
            os.chown(data, account.uid, account.gid)
        command = [str(initdb), "-D", str(data), "-U", SUPERUSER, *_INITDB_OPTIONS]
        run_tool(command, timeout_s=INIT_TIMEOUT_S, cwd=data, account=account)

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": str(CONNECTIONS_MAX),
            "timezone": "UTC",
        }
        return [each for key, value in settings.items() for each in ("-c", f"{key}={value}")]

    def _accepts(self) -> bool:
        """Ask for a session: the port answers already while a crashed server still recovers."""
        try:
            execute(self.url(), "SELECT 1")
        except ServerFailed:
            return False
        return True


_INITDB_OPTIONS = ("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")


def execute(url: str, command: str) -> None:
    """Run one command in a session of its own; raise ServerFailed with what the server refused."""
    psql = str(binaries() / "psql")
    options = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", command]
    run_tool([psql, url, *options], timeout_s=COMMAND_TIMEOUT_S)


def create_database(
    server_url: str, name: str, *, template: str = "template1", by: Execute = execute
) -> None:
    """Create a database on any server of which a superuser's address is known."""
    # Copying files beats copying through the log for databases as small as ours.
    by(server_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')


def drop_database(server_url: str, name: str, *, by: Execute = execute) -> None:
    """Drop a database, ending whatever sessions still use it."""
    by(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _not_durable() -> list[str]:
    return ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(each) for each in listed.read_text().split()] if listed.exists() else []
