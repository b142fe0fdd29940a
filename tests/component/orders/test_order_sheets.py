"""Orders out to a spreadsheet and in from one, each taken or refused by its row."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.orders.api.order_rows import HEADER
from services.orders.api.sheets import SheetFormat, read_sheet, write_sheet
from shared.contracts.orders.events import OrderPlaced
from shared.kernel.ids import derived_id
from tests.builders.orders import PERSONAL, a_line_body, an_order_body, money
from tests.builders.running import Running
from tests.component.orders.test_place_order import marketplace

Rows = list[list[str]]
CSV, XLSX = SheetFormat.CSV, SheetFormat.XLSX
TWO_LINES = an_order_body(
    order_no="A-2",
    goods=money(40_000),
    freight=money(0),
    tax=money(0),
    paid=money(40_000),
    lines=[
        a_line_body(unit_price=money(40), quantity=80, total_price=money(3_200)),
        a_line_body(
            line_no=2,
            sku="=KV-PIL",
            gtin=None,
            hs_code="9404909000",
            unit_price=money(36_800),
            total_price=money(36_800),
        ),
    ],
)


async def exported(orders: Running, kind: SheetFormat = CSV, **params: Any) -> Rows:
    reply = await orders.http.get(
        "/v1/orders/export",
        params={"format": kind.value, **params},
        headers=marketplace(orders),
    )
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith(kind.media_type)
    return read_sheet(kind, reply.content)


async def imported(orders: Running, rows: Rows, kind: SheetFormat = CSV) -> httpx.Response:
    return await orders.post(
        "/v1/orders/import",
        content=write_sheet(kind, rows),
        headers={**marketplace(orders), "Content-Type": kind.media_type},
    )


async def two_orders(orders: Running) -> None:
    for body in (an_order_body(order_no="A-1"), TWO_LINES):
        reply = await orders.post("/v1/orders", body, headers=marketplace(orders))
        assert reply.status_code == 201, reply.text


def changed(rows: Rows, row: int, **cells: str) -> Rows:
    """The rows with some cells of one, counted as a spreadsheet counts, replaced."""
    copy = [list(each) for each in rows]
    for name, text in cells.items():
        copy[row - 1][HEADER.index(name)] = text
    return copy


def renamed(rows: Rows) -> Rows:
    """The same orders under other numbers."""
    number = HEADER.index("order_no")
    return [rows[0], *([*r[:number], f"NEW-{r[number]}", *r[number + 1 :]] for r in rows[1:])]


class TestExport:
    async def test_has_a_row_for_each_line(self, orders: Running) -> None:
        await two_orders(orders)

        header, first, second, third = await exported(orders)

        assert tuple(header) == HEADER
        cells = dict(zip(header, first, strict=True))
        assert (cells["state"], cells["goods"], cells["paid"]) == ("placed", "58.00", "76.37")
        assert (cells["hs_code"], cells["net_weight_g"]) == ("2101120000", "570")
        assert cells["buyer_name"] == PERSONAL[1]
        assert [row[HEADER.index("sku")] for row in (second, third)] == ["KV-3IN1-15", "=KV-PIL"]

    async def test_shows_no_buyer_to_others(self, orders: Running) -> None:
        await two_orders(orders)
        reply = await orders.http.get("/v1/orders/export")  # the operator

        assert reply.status_code == 200
        assert not any(personal in reply.text for personal in PERSONAL)
        assert "A-1" in reply.text

    async def test_goes_on_where_it_ended_and_narrows_down(self, orders: Running) -> None:
        await two_orders(orders)
        headers = marketplace(orders)

        first = await orders.http.get("/v1/orders/export?limit=1", headers=headers)
        cursor = first.headers["Next-Cursor"]
        rest = await exported(orders, cursor=cursor)

        assert {row[HEADER.index("order_no")] for row in rest[1:]} == {"A-2"}
        assert len(await exported(orders, q="kv-pil")) == 3
        assert len(await exported(orders, state="paid")) == 1


class TestImport:
    @pytest.mark.parametrize("kind", list(SheetFormat))
    async def test_takes_what_was_exported(self, orders: Running, kind: SheetFormat) -> None:
        await two_orders(orders)
        before = await exported(orders, kind)

        reply = await imported(orders, renamed(before), kind)

        after = await exported(orders, kind)
        told = HEADER.index("platform_code")
        results = reply.json()["results"]
        assert (reply.status_code, reply.json()["placed"]) == (200, 2), reply.text
        assert [(one["row"], one["order_no"]) for one in results] == [
            (2, "NEW-A-1"),
            (3, "NEW-A-2"),
        ]
        assert [r[told:] for r in after[4:]] == [r[told:] for r in renamed(before)[1:]]
        assert len(await orders.said(OrderPlaced)) == 4

    @pytest.mark.parametrize(
        ("cells", "code", "field"),
        [
            ({"goods": "fifty-eight"}, "orders.cell-malformed", "goods"),
            ({"goods": "58.001"}, "orders.cell-malformed", "goods"),
            ({"goods": "NaN"}, "orders.cell-malformed", "goods"),
            ({"quantity": "1.5"}, "orders.cell-malformed", "quantity"),
            ({"currency": "XXX"}, "currency-unknown", "currency"),
            ({"goods": "57.99"}, "orders.amounts-do-not-add-up", "goods"),
            ({"description": "gift"}, "orders.description-vague", "lines[0].description"),
            ({"sku": ""}, "request-invalid", "lines[0].sku"),
            ({"order_no": "A-1"}, "orders.order-exists", "order_no"),
        ],
    )
    async def test_refuses_a_row_and_takes_the_rest(
        self, orders: Running, cells: dict[str, str], code: str, field: str
    ) -> None:
        await two_orders(orders)
        rows = changed(renamed(await exported(orders)), 2, **cells)

        reply = await imported(orders, rows)

        first, second = reply.json()["results"]
        assert (first["row"], first["order_id"]) == (2, None)
        assert (first["problem"]["code"], first["problem"]["field"]) == (code, field)
        assert (second["row"], second["problem"], reply.json()["placed"]) == (3, None, 1)

    async def test_reads_an_order_from_all_its_rows(self, orders: Running) -> None:
        await two_orders(orders)
        rows = renamed(await exported(orders))

        differing = await imported(orders, changed(rows, 4, channel="1210"))
        blank = await imported(orders, changed(rows, 4, channel="", paid="", buyer_name=""))

        assert differing.json()["results"][1]["problem"]["code"] == "orders.rows-disagree"
        assert blank.json()["results"][1]["problem"] is None

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda rows: [], "orders.sheet-malformed"),
            (lambda rows: [rows[0][:-1]], "orders.sheet-malformed"),
            (lambda rows: [[*rows[0], "colour"]], "orders.sheet-malformed"),
            (lambda rows: [[*rows[0], "goods"]], "orders.sheet-malformed"),
        ],
    )
    async def test_refuses_other_columns(
        self, orders: Running, change: Callable[[Rows], Rows], code: str
    ) -> None:
        reply = await imported(orders, change([list(HEADER)]))

        assert (reply.status_code, reply.json()["code"]) == (400, code)

    async def test_takes_at_most_as_many_orders_as_a_bulk(self, orders: Running) -> None:
        await two_orders(orders)
        rows = await exported(orders)
        many = [rows[0], *(changed(rows, 2, order_no=f"N-{n}")[1] for n in range(501))]

        reply = await imported(orders, many)

        assert (reply.status_code, reply.json()["code"]) == (400, "orders.sheet-malformed")

    async def test_is_told_by_its_media_type(self, orders: Running) -> None:
        reply = await orders.post(
            "/v1/orders/import",
            content=b"{}",
            headers={**marketplace(orders), "Content-Type": "application/json"},
        )

        assert (reply.status_code, reply.json()["code"]) == (415, "media-type-unsupported")

    async def test_answers_a_repeat_with_the_same_reply(self, orders: Running) -> None:
        await two_orders(orders)
        content = write_sheet(CSV, renamed(await exported(orders)))
        headers = {
            **marketplace(orders),
            "Content-Type": "text/csv; charset=utf-8",
            "Idempotency-Key": "a-file",
        }

        first = await orders.post("/v1/orders/import", content=content, headers=headers)
        again = await orders.post("/v1/orders/import", content=content, headers=headers)

        assert first.json()["placed"] == 2
        assert again.content == first.content

    async def test_needs_the_right_to_place_orders(self, orders: Running) -> None:
        seller = orders.office.headers(
            "orders:read", "orders:answer", member_id=derived_id("mbr", "cn-hgh", "s")
        )

        reply = await orders.post(
            "/v1/orders/import", content=b"", headers={**seller, "Content-Type": "text/csv"}
        )

        assert (reply.status_code, reply.json()["code"]) == (403, "scope-missing")
