"""`eroad pack`: lint, compare and test country packs, and ask one what it said on a day."""

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from services.customs.usecases import answer_golden as customs
from services.permits.usecases import answer_golden as permits
from shared.packs import questions
from shared.packs.diff import diff_packs
from shared.packs.errors import PackMalformed, RuleMissing
from shared.packs.golden import failures_of
from shared.packs.lint import lint_pack
from shared.packs.loader import MANIFEST, PACKS_FOLDER, load_pack
from shared.packs.mutation import unguarded
from shared.packs.pack import Pack

QUESTIONS = {**questions.QUESTIONS, **customs.QUESTIONS, **permits.QUESTIONS}
"""Every golden question, and who answers it."""

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)
Folders = Annotated[list[Path] | None, typer.Argument(help="folders of packs, else all shipped")]
Folder = Annotated[Path, typer.Argument(exists=True, file_okay=False)]


@app.command()
def lint(folders: Folders = None) -> None:
    """Name every mistake by file, rule and field; exit 1 if there is one."""
    faults: list[str] = []
    for folder in folders or shipped():
        try:
            faults += [str(fault) for fault in lint_pack(load_pack(folder))]
        except PackMalformed as malformed:
            faults += [str(fault) for fault in malformed.faults]
    for fault in faults:
        console.print(fault, style="red", markup=False)
    console.print("no faults" if not faults else f"faults: {len(faults)}")
    raise typer.Exit(1 if faults else 0)


@app.command()
def diff(
    before: Folder,
    after: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """Show what another version says differently; exit 1 if it does."""
    old, new = _readable(before), _readable(after)
    changes = diff_packs(old, new)
    if as_json:
        _print_json([vars(change) for change in changes])
    else:
        console.print(f"{old.country} {old.version} {old.digest}")
        console.print(f"{new.country} {new.version} {new.digest}")
        for change in changes:
            line = f"{change.rule} {change.field}: {change.before} -> {change.after}"
            console.print(line, markup=False)
    raise typer.Exit(1 if changes else 0)


@app.command()
def test(
    folders: Folders = None,
    mutate: Annotated[
        bool, typer.Option(help="also change every datum and demand that a case goes red")
    ] = False,
) -> None:
    """Ask every golden case; exit 1 unless all come out as written."""
    bad = 0
    for folder in folders or shipped():
        pack = _readable(folder)
        failures = failures_of(pack, QUESTIONS)
        loose = unguarded(pack, QUESTIONS) if mutate else []
        for failure in failures:
            console.print(
                f"{failure.rule}, {failure.case}: expected {dict(failure.expected)}, "
                f"answered {dict(failure.answered)}",
                style="red",
                markup=False,
            )
        for path in loose:
            console.print(f"{path}: no golden case notices a change", style="red", markup=False)
        cases = len(pack.golden_cases())
        console.print(f"{pack.country} {pack.version}: {len(pack.rules)} rules, {cases} cases")
        bad += len(failures) + len(loose)
    raise typer.Exit(1 if bad else 0)


@app.command()
def show(
    country: str,
    key: str,
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="the day asked about")],
) -> None:
    """Show the rule of a key that was, is or will be in force on a day, as JSON."""
    try:
        rule = _readable(PACKS_FOLDER / country).rule(key, on=date(on.year, on.month, on.day))
    except RuleMissing as missing:
        console.print(str(missing), style="red", markup=False)
        raise typer.Exit(1) from missing
    _print_json({name: node for name, node in rule.entry.items() if name != "golden"})


def shipped() -> Sequence[Path]:
    return [manifest.parent for manifest in sorted(PACKS_FOLDER.glob(f"*/{MANIFEST}"))]


def _readable(folder: Path) -> Pack:
    try:
        return load_pack(folder)
    except PackMalformed as malformed:
        console.print(str(malformed), style="red", markup=False)
        raise typer.Exit(1) from malformed


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
