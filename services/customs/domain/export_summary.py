"""Export lists summed up into customs declarations, once a month (701), and the result (792)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.customs.domain.export_list import ExportList
from services.customs.domain.retail_export import ExportListRules, RetailLine
from shared.kernel.errors import Conflict
from shared.kernel.money import Money, total

PARTS_MAX = 100
DECEMBER = 12


class PartDiffers(Conflict):
    """A part of an application contradicts one that came before."""

    code = "customs.summary-part-differs"


@dataclass(frozen=True, kw_only=True)
class SummaryLine:
    """One line of the declaration: goods that agree in code, destination and currency."""

    line_no: int
    hs_code: str
    quantity: int
    value: Money
    lists: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SummaryDeclaration:
    """One customs declaration made of lists that agree in what their heads say."""

    gross_weight_g: int
    net_weight_g: int
    lines: tuple[SummaryLine, ...]


@dataclass(frozen=True, kw_only=True)
class ExportSummary:
    """An application to sum lists up, part by part, and what came of it."""

    number: str
    trader_reference: str
    office: str
    agent_code: str
    agent_name: str
    seller_code: str
    seller_name: str
    summary_agent_code: str
    summary_agent_name: str
    part_count: int
    parts: tuple[tuple[int, tuple[str, ...]], ...] = ()
    declarations: tuple[SummaryDeclaration, ...] = ()

    @property
    def missing_parts(self) -> tuple[int, ...]:
        known = {number for number, _ in self.parts}
        return tuple(n for n in range(1, self.part_count + 1) if n not in known)

    @property
    def list_numbers(self) -> tuple[str, ...]:
        return tuple(number for _, numbers in sorted(self.parts) for number in numbers)

    def with_part(self, part_number: int, numbers: tuple[str, ...], count: int) -> "ExportSummary":
        """Take in one part; the same part again replaces it while nothing is declared."""
        if count != self.part_count or not 1 <= part_number <= self.part_count:
            raise PartDiffers(f"part {part_number} of {count}; there are {self.part_count}")
        known = dict(self.parts)
        if self.declarations and known.get(part_number) != numbers:
            raise PartDiffers("it is summed up already")
        return replace(self, parts=tuple(sorted({**known, part_number: numbers}.items())))


def sum_up(lists: Sequence[ExportList], rules: ExportListRules) -> tuple[SummaryDeclaration, ...]:
    """Return the declarations that these lists make, by the rule of what may be joined."""
    heads: dict[tuple[Any, ...], list[ExportList]] = {}
    for one in sorted(lists, key=lambda one: one.number):
        key = tuple(getattr(one.declared, name) for name in rules.summary_by)
        heads.setdefault(key, []).append(one)
    return tuple(_declaration(heads[key], rules) for key in sorted(heads))


def due_on(left_on: date, rules: ExportListRules) -> date:
    """Return the last day to sum up what left on a day: in the month after."""
    year, month = divmod(left_on.month, DECEMBER)
    return date(left_on.year + year, month + 1, rules.summary_day)


def _declaration(lists: Sequence[ExportList], rules: ExportListRules) -> SummaryDeclaration:
    joined: dict[tuple[Any, ...], list[tuple[str, RetailLine]]] = {}
    for one in lists:
        for line in one.declared.lines:
            key = tuple(_of_line(line, name) for name in rules.summary_lines_by)
            joined.setdefault(key, []).append((one.number, line))
    return SummaryDeclaration(
        gross_weight_g=sum(one.declared.gross_weight_g for one in lists),
        net_weight_g=sum(one.declared.net_weight_g for one in lists),
        lines=tuple(_line(n, joined[key]) for n, key in enumerate(sorted(joined), start=1)),
    )


def _of_line(line: RetailLine, name: str) -> Any:
    return line.total_price.currency if name == "currency" else getattr(line, name)


def _line(line_no: int, rows: Sequence[tuple[str, RetailLine]]) -> SummaryLine:
    first = rows[0][1]
    return SummaryLine(
        line_no=line_no,
        hs_code=first.hs_code,
        quantity=sum(line.quantity for _, line in rows),
        value=total([line.total_price for _, line in rows], first.total_price.currency),
        lists=tuple(dict.fromkeys(number for number, _ in rows)),
    )
