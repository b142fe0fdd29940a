"""`eroad ledger`: replay the hubs' ledgers from their first transfer and compare everything."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.hub.plan import HubPlan
from services.payments.ledger_check import ledger_check
from services.payments.settings import PaymentsSettings
from services.payments.usecases.check_ledger import LedgerCheck
from shared.kernel.clock import SystemClock

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)


@app.callback()
def ledger() -> None:
    """Keep `check` a command by name while it is the only one."""


@app.command()
def check(
    folder: Annotated[Path, typer.Option(help="where the hubs keep everything")] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """Check sums, counters, holds, floors and the chain of every hub; exit 1 on any finding.

    The hubs may be running: a check reads one moment of each database.
    """
    plans = [HubPlan.load(file) for file in sorted(folder.glob("*/hub.json"))]
    if not plans:
        console.print(f"[red]no hubs in {folder}; start them with `eroad up`")
        raise typer.Exit(1)
    checks = {plan.hub: asyncio.run(_checked(plan)) for plan in plans}
    if as_json:
        told = {
            hub: found._asdict() | {"is_sound": found.is_sound} for hub, found in checks.items()
        }
        json.dump(told, sys.stdout, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        _show(checks)
    raise typer.Exit(0 if all(found.is_sound for found in checks.values()) else 1)


async def _checked(plan: HubPlan) -> LedgerCheck:
    settings = PaymentsSettings.read(plan.environment("payments"))
    return await ledger_check(settings, clock=SystemClock())


def _show(checks: dict[str, LedgerCheck]) -> None:
    table = Table("hub", "transfers", "batches", "accounts", "sums", "")
    for hub, found in checks.items():
        sums = ", ".join(f"{currency} {total}" for currency, total in sorted(found.sums.items()))
        mark = "[green]sound" if found.is_sound else f"[red]{len(found.findings)} findings"
        counts = (str(found.transfers), str(found.batches), str(found.accounts))
        table.add_row(hub, *counts, sums, mark)
    Console().print(table)
    for hub, found in checks.items():
        for finding in found.findings:
            console.print(f"{hub}: {finding.check}: {finding.subject}: {finding.detail}")
