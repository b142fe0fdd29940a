"""An export declaration: one consolidation's way out, in Malaysia the form K2.

It covers the parcels of one sealed unit. When the unit is sealed anew with fewer parcels before it
leaves, the declaration is drawn up again for what is still in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.customs.domain.basis import Finding
from services.customs.domain.lanes import Lane
from shared.kernel.errors import Conflict, Rejected
from shared.kernel.money import Money, total

LINES_MAX = 1_000
HS_DIGITS_SHARED = 6
"""Two countries' goods codes agree on these digits only, so lines are summed by them."""


class ExportState(StrEnum):
    """Where an export declaration stands."""

    DRAFT = "draft"
    LODGED = "lodged"
    ACCEPTED = "accepted"
    DOCUMENTARY_CHECK = "documentary-check"
    PHYSICAL_CHECK = "physical-check"
    RELEASED = "released"
    DEPARTED = "departed"
    CANCELLED = "cancelled"


_S = ExportState
EDGES: Mapping[ExportState, frozenset[ExportState]] = {
    _S.DRAFT: frozenset({_S.LODGED, _S.CANCELLED}),
    _S.LODGED: frozenset({_S.ACCEPTED, _S.DRAFT, _S.CANCELLED}),
    _S.ACCEPTED: frozenset(
        {_S.DOCUMENTARY_CHECK, _S.PHYSICAL_CHECK, _S.RELEASED, _S.DRAFT, _S.CANCELLED}
    ),
    _S.DOCUMENTARY_CHECK: frozenset({_S.PHYSICAL_CHECK, _S.RELEASED, _S.DRAFT, _S.CANCELLED}),
    _S.PHYSICAL_CHECK: frozenset({_S.RELEASED, _S.DRAFT, _S.CANCELLED}),
    _S.RELEASED: frozenset({_S.DEPARTED, _S.DRAFT, _S.CANCELLED}),
    _S.DEPARTED: frozenset(),
    _S.CANCELLED: frozenset(),
}
"""Back to draft means: sealed anew, so declared anew."""


class ExportStepNotAllowed(Conflict):
    """The export declaration's state does not allow this step."""

    code = "customs.export-step-not-allowed"
    help = "Read the export declaration: its state says what may come next."


class ExportCurrencyMixed(Rejected):
    """One export declaration states its values in one currency."""

    code = "customs.export-currency-mixed"


class ExportFormMissing(Rejected):
    """A country must say by which form goods leave it."""

    code = "customs.export-form-missing"


class ExportLinesTooMany(Rejected):
    """One export declaration has at most 1,000 lines, sellers apart; seal two units instead."""

    code = "customs.export-lines-too-many"


@dataclass(frozen=True, kw_only=True)
class SealedParcel:
    """One parcel of a sealed unit, as logistics names it; its goods are known from its order."""

    parcel_id: str
    logistics_no: str
    order_id: str
    order_no: str
    seller_id: str
    gross_weight_g: int


@dataclass(frozen=True, kw_only=True)
class ExportedGoods:
    """Goods of one parcel under one code."""

    hs_code: str
    quantity: int
    net_weight_g: int
    value: Money


@dataclass(frozen=True, kw_only=True)
class ExportedParcel:
    """One parcel that the declaration covers."""

    parcel_id: str
    logistics_no: str
    order_id: str
    order_no: str
    seller_id: str
    gross_weight_g: int
    goods: tuple[ExportedGoods, ...]

    @property
    def net_weight_g(self) -> int:
        return sum(goods.net_weight_g for goods in self.goods)

    @property
    def fob(self) -> Money:
        return total([goods.value for goods in self.goods], self.goods[0].value.currency)


@dataclass(frozen=True, kw_only=True)
class ExportLine:
    """What the form says of one kind of good."""

    hs_code: str
    quantity: int
    net_weight_g: int
    fob: Money


@dataclass(frozen=True, kw_only=True)
class SellerGoods:
    """What one seller sends out under one subheading, for permits to write off."""

    seller_id: str
    hs_code: str
    quantity: int
    net_weight_g: int


@dataclass(frozen=True, kw_only=True)
class Unit:
    """The sealed unit that is declared; `version` rises when it is sealed anew."""

    consolidation_id: str
    version: int
    master_waybill: str
    destination_hub: str


@dataclass(frozen=True, kw_only=True)
class ExportDeclaration:
    """One unit's export declaration; methods return a new one or raise ExportStepNotAllowed."""

    id: str
    unit: Unit
    forms: tuple[str, ...] = ()
    state: ExportState = ExportState.DRAFT
    version: int = 1
    lane: Lane | None = None
    lines: tuple[ExportLine, ...] = ()
    fob_total: Money | None = None
    fob_local: Money | None = None
    released_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def released_version(self) -> int | None:
        """Return the version in which it was released, None where that does not stand."""
        left = self.state is ExportState.DEPARTED
        return self.version - left if left or self.state is ExportState.RELEASED else None

    def found(self, finding: Finding) -> "ExportDeclaration":
        """Note what was found after the release; it stays there until an officer resolves it."""
        if finding in self.findings:
            return self
        return replace(self, findings=(*self.findings, finding))

    def resolved(self, *, reason: str) -> "ExportDeclaration":
        """Close what was found, or raise ExportStepNotAllowed where nothing is open."""
        if not self.findings:
            raise ExportStepNotAllowed("nothing is to be resolved", current=self.state.value)
        return replace(self, findings=(), reason=f"resolved: {reason}")

    def moved(self, to: ExportState, *, reason: str = "") -> "ExportDeclaration":
        if to not in EDGES[self.state]:
            raise ExportStepNotAllowed(
                f"an export declaration that is {self.state} can't become {to}",
                current=self.state.value,
                wanted=to.value,
            )
        return replace(self, state=to, version=self.version + 1, reason=reason)

    def redrawn(self, unit: Unit) -> "ExportDeclaration":
        """Start again for a unit that was sealed anew."""
        draft = self if self.state is ExportState.DRAFT else self.moved(ExportState.DRAFT)
        return replace(
            draft,
            unit=unit,
            forms=(),
            lane=None,
            lines=(),
            fob_total=None,
            fob_local=None,
            released_at=None,
            findings=(),
        )

    def lodged(
        self, lines: tuple[ExportLine, ...], *, forms: tuple[str, ...], fob_local: Money | None
    ) -> "ExportDeclaration":
        """Declare these lines by these forms; `fob_local` is their value in the local currency."""
        if not forms:
            raise ExportFormMissing("the country's pack names no form for exports")
        moved = self.moved(ExportState.LODGED)
        return replace(
            moved, forms=forms, lines=lines, fob_total=fob_of(lines), fob_local=fob_local
        )

    def accepted(self, lane: Lane) -> "ExportDeclaration":
        return replace(self.moved(ExportState.ACCEPTED), lane=lane)

    def routed(self, *, at: datetime, doubt: str = "") -> "ExportDeclaration":
        """Follow the lane: red goods are looked at, yellow papers read, the others released.

        A doubt about its papers has them read in any other lane too.
        """
        if self.lane is Lane.RED:
            return self.moved(ExportState.PHYSICAL_CHECK, reason=doubt or "lane red")
        if doubt:
            return self.moved(ExportState.DOCUMENTARY_CHECK, reason=doubt)
        if self.lane is Lane.YELLOW:
            return self.moved(ExportState.DOCUMENTARY_CHECK, reason="lane yellow")
        return self.released(at=at)

    def released(self, *, at: datetime, reason: str = "") -> "ExportDeclaration":
        return replace(self.moved(ExportState.RELEASED, reason=reason), released_at=at)

    def departed(self) -> "ExportDeclaration":
        return self.moved(ExportState.DEPARTED)

    def cancelled(self, *, reason: str) -> "ExportDeclaration":
        return self.moved(ExportState.CANCELLED, reason=reason)


def export_lines(parcels: Sequence[ExportedParcel]) -> tuple[ExportLine, ...]:
    """Sum the parcels' goods by subheading, in the order of the codes."""
    by_code: dict[str, list[ExportedGoods]] = {}
    for parcel in parcels:
        for goods in parcel.goods:
            by_code.setdefault(goods.hs_code[:HS_DIGITS_SHARED], []).append(goods)
    currencies = {goods.value.currency for parcel in parcels for goods in parcel.goods}
    if len(currencies) > 1:
        raise ExportCurrencyMixed(f"values are in {', '.join(sorted(currencies))}")
    if len(by_code) > LINES_MAX:
        raise ExportLinesTooMany(f"{len(by_code)} kinds of good in one unit")
    return tuple(
        ExportLine(
            hs_code=code,
            quantity=sum(item.quantity for item in goods),
            net_weight_g=sum(item.net_weight_g for item in goods),
            fob=total([item.value for item in goods], goods[0].value.currency),
        )
        for code, goods in sorted(by_code.items())
    )


def seller_goods(parcels: Sequence[ExportedParcel]) -> tuple[SellerGoods, ...]:
    """Sum the parcels' goods by seller and subheading, in that order."""
    sums: dict[tuple[str, str], list[ExportedGoods]] = {}
    for parcel in parcels:
        for goods in parcel.goods:
            key = (parcel.seller_id, goods.hs_code[:HS_DIGITS_SHARED])
            sums.setdefault(key, []).append(goods)
    if len(sums) > LINES_MAX:
        raise ExportLinesTooMany(f"{len(sums)} kinds of good of all sellers in one unit")
    return tuple(
        SellerGoods(
            seller_id=seller_id,
            hs_code=code,
            quantity=sum(item.quantity for item in goods),
            net_weight_g=sum(item.net_weight_g for item in goods),
        )
        for (seller_id, code), goods in sorted(sums.items())
    )


def fob_of(lines: Sequence[ExportLine]) -> Money:
    """Return the value of all lines together."""
    return total([line.fob for line in lines], lines[0].fob.currency)
