"""`eroad hub`: found a hub, hand its anchor out, trust another's, and change its keys."""

import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from deploy.hub.plan import VALID_LAPTOP, HubPlan, found
from deploy.identity import OVERLAP, VALID, fingerprint
from deploy.processes import free_ports
from services.exchange.domain.hub_document import HubDocument
from services.exchange.domain.peer import read_pinned
from shared.kernel.clock import SystemClock
from shared.kernel.errors import EroadError
from shared.kernel.ids import HUB_PATTERN
from shared.packs.loader import MANIFEST, PACKS_FOLDER

app = typer.Typer(no_args_is_help=True, help="Found hubs, trust others, change keys.")
anchor_app = typer.Typer(no_args_is_help=True, help="What operators hand to each other.")
keys_app = typer.Typer(no_args_is_help=True, help="The keys that sign for a hub.")
app.add_typer(anchor_app, name="anchor")
app.add_typer(keys_app, name="keys")
console = Console(stderr=True, soft_wrap=True)

HubFolder = Annotated[Path, typer.Argument(exists=True, file_okay=False, help="a hub's folder")]
Days = Annotated[int, typer.Option(min=1, max=3650, help="how long the new key is good")]


@app.command()
def init(
    hub: Annotated[str, typer.Argument(help="country and place, for example my-pen")],
    folder: Annotated[Path, typer.Option(help="the hub gets a folder of its name in here")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one")] = 0,
    days: Days = VALID_LAPTOP.days,
    without_pack: Annotated[
        bool, typer.Option(help="no pack of its country is here: it shares data and knows no rule")
    ] = False,
) -> None:
    """Found a hub: its folder, its keys, and a document signed by its root.

    A hub of a country without a pack takes part in the e-road; whoever asks it or a peer what may
    be imported there, or what it costs, is refused (packs.missing) or told that nothing is known.
    """
    if not re.match(HUB_PATTERN, hub):
        _stop(f"{hub} is no hub's name: two letters, a hyphen, three letters")
    country = hub[:2].upper()
    has_pack = (PACKS_FOLDER / country / MANIFEST).exists()
    if not has_pack and not without_pack:
        _stop(
            f"no pack of {country} is installed: write {PACKS_FOLDER / country} first, "
            "or found it --without-pack, to share data and answer for no rule"
        )
    path = folder / hub
    if (path / "hub.json").exists():
        _stop(f"{path} holds a hub already")
    port = port or free_ports(1)[0]
    plan = HubPlan(hub=hub, folder=str(path), port=port, peers={})
    found([plan], now=SystemClock().now(), valid=timedelta(days=days))
    console.print(f"[bold]{hub}[/] is founded in {path}")
    console.print(
        f"  its root is {plan.identity.root}: keep it offline, and bring it to change keys"
    )
    if not has_pack:
        console.print(f"  no rules of {country} are known: it answers no question about them")
    console.print(f"  next: eroad hub anchor export {path} > {hub}.anchor.json")


@app.command()
def run(folder: HubFolder) -> None:
    """Run one hub in the foreground until Ctrl-C."""
    plan = _plan(folder)
    console.print(f"[bold]{plan.hub}[/] {plan.url}")
    file = str(plan.path.absolute() / "hub.json")
    os.execv(sys.executable, [sys.executable, "-m", "deploy.hub", file])  # noqa: S606


@anchor_app.command("export")
def anchor_export(
    folder: HubFolder,
    url: Annotated[str, typer.Option(help="where peers reach its exchange, https://...")] = "",
) -> None:
    """Print this hub's anchor: give it to another operator, and read them the fingerprint."""
    plan = _plan(folder)
    if url and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        _stop(f"{url} is no address of an exchange, which looks like https://host/exchange")
    anchor = plan.identity.anchor(url or f"{plan.url}/exchange")
    typer.echo(json.dumps(anchor, indent=2))
    console.print(f"fingerprint {fingerprint(anchor)}")


@anchor_app.command("trust")
def anchor_trust(
    folder: HubFolder,
    anchor_file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    again: Annotated[bool, typer.Option(help="replace an anchor that has changed")] = False,
    yes: Annotated[bool, typer.Option(help="the fingerprint was compared already")] = False,
) -> None:
    """Trust the hub of an anchor file, once its fingerprint is what its operator reads out."""
    plan = _plan(folder)
    anchor = _read_anchor(anchor_file)
    console.print(f"{anchor['hub']} at {anchor['url']}", markup=False)
    console.print(f"fingerprint {fingerprint(anchor)}")
    if not yes:
        typer.confirm("Does its operator read out the same?", abort=True)
    try:
        plan.identity.trust(anchor, again=again)
    except EroadError as error:
        _stop(error.message)
    url = str(anchor["url"]).removesuffix("/exchange")
    replace(plan, peers={**plan.peers, anchor["hub"]: url}).save()
    console.print(f"{plan.hub} trusts {anchor['hub']}; start {plan.hub} again to hear it")


@app.command()
def restored(folder: HubFolder, days: Days = VALID.days) -> None:
    """Say, before it starts again, that a hub was restored from a backup: a new epoch begins.

    Needs the root. When the hub runs, it first takes back from its peers what it had signed since
    the backup, and its streams and its evidence log go on in the new epoch.
    """
    identity = _plan(folder).identity
    epoch = max(1, identity.read().epoch) + 1
    valid = timedelta(days=days)
    document = _do(lambda: identity.announce_epoch(epoch, now=SystemClock().now(), valid=valid))
    console.print(f"version {document.version} announces epoch {epoch}; now start the hub")


@keys_app.command("show")
def keys_show(folder: HubFolder) -> None:
    """List the keys that this hub's document names."""
    document = _plan(folder).identity.read()
    table = Table("key", "from", "until", "", title=f"{document.hub}, version {document.version}")
    for key in document.keys:
        table.add_row(key.kid, _day(key.nbf), _day(key.exp), "revoked" if key.revoked else "")
    Console().print(table)


@keys_app.command("rotate")
def keys_rotate(folder: HubFolder, days: Days = VALID.days) -> None:
    """Make a new signing key and sign the next document; the old key stays good for a week."""
    identity = _plan(folder).identity
    document = _do(lambda: identity.rotate(now=SystemClock().now(), valid=timedelta(days=days)))
    console.print(f"version {document.version} names the new key; the old ends in {OVERLAP.days} d")
    console.print("peers read it within seconds; start the hub again to sign with the new key")


# A key's name may begin with a dash; no option may be mistaken for it.
@keys_app.command("revoke", context_settings={"ignore_unknown_options": True})
def keys_revoke(folder: HubFolder, kid: str, days: Days = VALID.days) -> None:
    """Refuse a key from now on; the key in use is replaced by a new one first."""
    identity = _plan(folder).identity
    valid = timedelta(days=days)
    document = _do(lambda: identity.revoke(kid, now=SystemClock().now(), valid=valid))
    console.print(f"version {document.version} revokes {kid}; peers refuse it within a minute")


def _do(change: Callable[[], HubDocument]) -> HubDocument:
    try:
        return change()
    except EroadError as error:
        _stop(error.message)


def _plan(folder: Path) -> HubPlan:
    file = folder / "hub.json"
    if not file.exists():
        _stop(f"{folder} holds no hub; found one with: eroad hub init")
    return HubPlan.load(file)


def _read_anchor(file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    try:
        pinned = read_pinned(content)
    except EroadError as error:
        _stop(f"{file} is no anchor file: {error.message}")
    anchor: dict[str, Any] = json.loads(content)
    if "peers" in anchor:
        _stop(f"{file} is no anchor file: it lists {len(pinned)} hubs, trust one at a time")
    return anchor


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _stop(why: str) -> NoReturn:
    console.print(why, style="red", markup=False, highlight=False)
    raise typer.Exit(1)
