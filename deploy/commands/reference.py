"""`eroad reference`: bring public lists that nobody owns onto this machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from shared.reference.nomenclature import (
    NomenclatureMalformed,
    read_nomenclature,
    write_nomenclature,
)

NOMENCLATURE_FILE = Path("var/reference/hs-nomenclature.csv")

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)


@app.callback()
def reference() -> None:
    """Bring public lists that nobody owns onto this machine."""


@app.command("import")
def import_nomenclature(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    to: Annotated[Path, typer.Option(help="where services read it")] = NOMENCLATURE_FILE,
) -> None:
    """Check the full goods nomenclature (CSV: section, hscode, description, parent, level) and
    keep it; the file there before stays when anything is wrong with the new one.
    """
    try:
        found = read_nomenclature(file, is_complete=True)
    except NomenclatureMalformed as malformed:
        console.print(f"{file}: {malformed}", style="red", markup=False)
        raise typer.Exit(1) from malformed
    to.parent.mkdir(parents=True, exist_ok=True)
    write_nomenclature(found, to)
    lengths = [len(code) for code in found.descriptions]
    counts = {digits: lengths.count(digits) for digits in (2, 4, 6)}
    console.print(f"{counts[2]} chapters, {counts[4]} headings, {counts[6]} subheadings in {to}")
    console.print(f"give it to permits: EROAD_NOMENCLATURE_FILE={to}")
