"""`eroad contract`: what a hub shares with another: offer, agree, suspend, end, list."""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import uuid4

import httpx
import typer
from rich.console import Console
from rich.table import Table

from deploy.hub.plan import HubPlan
from deploy.scenario.hub_client import HubClient, StoryBroken
from shared.kernel.ids import derived_id

DOORS = "/exchange/v1/contracts"

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)

HubFolder = Annotated[Path, typer.Option("--hub", file_okay=False, help="a hub's folder")]
ContractId = Annotated[str, typer.Argument(metavar="CONTRACT", help="the contract's id")]
Reason = Annotated[str, typer.Option(help="why; the other hub reads the same")]
AsJson = Annotated[bool, typer.Option("--json", help="print only JSON")]


@app.command("list")
def contracts(hub: HubFolder, as_json: AsJson = False) -> None:
    """Show every contract of a hub: its state, what it waits for until when, why it ended."""
    found = _ask(hub, "GET", "")["items"]
    if as_json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
        return
    table = Table("contract", "peer", "this hub is", "state", "until", "types", "purpose, reason")
    for one in found:
        ends = one["expires_at"] if one["state"] == "finalised" else one["deadline"]
        why = " / ".join(filter(None, (one["purpose"], one.get("reason"))))
        role = {"origin": "who shares", "dest": "who receives"}[one["party"]]
        row = (one["contract_id"], one["peer"], role, one["state"], ends, str(len(one["types"])))
        table.add_row(*row, why)
    Console().print(table)


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
    _say(_ask(hub, "POST", "", body), as_json=as_json)


@app.command()
def agree(contract: ContractId, hub: HubFolder, as_json: AsJson = False) -> None:
    """Agree to what a peer offers; what is left to do follows by itself."""
    _say(_ask(hub, "POST", f"/{contract}/agree", {}), as_json=as_json)


@app.command()
def suspend(contract: ContractId, hub: HubFolder, reason: Reason, as_json: AsJson = False) -> None:
    """Let nothing more cross until this hub resumes it."""
    _say(_ask(hub, "POST", f"/{contract}/suspend", {"reason": reason}), as_json=as_json)


@app.command()
def resume(contract: ContractId, hub: HubFolder, as_json: AsJson = False) -> None:
    """Put a contract in force again that this hub suspended."""
    _say(_ask(hub, "POST", f"/{contract}/resume", {}), as_json=as_json)


@app.command()
def terminate(
    contract: ContractId, hub: HubFolder, reason: Reason, as_json: AsJson = False
) -> None:
    """Refuse an offer or end a contract, for good."""
    _say(_ask(hub, "POST", f"/{contract}/terminate", {"reason": reason}), as_json=as_json)


def _shared(text: str) -> dict[str, Any]:
    """Return one type as it is offered: whole, or cut to the fields named behind a colon."""
    name, colon, fields = text.partition(":")
    return {"type": name, "fields": fields.split(",")} if colon else {"type": name}


def _ask(folder: Path, method: str, door: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the hub of a folder as its operator; end with what it refuses."""
    if not (folder / "hub.json").exists():
        _stop(f"{folder} holds no hub")
    plan = HubPlan.load(folder / "hub.json")
    try:
        return asyncio.run(_asked(plan, method, door, body))
    except (StoryBroken, httpx.HTTPError) as refused:
        _stop(str(refused))


async def _asked(plan: HubPlan, method: str, door: str, body: dict[str, Any] | None) -> Any:
    async with httpx.AsyncClient(timeout=30) as http:
        name, secret = derived_id("cli", plan.hub, "operator"), plan.operator_secret()
        operator = HubClient(plan.url, name, secret, uuid4().hex, http)
        if method == "GET":
            return await _all_pages(operator)
        return await operator.post(DOORS + door, body)


async def _all_pages(operator: HubClient) -> dict[str, Any]:
    found: list[Any] = []
    query = ""
    while True:
        page = await operator.get(DOORS + query)
        found += page["items"]
        if page["next_cursor"] is None:
            return {"items": found}
        query = f"?cursor={page['next_cursor']}"


def _say(contract: dict[str, Any], *, as_json: bool) -> None:
    contract.pop("http_status", None)
    if as_json:
        sys.stdout.write(json.dumps(contract, indent=2) + "\n")
        return
    peer, state = contract["peer"], contract["state"]
    console.print(f"{contract['contract_id']} with {peer} is {state} until {contract['deadline']}")


def _stop(why: str) -> NoReturn:
    console.print(f"[red]{why}")
    raise typer.Exit(1)
