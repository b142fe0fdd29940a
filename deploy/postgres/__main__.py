"""`python -m deploy.postgres up`: a real PostgreSQL until Ctrl-C.

Prints one line of JSON with its address once it accepts sessions. Used by `make postgres`.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from deploy.postgres.binaries import PostgresMissing
from deploy.postgres.server import SUPERUSER, Server
from deploy.processes import ServerFailed

STOPPING = (signal.SIGINT, signal.SIGTERM)


def main(argv: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args(argv)
    try:
        up(options.directory, port=options.port)
    except (PostgresMissing, ServerFailed) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    return 0


def up(directory: Path, *, port: int) -> None:
    """Start the server, say where it is, and stay until told to stop."""
    with Server(directory, port=port) as server:
        url = server.url(SUPERUSER).replace("postgresql://", "postgresql+asyncpg://", 1)
        # Only now: the servers would have inherited the block.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        sys.stdout.write(json.dumps({"url": url}) + "\n")
        sys.stdout.flush()
        signal.sigwait(STOPPING)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.postgres", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("up", help="run a server until Ctrl-C")
    run.add_argument("--directory", type=Path, default=Path("var/postgres"))
    run.add_argument("--port", type=int, default=0, help="0 picks a free one and keeps it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
