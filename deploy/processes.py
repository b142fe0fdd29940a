"""Servers of other makers as child processes: a port, a log, a pid, and an end that always comes.

Kafka and PostgreSQL are started the same way here, without containers. A server is stopped by its
own pid only. Where the system has pidfds, a guard also ends it when its owner dies unawares.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
# Below the range from which systems take the ports of outgoing connections, so that a server
# which was killed finds its port still free when it comes back.
PORT_RANGE = range(18_000, 32_000)
PORT_TRIES = 200
POLL_S = 0.05
KILL_TIMEOUT_S = 10.0
LOG_TAIL_LINES = 25
GUARD = str(Path(__file__).with_name("guard.py"))


class ServerFailed(RuntimeError):
    """A server did not come up, or did not go down, within its time."""


def free_ports(count: int) -> list[int]:
    """Return `count` different ports of the loopback address that nobody listens on now."""
    found: list[socket.socket] = []
    try:
        for port in random.sample(PORT_RANGE, PORT_TRIES):
            probe = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                probe.close()
                continue
            found.append(probe)
            if len(found) == count:
                return [each.getsockname()[1] for each in found]
    finally:
        for each in found:
            each.close()
    raise ServerFailed(f"found no {count} free ports on {LOOPBACK} in {PORT_TRIES} tries")


def alive(pid: int) -> bool:
    """Tell whether a process with this pid runs; a dead child not yet waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return True
    return status.read_text().rpartition(")")[2].split()[0] != "Z"


def await_until(condition: Callable[[], bool], *, timeout_s: float) -> bool:
    """Poll until the condition holds; False when the time is over first."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        _pause()
    return True


def _pause() -> None:
    # These callers are synchronous and own their thread; no event loop waits behind them.
    time.sleep(POLL_S)


def end(pid: int, *, with_signal: int = signal.SIGTERM, timeout_s: float = 30.0) -> None:
    """Ask any process to end, by pid; kill it when it has not within the time."""
    for each, patience_s in ((with_signal, timeout_s), (signal.SIGKILL, KILL_TIMEOUT_S)):
        try:
            os.kill(pid, each)
        except ProcessLookupError:
            return
        if await_until(lambda: not alive(pid), timeout_s=patience_s):
            return
    raise ServerFailed(f"process {pid} outlived SIGKILL")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The user and group a server runs as, where it must not run as the caller."""

    uid: int
    gid: int


def run_tool(
    argv: Sequence[str | Path],
    *,
    timeout_s: float,
    cwd: Path | None = None,
    account: Account | None = None,
) -> None:
    """Run a program to its end; raise ServerFailed with what it said when it refuses."""
    command = [str(each) for each in argv]
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            **_as(account),
        )
    except subprocess.TimeoutExpired as late:
        raise ServerFailed(f"{command[0]} did not end within {timeout_s:g} s") from late
    if done.returncode != 0:
        said = f"{done.stdout}{done.stderr}".strip()
        raise ServerFailed(f"{Path(command[0]).name} failed ({done.returncode}): {said}")


def _as(account: Account | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


class ServerProcess:
    """One started server: its pid, its log, and whether it still runs."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path,
        stop_signal: int = signal.SIGTERM,
        owner: int | None = None,
        account: Account | None = None,
    ) -> None:
        """Start it in a session of its own; `owner` is the pid whose death ends it as well."""
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as sink:
            self._popen = subprocess.Popen(
                [str(each) for each in argv],
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **_as(account),
            )
        self.pid = self._popen.pid
        self._guard = _guard(owner or os.getpid(), self.pid, stop_signal)

    @property
    def running(self) -> bool:
        return self._popen.poll() is None

    def await_ready(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Return once `ready` holds; raise ServerFailed with the log's end when it never will."""
        came = await_until(lambda: not self.running or ready(), timeout_s=timeout_s)
        if not came or not self.running:
            reason = f"was not ready within {timeout_s:g} s" if self.running else "ended"
            self.kill()
            raise ServerFailed(f"the server {reason}; the end of {self.log}:\n{self.log_tail()}")

    def stop(self, timeout_s: float) -> None:
        """End it in order, and by force when that takes longer than the time given."""
        self._end(self.stop_signal, timeout_s)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL, KILL_TIMEOUT_S)

    def _end(self, with_signal: int, timeout_s: float) -> None:
        if self.running:
            self._popen.send_signal(with_signal)
            try:
                self._popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait(KILL_TIMEOUT_S)
        if self._guard is not None:
            self._guard.wait(KILL_TIMEOUT_S)  # it ends by itself once its target has

    def release(self) -> int:
        """Leave the server to whoever knows its pid, and return that pid."""
        self._popen.returncode = 0  # tells Popen that nobody here waits for it any more
        if self._guard is not None:
            self._guard.returncode = 0
        return self.pid

    def log_tail(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])


def _guard(owner: int, target: int, stop_signal: int) -> subprocess.Popen[bytes] | None:
    if not hasattr(os, "pidfd_open"):
        return None
    return subprocess.Popen(
        [sys.executable, "-I", GUARD, str(owner), str(target), str(int(stop_signal))],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
