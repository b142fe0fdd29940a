"""Long work, as it is told over HTTP: accepted with 202, done by the worker, read until it ends."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Id, Moment, ShortText, Text, Words

LINES_PER_OPERATION_MAX = 10_000

OperationStatus = Literal["running", "succeeded", "failed"]


class LineProblem(Words):
    """Why one of many was refused, in the words of a single one's refusal."""

    code: ShortText
    detail: Text
    field: ShortText | None = None
    customs_code: ShortText | None = None


class OperationView(Words):
    """How far long work is; what became of each line is a list of its own."""

    id: Id
    kind: ShortText
    status: OperationStatus
    lines: Annotated[int, Field(ge=0, le=LINES_PER_OPERATION_MAX)]
    done: Annotated[int, Field(ge=0, le=LINES_PER_OPERATION_MAX)]
    refused: Annotated[int, Field(ge=0, le=LINES_PER_OPERATION_MAX)]
    problem: LineProblem | None = None
    created_at: Moment
    finished_at: Moment | None = None
    expires_at: Moment | None = None
    """When it is forgotten, with its results; known once it ended."""


class OperationResult(Words):
    """What became of one line, once it is done: what it made, or why not."""

    line: Annotated[int, Field(ge=0, le=100_000)]
    name: ShortText | None = None
    made_id: Id | None = None
    problem: LineProblem | None = None
