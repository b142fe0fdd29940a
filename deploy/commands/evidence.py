"""`eroad evidence`: prove to a third party, offline, what happened between two hubs."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer
from rich.console import Console

from deploy.commands.asking import ask_hub, stop
from deploy.scenario.hub_client import HubClient
from services.exchange.domain.bundle import (
    BUNDLE_BYTES_MAX,
    Bundle,
    Check,
    CheckName,
    verify_bundle,
)
from services.exchange.domain.erasure_bundle import (
    ErasureCheckName,
    is_of_erasure,
    verify_erasure_bundle,
)
from services.exchange.domain.peer import Pinned, read_pinned
from services.exchange.domain.snapshot_bundle import (
    SnapshotBundle,
    SnapshotCheckName,
    is_of_snapshot,
    verify_snapshot_bundle,
)
from shared.kernel.errors import EroadError

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)


@app.command()
def export(
    event: Annotated[str, typer.Argument(help="the event's id, evt_...")],
    hub: Annotated[Path, typer.Option(exists=True, file_okay=False, help="a hub's folder")],
    out: Annotated[Path, typer.Option(help="write the bundle here")] = Path("evidence.json"),
    peer: Annotated[str, typer.Option(help="needed if the event crossed to several hubs")] = "",
) -> None:
    """Write one bundle: the event, its frame, the receipt, and their places in the hub's log."""
    bundle = ask_hub(hub, lambda operator: _bundle(operator, event, peer))
    out.write_bytes(msgspec.json.encode(bundle))
    console.print(f"{out} proves {event}; hand it over with nothing else")
    console.print(f"  check it: eroad evidence verify {out} --anchor ANCHOR [--anchor ANCHOR]")


@app.command()
def verify(
    bundle: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    anchor: Annotated[
        list[Path],
        typer.Option(exists=True, dir_okay=False, help="an anchor or anchor file; may be repeated"),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """List each check, passed, failed or not reached, asking nobody; exit 1 unless all pass."""
    if bundle.stat().st_size > BUNDLE_BYTES_MAX:
        stop(f"{bundle} is over {BUNDLE_BYTES_MAX} bytes")
    names, checks = _verified(bundle.read_bytes(), _pinned(anchor))
    found = {check.name.value: check for check in checks}
    states = {
        name: ("passed" if found[name].passed else "failed") if name in found else "not reached"
        for name in names
    }
    good = all(state == "passed" for state in states.values())
    if as_json:
        details = {name: check.detail for name, check in found.items()}
        shown = {"is_good": good, "checks": states, "details": details}
        sys.stdout.write(json.dumps(shown, indent=2) + "\n")
    else:
        for name, state in states.items():
            detail = found[name].detail if name in found else ""
            console.print(f"{state:<12}{name:<18}{detail}", markup=False)
    raise typer.Exit(0 if good else 1)


def _verified(text: bytes, anchors: Mapping[str, Pinned]) -> tuple[list[str], Sequence[Check[Any]]]:
    """Return the names of all checks of this kind of bundle, and those that were made."""
    if is_of_erasure(text):
        return [each.value for each in ErasureCheckName], verify_erasure_bundle(text, anchors)
    if is_of_snapshot(text):
        return [each.value for each in SnapshotCheckName], verify_snapshot_bundle(text, anchors)
    return [each.value for each in CheckName], verify_bundle(text, anchors)


async def _bundle(operator: HubClient, event: str, peer: str) -> Bundle | SnapshotBundle:
    asked = f"/exchange/v1/evidence/{quote(event, safe='')}" + (
        f"?peer={quote(peer, safe='')}" if peer else ""
    )
    answer = await operator.get(asked)
    said = {name: value for name, value in answer.items() if name != "http_status"}
    if "record" in said:
        return msgspec.convert(said, SnapshotBundle)
    return msgspec.convert(said, Bundle)


def _pinned(files: list[Path]) -> dict[str, Pinned]:
    """Return whom the files pin; two that pin one hub by different keys are refused."""
    pinned: dict[str, Pinned] = {}
    for file in files:
        try:
            read = read_pinned(file.read_bytes())
        except EroadError as error:
            stop(f"{file}: {error.message}")
        for hub, anchor in read.items():
            if _names(pinned.setdefault(hub, anchor)) != _names(anchor):
                stop(f"{file} pins {hub} by other keys than a file before it")
    return pinned


def _names(anchor: Pinned) -> tuple[str, ...]:
    return tuple(key.kid for key in ((anchor.root,) if anchor.root else anchor.keys))
