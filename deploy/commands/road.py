"""`eroad road`: how every stream between the hubs of this machine stands, and every peer."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Column, Table

from deploy.commands.asking import ask_hubs
from deploy.hub.plan import HubPlan
from deploy.scenario.hub_client import HubClient

WATCH_EVERY_S = 1.0

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)


@app.callback()
def road() -> None:
    """Keep `status` a command by name while it is the only one."""


@app.command()
def status(
    folder: Annotated[Path, typer.Option(help="where the hubs keep everything")] = Path("var"),
    watch: Annotated[bool, typer.Option("--watch", help="go on until Ctrl-C")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """Show both ends of every stream and how each hub stands with its peers; exit 1 if a stream
    stands still or a peer's evidence contradicts itself."""
    plans = {p.hub: p for p in map(HubPlan.load, sorted(folder.glob("*/hub.json")))}
    if not plans:
        console.print(f"[red]no hubs in {folder}; start them with `eroad up`")
        raise typer.Exit(1)
    try:
        seen = ask_hubs(plans.values(), _watched if watch and not as_json else _look)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    if not as_json:
        Console().print(_tables_of(seen))
    else:
        sys.stdout.write(json.dumps(seen._asdict(), indent=2) + "\n")
    raise typer.Exit(0 if seen.is_well else 1)


class Seen(NamedTuple):
    """The road at one moment: its streams, and each hub's view of each peer."""

    streams: list[dict[str, Any]]
    peers: list[dict[str, Any]]

    @property
    def is_well(self) -> bool:
        """Whether every stream flows and no peer signed two histories."""
        return not any(row["stopped"] for row in self.streams) and not any(
            row["contradictions"] for row in self.peers
        )


async def _watched(operators: Mapping[str, HubClient]) -> NoReturn:
    with Live(_tables_of(await _look(operators)), console=Console(), auto_refresh=False) as live:
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            live.update(_tables_of(await _look(operators)), refresh=True)


async def _look(operators: Mapping[str, HubClient]) -> Seen:
    return Seen(await streams_of(operators), await peers_of(operators))


def _tables_of(seen: Seen) -> Group:
    return Group(table_of(seen.streams), peer_table_of(seen.peers))


async def peers_of(operators: Mapping[str, HubClient]) -> list[dict[str, Any]]:
    """Ask every hub how it stands with each of its peers."""
    return [
        {"at": hub, **view}
        for hub, client in sorted(operators.items())
        for view in (await client.get("/exchange/v1/peers"))["items"]
    ]


def peer_table_of(rows: list[dict[str, Any]]) -> Table:
    """The peers as a table for people."""
    table = Table("hub", "peer", "way", "canary", "evidence", "keys until", "state")
    for row in rows:
        trip_ms, out = row.get("canary_round_trip_ms"), row.get("canary_out_since")
        canary = "none yet" if trip_ms is None else f"{trip_ms / 1000:.1f} s there and back"
        evidence = "[red]contradicts itself" if row["contradictions"] else "[green]follows"
        table.add_row(
            row["at"],
            row["hub"],
            row["transport"],
            f"[yellow]out since {out}" if out else canary,
            evidence if row.get("head_seen_at") or row["contradictions"] else "not seen yet",
            (row.get("keys_valid_until") or "no key known")[:10],
            "[yellow]suspended" if row["suspended"] else "[green]open",
        )
    return table


async def streams_of(operators: Mapping[str, HubClient]) -> list[dict[str, Any]]:
    """Ask every hub, and put the two ends of each stream into one row."""
    ends: dict[str, dict[str, dict[str, Any]]] = {}
    for client in operators.values():
        for view in (await client.get("/exchange/v1/streams"))["items"]:
            ends.setdefault(view["stream"], {})[view["role"]] = view
    return [_row(stream, both) for stream, both in sorted(ends.items())]


def table_of(rows: list[dict[str, Any]]) -> Table:
    """The rows as a table for people."""
    # Eighty characters show every stream by its whole name, which tells its row from the others.
    heads = ("numbered", "applied", "receipts", "behind", "set aside", "state")
    table = Table(Column("stream", no_wrap=True), *heads, padding=0)
    for row in rows:
        stopped = row["stopped"]
        state = f"[red]{stopped}" if stopped else "[green]flows" if row["behind"] == 0 else "behind"
        counts = (row[name] for name in ("numbered", "applied", "receipts", "behind", "set_aside"))
        table.add_row(row["stream"], *map(str, counts), state)
    return table


def _row(stream: str, ends: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One stream from both ends; an end that nobody here has shows as 0."""
    origin, dest = ends.get("origin", {}), ends.get("destination", {})
    numbered, applied = origin.get("seq", 0), dest.get("seq", 0)
    frozen = "frozen" if dest.get("frozen") else ""
    return {
        "stream": stream,
        "numbered": numbered,
        "applied": applied,
        "receipts": origin.get("acknowledged_seq", 0),
        "behind": max(0, numbered - applied),
        "set_aside": dest.get("set_aside", 0),
        "stopped": frozen or dest.get("stop_reason") or origin.get("stop_reason") or "",
    }
