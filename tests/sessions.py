"""Sessions of PostgreSQL's superuser that stay open from one test to the next.

Nearly every second test has a database made and dropped. To start psql and to connect takes longer
than either, so one psql a server is kept, and told what to do.
"""

import os
import subprocess
from contextlib import suppress
from typing import IO

from deploy.postgres.binaries import binaries
from deploy.processes import ServerFailed

OPTIONS = "-c client_min_messages=error -c statement_timeout=30s"
"""So that whatever is said is a refusal, and nothing is waited for longer than by `execute`."""
DONE = "-- done --"
END_S_MAX = 10.0

_open: dict[str, "_Session"] = {}


def execute(server_url: str, command: str) -> None:
    """Run one command as `deploy.postgres.server.execute` does, in the session that is open."""
    session = _open.pop(server_url, None)
    said = session.tell(command) if session is not None else None
    if session is None or said is None:  # the server was stopped since, and may run again
        session = _Session(server_url)
        said = session.tell(command)
    if said is None:
        raise ServerFailed(f"no session at {server_url}: {session.last_words}")
    _open[server_url] = session
    if said:
        raise ServerFailed(f"psql failed: {said}")


def close() -> None:
    """End every session."""
    while _open:
        _open.popitem()[1].end()


class _Session:
    """One psql, which reads commands from us; what it says comes unbuffered, as warnings."""

    def __init__(self, server_url: str) -> None:
        self.last_words = ""
        self._psql = subprocess.Popen(
            [binaries() / "psql", server_url, "-X", "-q"],
            env={**os.environ, "PGOPTIONS": OPTIONS},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tell(self, command: str) -> str | None:
        """Return what the server had to say against a command; None if the session is over."""
        said: list[str] = []
        with suppress(BrokenPipeError):  # it has ended, and its last words are still to be read
            self._write(f"{command};\n\\warn {DONE}\n")
        for line in _of(self._psql.stderr):
            if line.strip() == DONE:
                return "".join(said).strip()
            said.append(line)
        self.last_words = "".join(said).strip()
        self.end()
        return None

    def end(self) -> None:
        """End psql, which leaves when nobody can tell it anything any more."""
        self._psql.communicate(timeout=END_S_MAX)

    def _write(self, text: str) -> None:
        stream = _of(self._psql.stdin)
        stream.write(text)
        stream.flush()


def _of(stream: IO[str] | None) -> IO[str]:
    assert stream is not None, "every stream is a pipe"
    return stream
