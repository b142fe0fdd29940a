"""`eroad permit`: check a permit offline, with the issuers' public keys and nothing else."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.permits.domain.document import permit_claims, verify_permit
from services.permits.domain.issuers import IssuersMalformed, read_issuers
from shared.kernel.clock import SystemClock

DOCUMENT_BYTES_MAX = 100_000
CHECKS = (
    *("form", "type", "algorithm", "key", "signature"),
    *("content", "issuer", "begun", "not-expired", "not-stopped"),
)
"""Every check in its order; each relies on those before it."""

app = typer.Typer(no_args_is_help=True, help=__doc__)
console = Console(stderr=True, soft_wrap=True)


@app.callback()
def permit() -> None:
    """Check a permit offline, with the issuers' public keys and nothing else."""


@app.command()
def verify(
    document: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    issuers: Annotated[Path, typer.Option(exists=True, help="JSON of hubs and their public keys")],
    at: Annotated[datetime | None, typer.Option(help="the moment in UTC; now, if left out")] = None,
    stopped: Annotated[
        list[str] | None, typer.Option(help="a permit known to be stopped; may be repeated")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print only JSON")] = False,
) -> None:
    """List each check, passed, failed or not reached; exit 1 unless all pass."""
    if document.stat().st_size > DOCUMENT_BYTES_MAX:
        console.print(f"{document} is over {DOCUMENT_BYTES_MAX} bytes", style="red")
        raise typer.Exit(1)
    try:
        keys = read_issuers(issuers.read_bytes())
    except IssuersMalformed as malformed:
        console.print(str(malformed), style="red", markup=False)
        raise typer.Exit(1) from malformed
    text = document.read_text(encoding="utf-8", errors="replace").strip()
    moment = SystemClock().now() if at is None else at.replace(tzinfo=UTC)
    checks = verify_permit(text, keys, at=moment, stopped=stopped or ())
    found = {check.name: check for check in checks}
    states = {
        name: ("passed" if found[name].passed else "failed") if name in found else "not reached"
        for name in CHECKS
    }
    good = all(state == "passed" for state in states.values())
    if as_json:
        details = {name: check.detail for name, check in found.items() if check.detail}
        claims = dict(permit_claims(text)) if good else None
        shown = {"is_good": good, "checks": states, "details": details, "permit": claims}
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    else:
        for name, state in states.items():
            detail = found[name].detail if name in found else ""
            console.print(f"{state:<12}{name} {detail}", markup=False)
        if good:
            console.print(f"{permit_claims(text)['permit_no']} is good", markup=False)
    raise typer.Exit(0 if good else 1)
