"""The Harmonized System as a list: codes, what they are, and under which code each stands.

What the sample lane needs is shipped (`hs-lane.csv`, worded by this project). An operator imports
the full public file with `eroad reference import`: a header `section,hscode,description,parent,
level` and a row per chapter, heading and subheading.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.kernel.errors import Rejected

COLUMNS = ("section", "hscode", "description", "parent", "level")
ROWS_MAX = 50_000
DESCRIPTION_LENGTH_MAX = 1_000
LANE_FILE = Path(__file__).parent / "hs-lane.csv"
_NOT_HS = ("TOTAL", "99")
"""Rows of statistics, which are no goods of the system."""


class NomenclatureMalformed(Rejected):
    """The file is not a nomenclature; the message names the line and what is wrong there."""

    code = "reference.nomenclature-malformed"


@dataclass(frozen=True)
class Nomenclature:
    """Every code that is known, with its words."""

    descriptions: Mapping[str, str]
    is_complete: bool
    """Whether a code that is not listed does not exist."""

    def path(self, code: str) -> tuple[tuple[str, str], ...]:
        """Return chapter, heading and subheading of a code, as far as they are known."""
        found = ((code[:digits], self.descriptions.get(code[:digits])) for digits in (2, 4, 6))
        return tuple((prefix, words) for prefix, words in found if words is not None)

    def knows(self, code: str) -> bool:
        """Say whether the code may exist: its six digits are listed, or the list is not whole."""
        return not self.is_complete or code[:6] in self.descriptions


def read_nomenclature(file: Path, *, is_complete: bool) -> Nomenclature:
    """Read a nomenclature, or raise NomenclatureMalformed."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        try:
            return Nomenclature(dict(_rows(csv.reader(lines))), is_complete)
        except (csv.Error, UnicodeDecodeError) as error:
            raise NomenclatureMalformed(f"is no CSV in UTF-8: {error}") from error


def write_nomenclature(found: Nomenclature, file: Path) -> None:
    """Write a nomenclature as `read_nomenclature` takes it, whole or not at all."""
    draft = file.with_suffix(".part")
    with draft.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        for code, description in sorted(found.descriptions.items()):
            writer.writerow(("", code, description, code[:-2] or "TOTAL", len(code)))
    draft.replace(file)


def _rows(rows: Iterable[list[str]]) -> Iterable[tuple[str, str]]:
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if number == 1:
            if tuple(row) != COLUMNS:
                raise NomenclatureMalformed(f"line 1: must be {','.join(COLUMNS)}")
            continue
        if number > ROWS_MAX:
            raise NomenclatureMalformed(f"more than {ROWS_MAX} lines")
        if len(row) != len(COLUMNS):
            raise NomenclatureMalformed(f"line {number}: must have {len(COLUMNS)} fields")
        _, code, description, parent, _ = row
        if code.startswith(_NOT_HS):
            continue
        _check(number, code, description, parent, seen)
        seen.add(code)
        yield code, description
    if not seen:
        raise NomenclatureMalformed("holds no code")


def _check(number: int, code: str, description: str, parent: str, seen: set[str]) -> None:
    problem = ""
    if not (code.isdigit() and len(code) in {2, 4, 6}):
        problem = f"{code!r} is no code of 2, 4 or 6 digits; codes are never padded"
    elif code in seen:
        problem = f"{code} is there twice"
    elif not 0 < len(description) <= DESCRIPTION_LENGTH_MAX:
        problem = f"{code} has no description, or one over {DESCRIPTION_LENGTH_MAX} characters"
    elif len(code) > 2 and (parent != code[:-2] or parent not in seen):
        problem = f"{code} stands under {parent!r}, which is not its parent or comes later"
    if problem:
        raise NomenclatureMalformed(f"line {number}: {problem}")
