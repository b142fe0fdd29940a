"""Which licence lines pay for the goods that left, and what was refused because nothing could.

Goods need one permit of every type their holder has for them: a health certificate and an export
permit are both written off. Among permits of one type the one that ends first is used first. Goods
that no permit was ever given for are no business of ours: whether they need one, guidance says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from services.permits.domain.licence import Licence, LicenceLine
from services.permits.domain.states import IN_FORCE, LicenceState

LineKey = tuple[str, int]
"""A licence's id and a line number."""
_COUNTS = IN_FORCE | {LicenceState.EXHAUSTED}
_TOLD = frozenset({LicenceState.SUSPENDED, LicenceState.REVOKED})


@dataclass(frozen=True, kw_only=True)
class GoodsThatLeft:
    """What one holder sent out under one goods code."""

    holder_id: str
    hs_code: str
    quantity: int
    net_weight_g: int
    permit_nos: tuple[str, ...] = ()

    def amount(self, unit: str) -> int:
        """Return how much of it there is in a licence line's unit."""
        return self.net_weight_g if unit == "GRM" else self.quantity


@dataclass(frozen=True, kw_only=True)
class Use:
    """So much of one licence line."""

    permit_id: str
    line_no: int
    quantity: int


@dataclass(frozen=True, kw_only=True)
class RefusedUse:
    """Goods that left without enough of a permit of this type."""

    holder_id: str
    permit_type: str
    hs_code: str
    quantity: int
    left: int
    unit: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one declaration uses, and what it was refused."""

    uses: tuple[Use, ...] = ()
    refused: tuple[RefusedUse, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WriteOff:
    """What one export declaration has used; a later release of it replaces an earlier one."""

    declaration_id: str
    sequence: int
    released_at: datetime
    plan: Plan

    def is_older_than(self, sequence: int, released_at: datetime) -> bool:
        return (self.sequence, self.released_at) < (sequence, released_at)


@dataclass(frozen=True)
class _Coverage:
    licence: Licence
    line: LicenceLine
    state: LicenceState


def plan_uses(
    goods: Sequence[GoodsThatLeft],
    licences: Sequence[Licence],
    *,
    destination: str,
    at: datetime,
    given_back: Mapping[LineKey, int] | None = None,
) -> Plan:
    """Return what the goods use of the licences, as these stood when the goods were released.

    `given_back` is what an earlier release of the same declaration had used. Each kind of good is
    covered whole, from lines of one unit, or refused whole.
    """
    back = given_back or {}
    left = {
        (licence.id, line.line_no): line.left + back.get((licence.id, line.line_no), 0)
        for licence in licences
        for line in licence.lines
    }
    uses: dict[LineKey, int] = {}
    refused: list[RefusedUse] = []
    for item in goods:
        for permit_type, coverages in _by_type(item, licences, destination=destination, at=at):
            taken = _take(item, coverages, left)
            for key, quantity in taken.items():
                left[key] -= quantity
                uses[key] = uses.get(key, 0) + quantity
            if not taken:
                refused += _refusal(item, permit_type, coverages, left)
    return Plan(
        uses=tuple(
            Use(permit_id=permit_id, line_no=line_no, quantity=quantity)
            for (permit_id, line_no), quantity in sorted(uses.items())
        ),
        refused=tuple(refused),
    )


def _by_type(
    item: GoodsThatLeft, licences: Sequence[Licence], *, destination: str, at: datetime
) -> Iterable[tuple[str, list[_Coverage]]]:
    """Group what covers the goods by type of permit; the licence that ends first comes first."""
    found = [
        _Coverage(licence, line, state)
        for licence in licences
        if licence.holder_id == item.holder_id and licence.destination == destination
        if not item.permit_nos or licence.permit_no in item.permit_nos
        if (state := licence.state_at(at)) is not None
        for line in licence.lines
        if line.covers(item.hs_code) and item.amount(line.unit) > 0
    ]
    found.sort(key=lambda c: (c.licence.permit_type, c.licence.valid_until, c.licence.id))
    for permit_type, group in groupby(found, key=lambda c: c.licence.permit_type):
        yield permit_type, list(group)


def _take(
    item: GoodsThatLeft, coverages: Sequence[_Coverage], left: Mapping[LineKey, int]
) -> dict[LineKey, int]:
    """Return the uses that cover the goods whole, or nothing."""
    for unit in dict.fromkeys(c.line.unit for c in coverages):
        wanted, taken = item.amount(unit), {}
        for coverage in coverages:
            key = (coverage.licence.id, coverage.line.line_no)
            if coverage.line.unit != unit or coverage.state not in _COUNTS:
                continue
            step = min(wanted, left[key])
            if step > 0:
                taken[key] = step
                wanted -= step
        if wanted == 0:
            return taken
    return {}


def _refusal(
    item: GoodsThatLeft,
    permit_type: str,
    coverages: Sequence[_Coverage],
    left: Mapping[LineKey, int],
) -> list[RefusedUse]:
    """Say why, where somebody has to know: too little left, or a permit that was stopped."""
    counted = [c for c in coverages if c.state in _COUNTS]
    stopped = [c for c in coverages if c.state in _TOLD]
    if not counted and not stopped:
        return []
    unit = (counted or stopped)[0].line.unit
    return [
        RefusedUse(
            holder_id=item.holder_id,
            permit_type=permit_type,
            hs_code=item.hs_code,
            quantity=item.amount(unit),
            left=sum(left[c.licence.id, c.line.line_no] for c in counted if c.line.unit == unit),
            unit=unit,
            reason="not-enough-left" if counted else stopped[-1].state.value,
        )
    ]
