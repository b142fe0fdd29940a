"""`eroad loadplan`: a checked 3D load plan from a file, without any hub."""

import json
import os
import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from services.logistics.api.load_words import load_plan_reply, load_request_of
from services.logistics.domain.packing.pictures.page import page_of
from services.logistics.domain.packing.pictures.pdf import pdf_of
from services.logistics.domain.packing.pictures.svg import svg_of
from services.logistics.domain.packing.plan import LoadPlan
from services.logistics.domain.packing.planner import plan_load
from services.logistics.domain.packing.request import LoadRequest
from shared.contracts.logistics.loading import LoadWords
from shared.kernel.errors import EroadError, field_at

REQUEST_BYTES_MAX = 4_000_000
SEED_MAX = 2**32 - 1
PICTURES: dict[str, Callable[[LoadPlan, LoadRequest], bytes]] = {
    ".svg": lambda plan, request: svg_of(plan, request).encode(),
    ".html": lambda plan, request: page_of(plan, request).encode(),
    ".pdf": pdf_of,
}


class Support(StrEnum):
    FULL = "full"
    NONE = "none"


def loadplan(
    request: Annotated[str, typer.Argument(help="the request as JSON; - reads standard input")],
    out: Annotated[Path, typer.Option(help="where the plan goes; - writes it out")],
    seconds: Annotated[float | None, typer.Option(min=0.001, help="how long to search")] = None,
    seed: Annotated[int, typer.Option(min=0, max=SEED_MAX)] = 0,
    work: Annotated[int | None, typer.Option(min=1, help="steps; the same on any machine")] = None,
    support: Annotated[Support | None, typer.Option(help="overrides the request's")] = None,
    picture: Annotated[Path | None, typer.Option(help="an .svg, .pdf or .html of the plan")] = None,
) -> None:
    """Plan how boxes stand in a container; every plan is checked before it is written."""
    if picture is not None and picture.suffix not in PICTURES:
        _refuse("logistics.load-picture-unknown", f"{picture} is none of {', '.join(PICTURES)}")
    for file in filter(None, (None if str(out) == "-" else out, picture)):
        _expect_writable(file)
    asked = _read(request, support)
    try:
        plan = plan_load(asked, seed=seed, seconds=seconds, work=work)
    except EroadError as refused:
        _refuse(refused.code, refused.message, field=refused.field, help=refused.help,
                **refused.details)  # fmt: skip
    reply = load_plan_reply(plan).model_dump(mode="json")
    text = json.dumps(reply, separators=(",", ":")) + "\n"
    if str(out) == "-":
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
    if picture is not None:
        picture.write_bytes(PICTURES[picture.suffix](plan, asked))


def _expect_writable(file: Path) -> None:
    """End before the search where its result could not be written."""
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        _refuse("logistics.load-unwritable", f"{file} can't be written")


def _read(source: str, support: Support | None) -> LoadRequest:
    """Read a request, or end with what is wrong in it."""
    try:
        raw = sys.stdin.buffer.read(REQUEST_BYTES_MAX + 1) if source == "-" else _bytes(source)
    except OSError as failed:
        _refuse("logistics.load-unreadable", f"{source}: {failed.strerror}")
    if len(raw) > REQUEST_BYTES_MAX:
        _refuse("body-too-large", f"a request has at most {REQUEST_BYTES_MAX} bytes")
    try:
        words = LoadWords.model_validate_json(raw)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        _refuse("request-invalid", str(first["msg"]), field=field_at(first["loc"]))
    if support is not None:
        words = words.model_copy(update={"support": support.value})
    return load_request_of(words)


def _bytes(source: str) -> bytes:
    with Path(source).open("rb") as file:
        return file.read(REQUEST_BYTES_MAX + 1)


def _refuse(code: str, detail: str, **more: object) -> NoReturn:
    """Write a problem as JSON to standard error and end; no plan file is touched."""
    said = {key: value for key, value in more.items() if value not in (None, "")}
    sys.stderr.write(json.dumps({"code": code, "detail": detail, **said}) + "\n")
    raise typer.Exit(1)
