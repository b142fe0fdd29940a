"""Refusals as RFC 9457 problem documents: the one place where errors become HTTP.

A problem has a stable `code`, the `field` it is about where there is one, `help` saying what to do,
and the trace id under which the logs of both hubs know the request. Input is never echoed.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from shared.kernel.errors import (
    Conflict,
    EroadError,
    Forbidden,
    Malformed,
    NotFound,
    Rejected,
    Throttled,
    Unauthenticated,
    Unavailable,
    field_at,
)
from shared.kernel.trace import trace_id

log = structlog.get_logger(__name__)

ERRORS_SHOWN_MAX = 20
MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[type[EroadError], int] = {
    Malformed: 400,
    Rejected: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    Unauthenticated: 401,
    Throttled: 429,
    Unavailable: 503,
}


class FieldProblem(BaseModel):
    """One thing wrong in a request body, parameter or header."""

    field: Annotated[str, Field(max_length=500)]
    code: Annotated[str, Field(max_length=100)]
    detail: Annotated[str, Field(max_length=2_000)]


class Problem(BaseModel):
    """What every refusal looks like (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(max_length=500)]
    title: Annotated[str, Field(max_length=200)]
    status: Annotated[int, Field(ge=400, le=599)]
    code: Annotated[str, Field(max_length=100)]
    detail: Annotated[str, Field(max_length=2_000)]
    field: Annotated[str | None, Field(max_length=500)] = None
    help: Annotated[str | None, Field(max_length=2_000)] = None
    trace_id: Annotated[str | None, Field(max_length=32)] = None
    errors: Annotated[list[FieldProblem], Field(max_length=ERRORS_SHOWN_MAX)] = []


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": text,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, text in {
        400: "Malformed request",
        401: "Not authenticated",
        403: "Not allowed",
        404: "Not found",
        405: "Method not allowed",
        409: "Conflict",
        413: "Body too large",
        415: "Unsupported media type",
        422: "Rejected",
        429: "Too many requests",
        503: "Temporarily unavailable",
    }.items()
}
"""The refusals any route may answer with; given to every app once."""


def status_of(error: EroadError) -> int:
    """Return the HTTP status of an error's kind."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 500


def problem_response(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """Render one problem; `extra` holds field, help, errors and details where they are known."""
    body = {
        "type": f"https://eroad.dev/problems/{code}",
        "title": code.replace("-", " ").replace(".", ": "),
        "status": status,
        "code": code,
        "detail": detail,
        "trace_id": trace_id(getattr(request.state, "traceparent", "")),
        **{name: value for name, value in extra.items() if value not in (None, "", [], {})},
    }
    return JSONResponse(
        body, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Give an app its handlers; nothing else turns errors into responses."""
    app.add_exception_handler(EroadError, _on_eroad_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_bug)


async def _on_eroad_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, EroadError)
    headers: dict[str, str] = {}
    if isinstance(error, (Throttled, Unavailable)):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    return problem_response(
        request,
        status=status_of(error),
        code=error.code,
        detail=error.message,
        headers=headers,
        field=error.field,
        help=error.help,
        **{k: v for k, v in error.details.items() if k not in {"status", "code", "detail"}},
    )


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    broken = [item for item in found if item["type"] == "json_invalid"]
    if broken:
        why = broken[0].get("ctx", {}).get("error", "is not JSON")
        return problem_response(
            request,
            status=400,
            code="json-malformed",
            detail=f"the body is not valid: {why}",
            help="Send one JSON document in UTF-8, with each name once.",
        )
    if _is_of_another_type(request, found):
        return problem_response(
            request,
            status=415,
            code="media-type-unsupported",
            detail="a body here is JSON, and this one does not say that it is",
            field="Content-Type",
            help="Send JSON, and Content-Type: application/json with it.",
        )
    errors = [
        {
            "field": field_at(item["loc"]),
            "code": str(item["type"])[:100],
            "detail": str(item["msg"])[:2_000],
        }
        for item in found[:ERRORS_SHOWN_MAX]
    ]
    return problem_response(
        request,
        status=422,
        code="request-invalid",
        detail=f"{len(found)} field(s) are missing, unknown or malformed",
        field=errors[0]["field"] if errors else None,
        help="Mend what `errors` names; what each field takes is in the service's openapi.json.",
        errors=errors,
    )


def _is_of_another_type(request: Request, found: Sequence[Any]) -> bool:
    """Whether a body that is there was not read, because it was not said to be JSON."""
    unread = any(tuple(item["loc"]) == ("body",) and item["type"] != "missing" for item in found)
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return unread and not (said == "application/json" or said.endswith("+json"))


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    codes = {404: "not-found", 405: "method-not-allowed", 415: "media-type-unsupported"}
    return problem_response(
        request,
        status=error.status_code,
        code=codes.get(error.status_code, f"http-{error.status_code}"),
        detail=str(error.detail),
        headers=error.headers,
    )


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    log.error("unhandled", path=request.url.path, exc_info=error)
    return problem_response(
        request,
        status=500,
        code="internal",
        detail="something went wrong on our side; quote the trace id when you report it",
    )
