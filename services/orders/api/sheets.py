"""Tables of text as CSV or XLSX files: the only place that knows either format.

Both come from and go to people's spreadsheets. So a CSV begins with a byte order mark, without
which they read UTF-8 wrongly; text that they would take for a formula is marked with an apostrophe,
which reading takes off again; and a workbook from outside is opened with limits.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils.exceptions import InvalidFileException

from shared.kernel.errors import Malformed

ROWS_MAX = 10_000
"""Rows of one file, without the one that names the columns."""
COLUMNS_MAX = 100
UNPACKED_BYTES_MAX = 16 * 1024 * 1024
"""What a workbook, which is a ZIP archive, may grow to; a megabyte can hold a gigabyte."""
PARTS_MAX = 100
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for control characters, which a workbook can't hold."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Row = Sequence[str]


class SheetFormat(StrEnum):
    """The two formats, by the ending of their files."""

    CSV = "csv"
    XLSX = "xlsx"

    @property
    def media_type(self) -> str:
        return {
            SheetFormat.CSV: "text/csv",
            SheetFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[self]


class SheetMalformed(Malformed):
    """The file can't be read as the table it is said to be."""

    code = "orders.sheet-malformed"
    help = "Send CSV as UTF-8, or a workbook whose first sheet has the columns in its first row."


def write_sheet(kind: SheetFormat, rows: Iterable[Row]) -> bytes:
    """Return the rows, the first of which names the columns, as a file."""
    return _write_csv(rows) if kind is SheetFormat.CSV else _write_xlsx(rows)


def read_sheet(kind: SheetFormat, content: bytes) -> list[list[str]]:
    """Return all rows as text, without blank ones at the end, or raise SheetMalformed."""
    found = _read_csv(content) if kind is SheetFormat.CSV else _read_xlsx(content)
    rows = list(islice(found, ROWS_MAX + 2))
    while rows and not any(rows[-1]):
        rows.pop()
    if len(rows) > ROWS_MAX + 1:
        raise SheetMalformed(f"has more than {ROWS_MAX} rows")
    if max(map(len, rows), default=0) > COLUMNS_MAX:
        raise SheetMalformed(f"has more than {COLUMNS_MAX} columns")
    return rows


def _write_csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([_marked(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _marked(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA_STARTS) else cell


def _unmarked(cell: str) -> str:
    is_marked = cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return cell[1:] if is_marked else cell


def _read_csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield [_unmarked(cell) for cell in row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise SheetMalformed("is not CSV in UTF-8") from error


def _write_xlsx(rows: Iterable[Row]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("orders")
    for row in rows:
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub(REPLACEMENT, text))
            cell.data_type = "s"  # text stays text, also when it looks like a formula or a number
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _read_xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        _check_archive(content)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(
            values_only=True, max_row=ROWS_MAX + 2, min_col=1, max_col=COLUMNS_MAX + 1
        )
        for row in rows:
            cells = [_text_of(value) for value in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    except (
        zipfile.BadZipFile,
        zlib.error,
        InvalidFileException,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        SyntaxError,  # what a parser of XML raises
        EOFError,
        NotImplementedError,
    ) as error:
        raise SheetMalformed("is not a workbook") from error


def _check_archive(content: bytes) -> None:
    """Refuse what grows too large, and entities, which could do the same inside the XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > PARTS_MAX or sum(p.file_size for p in parts) > UNPACKED_BYTES_MAX:
            raise SheetMalformed("is too large once it is unpacked")
        for part in parts:
            with archive.open(part) as opened:
                text = opened.read(UNPACKED_BYTES_MAX)
            if b"<!" in text.replace(b"<!--", b"").replace(b"<![CDATA[", b"") or b"\0" in text[:64]:
                raise SheetMalformed("has declarations that a workbook has no need of")


def _text_of(value: Any) -> str:
    """Return a cell as it is written; a number as its shortest digits, as the program shows it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
