"""Spreadsheets: text comes back as it went, and nothing from outside is trusted."""

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from services.orders.api.sheets import (
    ROWS_MAX,
    SheetFormat,
    SheetMalformed,
    read_sheet,
    write_sheet,
)

CSV, XLSX = SheetFormat.CSV, SheetFormat.XLSX
TRICKY = [
    *("", "0012", "=1+1", "'=1+1", "+8613800000001", "@x", "-"),
    *('a "quoted", text', "\u4e8c\n\u884c", "\u5496\u5561"),
]


def a_book(**parts: str) -> bytes:
    """A good workbook, with some parts added or replaced."""
    out = io.BytesIO(write_sheet(XLSX, [["a"], ["b"]]))
    with zipfile.ZipFile(out, "a") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("kind", list(SheetFormat))
class TestBothFormats:
    def test_bring_back_every_text(self, kind: SheetFormat) -> None:
        rows = [["column", *TRICKY[1:]], ["x", *TRICKY[1:]]]

        assert read_sheet(kind, write_sheet(kind, rows)) == rows

    def test_leave_out_blank_rows_at_the_end(self, kind: SheetFormat) -> None:
        found = read_sheet(kind, write_sheet(kind, [["a"], [""], ["b"], [""], ["", ""]]))

        assert [[cell for cell in row if cell] for row in found] == [["a"], [], ["b"]]

    def test_have_a_limit_of_rows(self, kind: SheetFormat) -> None:
        full = write_sheet(kind, [["a"]] * (ROWS_MAX + 1))
        over = write_sheet(kind, [["a"]] * (ROWS_MAX + 2))

        assert len(read_sheet(kind, full)) == ROWS_MAX + 1
        with pytest.raises(SheetMalformed, match="rows"):
            read_sheet(kind, over)

    def test_have_a_limit_of_columns(self, kind: SheetFormat) -> None:
        with pytest.raises(SheetMalformed, match="columns"):
            read_sheet(kind, write_sheet(kind, [["a"] * 101]))

    def test_are_refused_when_they_are_something_else(self, kind: SheetFormat) -> None:
        for content in (b"\xff\xfea\x00", b"\x80", b'"open', b"PK\x03\x04"):
            if kind is CSV and content.startswith(b"PK"):
                continue
            with pytest.raises(SheetMalformed):
                read_sheet(kind, content)


class TestCsv:
    def test_never_begins_a_cell_with_a_formula(self) -> None:
        text = write_sheet(CSV, [TRICKY]).decode("utf-8-sig")

        assert "'=1+1,''=1+1,'+8613800000001,'@x,'-," in text


class TestXlsx:
    def test_holds_text_and_no_formulas(self) -> None:
        book = load_workbook(io.BytesIO(write_sheet(XLSX, [TRICKY])))

        kinds = {cell.data_type for cell in book.worksheets[0][1] if cell.value is not None}
        assert kinds <= {"s", "inlineStr"}

    def test_reads_numbers_as_a_spreadsheet_shows_them(self) -> None:
        book = Workbook()
        book.active.append([58, 58.0, 76.37, 2101120000, None, "0901"])
        out = io.BytesIO()
        book.save(out)

        row = read_sheet(XLSX, out.getvalue())[0]

        assert row == ["58", "58", "76.37", "2101120000", "", "0901"]

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(a_book(**{"xl/x.xml": "a" * 17 * 1024 * 1024}), id="too large unpacked"),
            pytest.param(a_book(**{"xl/x.xml": "<!DOCTYPE a>"}), id="declares entities"),
            pytest.param(a_book(**{f"xl/{n}.xml": "" for n in range(101)}), id="too many parts"),
        ],
    )
    def test_refuses_what_could_grow(self, content: bytes) -> None:
        with pytest.raises(SheetMalformed):
            read_sheet(XLSX, content)
