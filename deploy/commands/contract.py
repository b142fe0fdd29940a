"""`eroad contract`: what a hub shares with another: offer, agree, suspend, end, list."""

import json
import sys
import textwrap
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from deploy.commands.asking import ask_hub
from deploy.scenario.hub_client import HubClient

DOORS = "/exchange/v1/contracts"
ID_WIDTH = 37

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)

HubFolder = Annotated[Path, typer.Option("--hub", file_okay=False, help="a hub's folder")]
ContractId = Annotated[str, typer.Argument(metavar="CONTRACT", help="the contract's id")]
Reason = Annotated[str, typer.Option(help="why; the other hub reads the same")]
AsJson = Annotated[bool, typer.Option("--json", help="print only JSON")]


@app.command("list")
def contracts(hub: HubFolder, as_json: AsJson = False) -> None:
    """Show every contract of a hub: its state, what it waits for until when, why it ended."""
    found = ask_hub(hub, _all_pages)
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    Console().print(table_of(found))


def table_of(contracts: list[dict[str, Any]]) -> Table:
    """The contracts as a table for people; ids are whole, since `agree` asks for them."""
    whole = [Column(header, no_wrap=True) for header in ("contract", "peer", "state")]
    table = Table(*whole, "types")
    for one in contracts:
        ends = one["expires_at"] if one["state"] == "finalised" else one["deadline"]
        role = {"origin": "receives", "dest": "shares"}[one["party"]]
        table.add_row(one["contract_id"], one["peer"], one["state"], str(len(one["types"])))
        why = " / ".join(filter(None, (one["purpose"], one.get("reason"))))
        table.add_row(textwrap.fill(escape(why), ID_WIDTH), role, f"until {ends[:10]}")
        table.add_section()
    return table


@app.command()
def offer(
    dest: Annotated[str, typer.Argument(help="the hub that is to receive, as my-pen")],
    hub: HubFolder,
    purpose: Annotated[str, typer.Option(help="what the other hub may use it for")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the last day, UTC")],
    area: Annotated[
        list[str] | None, typer.Option(help="all of a service's events; may be repeated")
    ] = None,
    type_: Annotated[
        list[str] | None,
        typer.Option("--type", help="one type, or TYPE:FIELD,FIELD; may be repeated"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Offer a peer to share areas or types with it; nothing crosses before both hold the same."""
    body = {
        "dest": dest,
        "purpose": purpose,
        "expires_at": f"{until:%Y-%m-%d}T23:59:59Z",
        "areas": area or [],
        "types": [_shared(one) for one in type_ or []],
    }
    _say(_post(hub, "", body), as_json=as_json)


@app.command()
def agree(contract: ContractId, hub: HubFolder, as_json: AsJson = False) -> None:
    """Agree to what a peer offers; what is left to do follows by itself."""
    _say(_post(hub, f"/{contract}/agree", {}), as_json=as_json)


@app.command()
def suspend(contract: ContractId, hub: HubFolder, reason: Reason, as_json: AsJson = False) -> None:
    """Let nothing more cross until this hub resumes it."""
    _say(_post(hub, f"/{contract}/suspend", {"reason": reason}), as_json=as_json)


@app.command()
def resume(contract: ContractId, hub: HubFolder, as_json: AsJson = False) -> None:
    """Put a contract in force again that this hub suspended."""
    _say(_post(hub, f"/{contract}/resume", {}), as_json=as_json)


@app.command()
def terminate(
    contract: ContractId, hub: HubFolder, reason: Reason, as_json: AsJson = False
) -> None:
    """Refuse an offer or end a contract, for good."""
    _say(_post(hub, f"/{contract}/terminate", {"reason": reason}), as_json=as_json)


def _shared(text: str) -> dict[str, Any]:
    """Return one type as it is offered: whole, or cut to the fields named behind a colon."""
    name, colon, fields = text.partition(":")
    return {"type": name, "fields": fields.split(",")} if colon else {"type": name}


def _post(folder: Path, door: str, body: dict[str, Any]) -> dict[str, Any]:
    return ask_hub(folder, lambda operator: operator.post(DOORS + door, body))


async def _all_pages(operator: HubClient) -> list[dict[str, Any]]:
    found: list[Any] = []
    query = ""
    while True:
        page = await operator.get(DOORS + query)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query = f"?cursor={page['next_cursor']}"


def _say(contract: dict[str, Any], *, as_json: bool) -> None:
    contract.pop("http_status", None)
    if as_json:
        sys.stdout.write(json.dumps(contract, indent=2) + "\n")
        return
    peer, state = contract["peer"], contract["state"]
    console.print(f"{contract['contract_id']} with {peer} is {state} until {contract['deadline']}")
