"""`python -m deploy.kafka up --clusters my-kul,cn-hgh`: real brokers until Ctrl-C.

Prints one line of JSON, cluster to bootstrap address, once every broker answers. Used by `make
kafka`. `jars` only fetches what a broker needs, so that a machine can be prepared beforehand.
"""

import argparse
import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from deploy.kafka.broker import Broker
from deploy.kafka.jars import KafkaMissing, fetch_jars
from deploy.processes import ServerFailed

STOPPING = (signal.SIGINT, signal.SIGTERM)


def main(argv: list[str] | None = None) -> int:
    """Run one command; return the exit code."""
    options = _parser().parse_args(argv)
    try:
        if options.command == "jars":
            sys.stdout.write(f"{fetch_jars()}\n")
        else:
            up(options.clusters.split(","), directory=options.directory)
    except (KafkaMissing, ServerFailed) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    return 0


def up(clusters: list[str], *, directory: Path) -> None:
    """Start a broker per cluster, say where they are, and stay until told to stop."""
    with ExitStack() as stack:
        brokers = {name: Broker(directory / name) for name in clusters}
        for broker in brokers.values():
            stack.callback(broker.stop)
            broker.start()
        for broker in brokers.values():
            broker.wait_ready()
        addresses = {name: broker.bootstrap for name, broker in brokers.items()}
        # Only now: the servers would have inherited the block.
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        sys.stdout.write(json.dumps(addresses) + "\n")
        sys.stdout.flush()
        signal.sigwait(STOPPING)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.kafka", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("jars", help="fetch Kafka's jars and print their folder")
    run = commands.add_parser("up", help="run brokers until Ctrl-C")
    run.add_argument("--clusters", default="my-kul,cn-hgh", help="names, comma-separated")
    run.add_argument("--directory", type=Path, default=Path("var/kafka"), help="where data stays")
    return parser


if __name__ == "__main__":
    sys.exit(main())
