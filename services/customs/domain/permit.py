"""Permits as customs knows them: what `permits` said of each, in whatever order it was heard.

They are checked before goods are released (rule M7); `permits` itself decides every use of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from services.customs.domain.export import HS_DIGITS_SHARED, SellerGoods

LineKey = tuple[str, int]
"""A permit's id and a line number."""
GRAMS = "GRM"
"""The unit of lines that count weight; every other unit counts pieces."""
IN_FORCE = "in-force"
TOLD = frozenset({"suspended", "revoked", "expired"})
"""Ends of a permit that leave its goods without one; a surrendered one was replaced or given up."""


@dataclass(frozen=True, kw_only=True)
class PermitLine:
    """How much of one kind of good was permitted."""

    line_no: int
    hs_code: str
    quantity: int
    unit: str

    def covers(self, hs_code: str) -> bool:
        return self.hs_code[:HS_DIGITS_SHARED] == hs_code[:HS_DIGITS_SHARED]


@dataclass(frozen=True, kw_only=True)
class PermitTerms:
    """What the permit says."""

    permit_no: str
    kind: str
    holder_id: str
    destination: str
    lines: tuple[PermitLine, ...]
    valid_until: datetime


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something that changes, as of the highest sequence heard."""

    sequence: int
    value: str


@dataclass(frozen=True, kw_only=True)
class KnownPermit:
    """One permit; `left` by line and `standing` are what was said last, whatever came first."""

    permit_id: str
    terms: PermitTerms | None = None
    left: Mapping[int, Said] = field(default_factory=dict)
    standing: Said = Said(sequence=-1, value=IN_FORCE)

    def with_left(self, line_no: int, left: int, *, sequence: int) -> "KnownPermit":
        known = self.left.get(line_no)
        if known is not None and known.sequence > sequence:
            return self
        said = Said(sequence=sequence, value=str(left))
        return replace(self, left={**self.left, line_no: said})

    def standing_at(self, standing: str, *, sequence: int) -> "KnownPermit":
        if self.standing.sequence > sequence:
            return self
        return replace(self, standing=Said(sequence=sequence, value=standing))

    def left_of(self, line: PermitLine) -> int:
        said = self.left.get(line.line_no)
        return line.quantity if said is None else int(said.value)

    def state_at(self, moment: datetime) -> str:
        """Return `in-force`, or how it ended."""
        assert self.terms is not None, "only permits whose terms are known are looked at"
        if self.standing.value == IN_FORCE and moment >= self.terms.valid_until:
            return "expired"
        return self.standing.value


@dataclass(frozen=True, kw_only=True)
class PermitFault:
    """Goods that their permits don't cover, and why."""

    code: str
    hs_code: str
    kind: str

    def __str__(self) -> str:
        return f"{self.code} {self.hs_code} {self.kind}"


def permit_faults(
    goods: Sequence[SellerGoods],
    permits: Sequence[KnownPermit],
    *,
    destination: str,
    at: datetime,
    given_back: Mapping[LineKey, int],
) -> tuple[PermitFault, ...]:
    """Return the goods that permits would refuse to write off, or whose permit has ended.

    Goods need one permit of every kind their seller was ever given for them; goods that no permit
    was given for are not looked at. `given_back` is what an earlier release of the same export
    used, because a new release replaces it.
    """
    left = {
        (permit.permit_id, line.line_no): permit.left_of(line)
        + given_back.get((permit.permit_id, line.line_no), 0)
        for permit in permits
        if permit.terms is not None
        for line in permit.terms.lines
    }
    faults = []
    for item in goods:
        for kind, covers in _by_kind(item, permits, destination=destination):
            fault = _fault(item, kind, covers, left, at=at)
            if fault is not None:
                faults.append(fault)
    return tuple(faults)


_Cover = tuple[KnownPermit, PermitLine]


def _by_kind(
    item: SellerGoods, permits: Sequence[KnownPermit], *, destination: str
) -> Iterable[tuple[str, list[_Cover]]]:
    """Group the lines that cover the goods by kind of permit; what ends first is used first."""
    found = [
        (permit.terms, permit, line)
        for permit in permits
        if permit.terms is not None
        and (permit.terms.holder_id, permit.terms.destination) == (item.seller_id, destination)
        for line in permit.terms.lines
        if line.covers(item.hs_code) and _amount(item, line) > 0
    ]
    found.sort(key=lambda each: (each[0].kind, each[0].valid_until, each[1].permit_id))
    for kind, group in groupby(found, key=lambda each: each[0].kind):
        yield kind, [(permit, line) for _, permit, line in group]


def _fault(
    item: SellerGoods,
    kind: str,
    covers: list[_Cover],
    left: dict[LineKey, int],
    *,
    at: datetime,
) -> PermitFault | None:
    """Take the goods off the lines of one unit that are in force, or say why they can't be."""
    in_force = [cover for cover in covers if cover[0].state_at(at) == IN_FORCE]
    for unit in dict.fromkeys(line.unit for _, line in in_force):
        taken: dict[LineKey, int] = {}
        wanted = 0
        for permit, line in in_force:
            if line.unit != unit:
                continue
            if not taken:
                wanted = _amount(item, line)
            key = (permit.permit_id, line.line_no)
            taken[key] = min(wanted, left[key])
            wanted -= taken[key]
        if wanted == 0:
            for key, step in taken.items():
                left[key] -= step
            return None
    ended = [state for permit, _ in covers if (state := permit.state_at(at)) in TOLD]
    if in_force:
        return PermitFault(code="permit-not-enough-left", hs_code=item.hs_code, kind=kind)
    if ended:
        return PermitFault(code=f"permit-{ended[-1]}", hs_code=item.hs_code, kind=kind)
    return None


def _amount(item: SellerGoods, line: PermitLine) -> int:
    return item.net_weight_g if line.unit == GRAMS else item.quantity
