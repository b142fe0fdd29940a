"""`eroad person`: erase a person's data at every hub that could read them, and see who signed."""

import asyncio
import base64
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from deploy.commands.asking import ask_hub
from deploy.scenario.hub_client import HubClient
from services.exchange.domain.erasure import ErasureBody
from services.exchange.domain.erasure_bundle import ErasureBundle, write_erasure_bundle

DOOR = "/exchange/v1/erasures"
LOOK_S = 0.2

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)

Person = Annotated[str, typer.Argument(metavar="PERSON", help="the person's id, never a name")]
HubFolder = Annotated[Path, typer.Option("--hub", file_okay=False, help="a hub's folder")]
AsJson = Annotated[bool, typer.Option("--json", help="print only JSON")]


@app.command()
def erase(
    person: Person,
    hub: HubFolder,
    wait: Annotated[float, typer.Option(min=0, max=600, help="seconds, for peers to sign")] = 10.0,
    as_json: AsJson = False,
) -> None:
    """Delete a person's keys for good, so that nobody reads what was shared; exit 1 while a peer
    has not signed. What the hub's own services keep they delete themselves."""
    _say(ask_hub(hub, lambda operator: erased(operator, person, wait_s=wait)), as_json=as_json)


@app.command()
def erasure(person: Person, hub: HubFolder, as_json: AsJson = False) -> None:
    """Show which peers have signed for an erasure; exit 1 while one has not."""
    _say(ask_hub(hub, lambda operator: how_far(operator, person)), as_json=as_json)


@app.command()
def evidence(
    person: Person,
    hub: HubFolder,
    out: Annotated[Path, typer.Option(help="write the bundle here")] = Path("erasure.json"),
    peer: Annotated[str, typer.Option(help="needed if several hubs could read")] = "",
) -> None:
    """Write one bundle: a peer's signed receipt and its place in the hub's evidence log."""
    asked = f"{DOOR}/evidence?person={quote(person, safe='')}" + (f"&peer={peer}" if peer else "")
    answer = ask_hub(hub, lambda operator: operator.get(asked))
    answer.pop("http_status", None)
    out.write_bytes(write_erasure_bundle(msgspec.convert(answer, ErasureBundle)))
    console.print(f"{out} proves the erasure; hand it over with nothing else", markup=False)
    console.print(f"  check it: eroad evidence verify {out} --anchor ANCHOR --anchor ANCHOR")


async def erased(operator: HubClient, person: str, *, wait_s: float) -> dict[str, Any]:
    """Erase, and return how far it came once every peer has signed or `wait_s` has passed."""
    view = await operator.post(DOOR, {"person": person})
    deadline = time.monotonic() + wait_s
    while not is_signed(view) and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        view = await how_far(operator, person)
    return view


async def how_far(operator: HubClient, person: str) -> dict[str, Any]:
    """Return what the hub knows of an erasure, the peers' receipts included."""
    return await operator.get(f"{DOOR}?person={quote(person, safe='')}")


def is_signed(view: dict[str, Any]) -> bool:
    """Whether every peer that could read the person's data has signed that it can't any more."""
    return all(peer.get("receipt") for peer in view["peers"])


def table_of(view: dict[str, Any]) -> Table:
    """The peers as a table for people."""
    table = Table("peer", "signed", "had a copy", "key")
    for peer in view["peers"]:
        receipt = peer.get("receipt")
        if receipt is None:
            table.add_row(peer["peer"], "[yellow]not yet", "", peer["key"])
            continue
        said = msgspec.json.decode(base64.b64decode(receipt["body"]), type=ErasureBody)
        held = "yes, deleted" if said.was_held else "no, and takes none"
        table.add_row(peer["peer"], f"[green]{said.at}", held, peer["key"])
    return table


def _say(view: dict[str, Any], *, as_json: bool) -> NoReturn:
    view.pop("http_status", None)
    if as_json:
        sys.stdout.write(json.dumps(view, indent=2) + "\n")
    else:
        console.print(f"{view['person']} was erased at {view['erased_at']}", markup=False)
        if view["peers"]:
            Console().print(table_of(view))
        else:
            console.print("no peer could read anything of this person")
    raise typer.Exit(0 if is_signed(view) else 1)
