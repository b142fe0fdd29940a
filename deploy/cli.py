"""`eroad`: run hubs on this machine, drive scenarios through them, and ask how they are."""

import asyncio
import json
import secrets
import signal
import sys
import threading
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy import doctor as machine
from deploy.commands import contract, evidence, hub, ledger, pack, permit, person, reference, road
from deploy.commands.asking import ask_hubs
from deploy.commands.conformance import conformance
from deploy.commands.loadplan import loadplan
from deploy.hub.plan import HubPlan
from deploy.kafka.jars import KafkaMissing
from deploy.postgres.binaries import PostgresMissing
from deploy.processes import ServerFailed
from deploy.scenario.figures import table_of
from deploy.scenario.hub_client import StoryBroken
from deploy.scenario.run import Outcome, run_story
from deploy.scenario.story import StoryMalformed, read_story
from deploy.verify import compare_ends

SCENARIO = Path(__file__).parent / "scenarios" / "kinta-white-coffee.yaml"
FOLDER = Path("var")
LOOK_S = 1.0

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(loadplan)
app.command()(conformance)
scenario_app = typer.Typer(no_args_is_help=True, help="Trade lanes as data.")
app.add_typer(scenario_app, name="scenario")
app.add_typer(pack.app, name="pack")
app.add_typer(permit.app, name="permit")
app.add_typer(reference.app, name="reference")
app.add_typer(ledger.app, name="ledger")
app.add_typer(road.app, name="road")
app.add_typer(hub.app, name="hub")
app.add_typer(contract.app, name="contract")
app.add_typer(evidence.app, name="evidence")
app.add_typer(person.app, name="person")
console = Console(stderr=True)


class Store(StrEnum):
    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Bus(StrEnum):
    SQLITE = "sqlite"
    KAFKA = "kafka"


Folder = Annotated[Path, typer.Option(help="where the hubs keep everything")]
Db = Annotated[Store, typer.Option(help="postgres starts a local server unless one is given")]
BusKind = Annotated[Bus, typer.Option(help="kafka starts a local broker per hub")]
Otlp = Annotated[
    str, typer.Option(envvar="EROAD_OTLP_ENDPOINT", help="send spans there, http://collector:4318")
]
DbUrl = Annotated[str, typer.Option(help="a server in use already, postgresql://user@host:port")]


@app.command()
def up(
    folder: Folder = FOLDER,
    db: Db = Store.SQLITE,
    bus: BusKind = Bus.SQLITE,
    db_url: DbUrl = "",
    otlp: Otlp = "",
    scenario: Annotated[Path | None, typer.Option(help="tell this story once both are up")] = None,
) -> None:
    """Run both hubs until Ctrl-C, and say where their pages are."""
    with _hubs(folder, db=db, bus=bus, db_url=db_url, otlp=otlp) as laptop:
        if scenario is not None and not _tell(scenario, laptop.plans, quiet=False).figures.hold():
            console.print("[red]Not every figure holds; the hubs stay up for a look.")
        from deploy.hub.services import SERVICES  # here already, with the laptop

        for plan in laptop.plans.values():
            console.print(f"[bold]{plan.hub}[/] {plan.url}")
            for service in SERVICES:
                console.print(f"  {service:<10} {plan.url}/{service}/docs")
        console.print("Ctrl-C stops both.")
        _until_told_to_stop(laptop)


@app.command()
def demo(
    folder: Folder = Path("var/demo"),
    db: Db = Store.SQLITE,
    bus: BusKind = Bus.SQLITE,
    db_url: DbUrl = "",
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """Run both hubs, tell the acceptance scenario, stop; exit 0 only if every figure holds."""
    with _hubs(folder, db=db, bus=bus, db_url=db_url) as laptop:
        outcome = _tell(SCENARIO, laptop.plans, quiet=as_json)
    if as_json:
        _print_json(outcome.as_json())
    raise typer.Exit(0 if outcome.figures.hold() else 1)


@scenario_app.command("run")
def scenario_run(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    folder: Folder = FOLDER,
    out: Annotated[Path | None, typer.Option("--json", help="write the outcome here")] = None,
) -> None:
    """Tell a story on hubs that run already; exit 0 only if every figure holds."""
    outcome = _tell(file, _plans(folder), quiet=False)
    if out is not None:
        out.write_text(json.dumps(outcome.as_json(), indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(0 if outcome.figures.hold() else 1)


@app.command()
def doctor(
    folder: Folder = FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """Name what is missing or broken here, and the fix; exit 1 if something needed is."""
    found = list(machine.checks(folder))
    if as_json:
        _print_json([vars(check) for check in found])
    else:
        table = Table("what", "state", "found", "fix")
        for check in found:
            state = "[green]ok" if check.ok else "[yellow]missing" if check.optional else "[red]no"
            table.add_row(check.name, state, check.detail, "" if check.ok else check.fix)
        Console().print(table)
    raise typer.Exit(0 if all(check.ok or check.optional for check in found) else 1)


@app.command()
def verify(
    folder: Folder = FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """Compare what both ends of every stream hold; exit 1 at the first difference."""
    rows = ask_hubs(_plans(folder).values(), compare_ends)
    if as_json:
        _print_json([vars(row) for row in rows])
    else:
        table = Table("stream", "events", "both ends hold", "")
        for row in rows:
            mark = "[green]equal" if row.equal else "[red]differs"
            table.add_row(row.stream, str(row.events), row.says, mark)
        Console().print(table)
    raise typer.Exit(0 if all(row.equal for row in rows) else 1)


def _hubs(folder: Path, *, db: Store, bus: Bus, db_url: str, otlp: str = "") -> Any:
    """Run the hubs, or end with what is missing."""
    from deploy.laptop import running  # brings in every service, which other commands spare

    return _Explained(
        lambda: running(
            folder, database=db.value, bus=bus.value, database_url=db_url, otlp_endpoint=otlp
        )
    )


class _Explained:
    """A running laptop whose failure to start is one sentence, not a traceback."""

    def __init__(self, start: Any) -> None:
        self._start = start

    def __enter__(self) -> Any:
        try:
            with console.status("Starting both hubs"):
                self._context = self._start()
                return self._context.__enter__()
        except (ServerFailed, KafkaMissing, PostgresMissing) as refused:
            console.print(f"[red]{refused}")
            raise typer.Exit(1) from refused

    def __exit__(self, *error: Any) -> Any:
        return self._context.__exit__(*error)


def _tell(file: Path, plans: Mapping[str, HubPlan], *, quiet: bool) -> Outcome:
    try:
        story = read_story(file)
        if not quiet:
            console.print(f"[bold]{story.name}[/]: {story.tells}")
        told = run_story(story, plans, run=secrets.token_hex(3), console=None if quiet else console)
        outcome = asyncio.run(told)
    except (StoryMalformed, StoryBroken) as broken:
        console.print(f"[red]{broken}")
        raise typer.Exit(1) from broken
    if not quiet:
        console.print(table_of(outcome.figures))
        console.print(f"traces: {', '.join(outcome.trace_ids)}")
    return outcome


def _plans(folder: Path) -> dict[str, HubPlan]:
    plans = [HubPlan.load(file) for file in sorted(folder.glob("*/hub.json"))]
    if not plans:
        console.print(f"[red]no hubs in {folder}; start them with `eroad up`")
        raise typer.Exit(1)
    return {plan.hub: plan for plan in plans}


def _until_told_to_stop(laptop: Any) -> None:
    """Wait, and say it once of each hub that ends before its time."""
    stop = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stop.set())
    ended: set[str] = set()
    while not stop.wait(LOOK_S):
        down = {name for name, process in laptop.processes.items() if not process.running}
        for name in sorted(down - ended):
            ended.add(name)
            path = laptop.plans[name].path
            console.print(f"{name} has ended: its log is {path / 'hub.log'}", style="red")
            console.print(f"start it again with: eroad hub run {path}", markup=False)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")
