"""`eroad conformance`: ask another hub whether it keeps to the road's rules."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx
import typer
from rich.console import Console
from rich.table import Table

from deploy.conformance import Check, Kit, report_of
from deploy.identity import Identity
from services.exchange.domain.keys import PeerKey, SigningKey
from services.exchange.domain.peer import read_pinned
from shared.kernel.errors import EroadError

console = Console(stderr=True, soft_wrap=True)


def conformance(
    url: Annotated[str, typer.Argument(help="the other hub's exchange, https://...")],
    peer: Annotated[str, typer.Option(help="the other hub's name, sg-sin")],
    hub: Annotated[Path, typer.Option(exists=True, file_okay=False, help="this hub's folder")],
    name: Annotated[str, typer.Option(help="this hub's name, if its folder is not called so")] = "",
    out: Annotated[Path, typer.Option(help="write the signed report here")] = Path(
        "conformance.json"
    ),
    training: Annotated[bool, typer.Option("--training", help="its clock may be moved")] = False,
) -> None:
    """Check a hub that trusts this one, changing nothing; exit 1 unless it keeps to every rule."""
    identity = Identity.in_folder(name or hub.name, hub)
    try:
        root = read_pinned(identity.anchors.read_bytes())[peer].root
        key = SigningKey.from_pem(identity.signing.read_bytes())
    except KeyError:
        _stop(f"{identity.anchors} names no {peer}; trust its anchor first")
    except (OSError, EroadError) as error:
        _stop(str(error))
    if root is None:
        _stop(f"the anchor of {peer} pins keys and no root")
    checks, report = asyncio.run(
        _asked(url.rstrip("/"), peer, root, identity.hub, key, training=training)
    )
    out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    table = Table("rule", "kept", "seen")
    for check in checks:
        table.add_row(check.name, "[green]yes" if check.passed else "[red]no", check.says)
    Console().print(table)
    console.print(f"{out} is signed by {identity.hub}")
    raise typer.Exit(0 if all(check.passed for check in checks) else 1)


async def _asked(
    url: str, peer: str, root: PeerKey, asking: str, key: SigningKey, *, training: bool
) -> tuple[list[Check], dict[str, Any]]:
    async with httpx.AsyncClient() as http:
        kit = Kit(
            url=url,
            hub=peer,
            root=root,
            asking=asking,
            key=key,
            http=http,
            now=lambda: datetime.now(UTC),
            is_training=training,
        )
        checks = await kit.run()
    return checks, report_of(kit, checks)


def _stop(why: str) -> NoReturn:
    console.print(f"[red]{why}")
    raise typer.Exit(1)
