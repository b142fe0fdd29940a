"""Many rules that differ in a few fields: one rule in YAML, and a table with a line for each.

A rule that names `lines` says once what all its lines share: id, days, citation, rounding, golden
cases. Each line of that CSV file completes its value and makes a rule of its own, whose key is the
rule's, a dot and the line's `name`. A blank cell leaves its field out; a field that takes a list
has its items between spaces.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.packs.errors import Fault, PackMalformed
from shared.packs.fields import Fields, Place
from shared.packs.kinds import Shape, check_field, shape_of
from shared.packs.rule import FIELDS, Rule, labelled, read_head
from shared.packs.values import Digits

LINES = "lines"
NAME = "name"
HEADER_LINE = 1
_LISTS = frozenset({"texts", "texts?"})
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Table:
    """The columns of a CSV file and its lines, all of them text."""

    file: str
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]


def read_table(node: Any, file: str) -> Table:
    """Read a table of a pack's document, or raise PackMalformed naming every bad line."""
    body = Fields(node, Place(file))
    body.only("columns", "lines")
    columns, lines = body.texts("columns"), body.node("lines")
    if columns[:1] != (NAME,) or len({*columns}) != len(columns):
        problem = f"must begin with {NAME} and have no column twice: {', '.join(columns)}"
        raise _at(file, HEADER_LINE).wrong(problem)
    if not isinstance(lines, list) or not lines:
        raise Place(file).wrong("has no lines")
    width, faults = len(columns), []
    for number, cells in enumerate(lines, start=HEADER_LINE + 1):
        if not isinstance(cells, list) or len(cells) != width:
            faults.append(_at(file, number).fault(f"must have {width} cells: {','.join(columns)}"))
        elif not all(isinstance(cell, str) for cell in cells) or "\n" in "".join(cells):
            faults.append(_at(file, number).fault("must have cells of text on one line"))
    if faults:
        raise PackMalformed(faults)
    return Table(file=file, columns=columns, lines=lines)


def read_lines(entry: Fields, table: Table, *, section: str, digits: Digits) -> list[Rule]:
    """Return the rule of each line, or raise PackMalformed naming every bad line and column."""
    rule = labelled(entry, digits=digits)
    rule.only(*FIELDS, LINES)
    head, value = read_head(rule, section), rule.part("value")
    shape = shape_of(head["kind"], value.place)
    value.only(*shape)
    readers = _readers(table, shape, value)
    for name in shape.keys() - readers.keys():
        check_field(value, name, shape[name])
    shared = {name: node for name, node in entry.nodes.items() if name != LINES}
    rules: list[Rule] = []
    faults: list[Fault] = []
    for number, (name, *cells) in enumerate(table.lines, start=HEADER_LINE + 1):
        line = _completed(value, readers, cells, _at(table.file, number), digits)
        try:
            if not _NAME.fullmatch(name):
                problem = f"{name!r} must look like latex-pillow or 21011200"
                raise line.place.field(NAME).wrong(problem)
            for column, reader in readers.items():
                check_field(line, column, reader)
        except PackMalformed as error:
            faults.extend(error.faults)
            continue
        key = f"{shared['key']}.{name}"
        written = {**shared, "key": key, "value": line.nodes}
        rules.append(Rule(key=key, value=line, entry=written, **head))
    if faults:
        raise PackMalformed(faults)
    return rules


def _completed(
    value: Fields, readers: Mapping[str, str], cells: Sequence[str], place: Place, digits: Digits
) -> Fields:
    nodes = dict(value.nodes)
    for (column, reader), cell in zip(readers.items(), cells, strict=True):
        if cell:
            nodes[column] = cell.split() if reader in _LISTS else cell
    return Fields(nodes, place, digits=digits)


def _readers(table: Table, shape: Shape, value: Fields) -> dict[str, str]:
    """Return how each column is read; it is a plain field that the rule leaves to its lines."""
    plain = {
        name: reader
        for name, reader in shape.items()
        if isinstance(reader, str) and not reader.startswith("rates")
    }
    for column in table.columns[1:]:
        place = _at(table.file, HEADER_LINE).field(column)
        if column not in plain:
            raise place.wrong(f"is none of the plain fields {', '.join(plain)}")
        if column in value:
            raise place.wrong("is given by the rule already")
    return {column: plain[column] for column in table.columns[1:]}


def _at(file: str, line: int) -> Place:
    return Place(file, f"line {line}")
