"""Statements of accounts over HTTP: JSON for software, CSV for spreadsheets, camt.053 for banks'
and bookkeepers' programs."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.payments.api.books import READ, Code
from services.payments.api.deps import PaymentsReading, member_of
from services.payments.clients.write_iso20022 import write_account_statement
from services.payments.domain.account_statement import AccountStatement, Place, StatementLine
from services.payments.domain.accounts import account_key
from services.payments.usecases.tell_statement import tell_statement
from shared.contracts.event import Currency
from shared.contracts.payments.statements import (
    STATEMENT_LINES_MAX,
    AccountStatementView,
    StatementLineView,
)
from shared.contracts.times import AskedMoment
from shared.web.auth import Caller
from shared.web.door import DoorRoute
from shared.web.pages import Cursor, CursorMalformed, after, cursor_for

router = APIRouter(prefix="/v1", tags=["books"], route_class=DoorRoute)
LINES_DEFAULT = 100
FORMULA = ("=", "+", "-", "@", "\t", "\r")
CSV, XML = "text/csv", "application/xml"
_PLACE = re.compile(r"(?P<desk>.{1,80})/(?P<batch>[0-9]{1,18})/(?P<position>[0-9]{1,9})")
Lines = Annotated[int, Query(ge=1, le=STATEMENT_LINES_MAX, description="lines per page")]


class Format(StrEnum):
    """How a statement is written."""

    JSON = "json"
    CSV = "csv"
    CAMT_053 = "camt.053"


@router.get(
    "/accounts/{code}/statement",
    dependencies=READ,
    response_model=AccountStatementView,
    responses={
        200: {
            "content": {
                CSV: {"schema": {"type": "string"}},
                XML: {"schema": {"type": "string"}},
            },
            "headers": {
                "Link": {
                    "description": "the next page, when there is one",
                    "schema": {"type": "string"},
                }
            },
        }
    },
)
async def statement(
    request: Request,
    code: Code,
    currency: Annotated[Currency, Query()],
    from_at: Annotated[AskedMoment, Query(alias="from")],
    until: AskedMoment,
    tx: PaymentsReading,
    caller: Caller,
    format_: Annotated[Format, Query(alias="format")] = Format.JSON,
    cursor: Cursor = None,
    limit: Lines = LINES_DEFAULT,
) -> Response:
    """Read what happened on an account in a period, page by page; sellers read their own."""
    told = await tell_statement(
        tx,
        account=account_key(code, currency),
        from_at=from_at,
        until_at=until,
        after=_place(after(cursor)),
        limit=limit,
        member=member_of(caller),
    )
    written, media_type = _WRITERS[format_](told, tx.now)
    response = Response(written, media_type=media_type)
    following = _next(told)
    if following is not None:
        url = request.url.include_query_params(cursor=following)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return response


def _next(told: AccountStatement) -> str | None:
    if told.is_last or told.last is None:
        return None
    return cursor_for(["/".join(map(str, told.last))], limit=1)


def _place(cursor: str) -> Place | None:
    """Return the place that `_next` wrote down, None for the first page."""
    if not cursor:
        return None
    found = _PLACE.fullmatch(cursor)
    if found is None:
        raise CursorMalformed("not a cursor of this statement", field="cursor")
    return Place(found["desk"], int(found["batch"]), int(found["position"]))


def _json(told: AccountStatement, _: datetime) -> tuple[bytes, str]:
    view = AccountStatementView.model_validate(
        {
            "code": told.account.code,
            "currency": told.account.currency,
            "kind": told.kind,
            "from": told.from_at,
            "until": told.until_at,
            "opening_minor": told.opening_minor,
            "closing_minor": told.closing_minor,
            "debits_minor": told.debits_minor,
            "credits_minor": told.credits_minor,
            "brought_minor": told.brought_minor,
            "carried_minor": told.carried_minor,
            "lines": [StatementLineView(**line._asdict()) for line in told.lines],
            "next_cursor": _next(told),
        }
    )
    return view.model_dump_json(by_alias=True, exclude_none=True).encode(), "application/json"


def _csv(told: AccountStatement, _: datetime) -> tuple[bytes, str]:
    """A line per posting under a line of names; amounts in minor units, so nothing is rounded."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow((*StatementLine._fields, "currency"))
    for line in told.lines:
        rows.writerow((*map(_cell, line), told.account.currency))
    return text.getvalue().encode(), CSV


def _cell(value: object) -> object:
    """Return a value as a spreadsheet takes it: what could be read as a formula is text."""
    if isinstance(value, datetime):
        return value.isoformat()
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _camt(told: AccountStatement, now: datetime) -> tuple[bytes, str]:
    return write_account_statement(told, made_at=now), XML


_WRITERS: dict[Format, Callable[[AccountStatement, datetime], tuple[bytes, str]]] = {
    Format.JSON: _json,
    Format.CSV: _csv,
    Format.CAMT_053: _camt,
}
