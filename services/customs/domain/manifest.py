"""What a carrier says left in a unit, beside what was declared for it: parcel by parcel.

Both come from different tellers, so either may be first; there is something to compare once both
are here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class ManifestState(StrEnum):
    """What comparing came to."""

    WAITING_FOR_MANIFEST = "waiting-for-manifest"
    WAITING_FOR_DECLARATION = "waiting-for-declaration"
    AGREES = "agrees"
    DIFFERS = "differs"


class Difference(StrEnum):
    """How a manifest can differ from the declaration."""

    SHORT_SHIPPED = "short-shipped"
    EXCESS = "excess"
    ORDER_DIFFERS = "order-differs"
    WEIGHT_DIFFERS = "weight-differs"
    MASTER_DIFFERS = "master-waybill-differs"
    DECLARATION_DIFFERS = "declaration-differs"


@dataclass(frozen=True, kw_only=True)
class ManifestedParcel:
    """One parcel's house bill."""

    logistics_no: str
    order_no: str
    gross_weight_g: int
    packages: int


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What the carrier says is in the unit that left."""

    master_waybill: str
    export_declaration_id: str
    unit_no: str
    seals: tuple[str, ...]
    origin: str
    destination: str
    gate_weight_g: int
    parcels: tuple[ManifestedParcel, ...]
    departed_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeclaredQuantity:
    """Goods of one parcel under one subheading."""

    hs_code: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class DeclaredParcel:
    """One parcel of a released export; its goods are known where it was declared."""

    logistics_no: str
    order_no: str
    gross_weight_g: int
    goods: tuple[DeclaredQuantity, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DeclaredUnit:
    """What customs released, the newest release of the unit."""

    declaration_id: str
    master_waybill: str
    parcels: tuple[DeclaredParcel, ...]
    released_at: datetime


@dataclass(frozen=True, kw_only=True)
class ManifestFinding:
    """One difference; `logistics_no` is blank where it is about the whole unit."""

    code: Difference
    logistics_no: str = ""
    declared: str = ""
    manifested: str = ""


@dataclass(frozen=True, kw_only=True)
class ShortLine:
    """A declared line of which less left than was declared: the export form is to be amended."""

    hs_code: str
    declared: int
    shipped: int


@dataclass(frozen=True, kw_only=True)
class ManifestCheck:
    """One unit's manifest and declaration, as far as they are here."""

    consolidation_id: str
    manifest: Manifest | None = None
    declared: DeclaredUnit | None = None

    def with_manifest(self, manifest: Manifest) -> "ManifestCheck":
        """Take a manifest in, unless one of a later departure is here."""
        if self.manifest is not None and self.manifest.departed_at > manifest.departed_at:
            return self
        return replace(self, manifest=manifest)

    def with_declared(self, declared: DeclaredUnit) -> "ManifestCheck":
        """Take a release in, unless a later one of the unit is here."""
        if self.declared is not None and self.declared.released_at > declared.released_at:
            return self
        return replace(self, declared=declared)

    @property
    def state(self) -> ManifestState:
        if self.manifest is None:
            return ManifestState.WAITING_FOR_MANIFEST
        if self.declared is None:
            return ManifestState.WAITING_FOR_DECLARATION
        return ManifestState.DIFFERS if self.findings else ManifestState.AGREES

    @property
    def findings(self) -> tuple[ManifestFinding, ...]:
        """Return every difference, those of the unit first, then parcel by parcel."""
        if self.manifest is None or self.declared is None:
            return ()
        return tuple(_differences(self.manifest, self.declared))

    @property
    def short_lines(self) -> tuple[ShortLine, ...]:
        """Return the declared lines of which less left, where the goods of parcels are known."""
        if self.manifest is None or self.declared is None:
            return ()
        left = {parcel.logistics_no for parcel in self.manifest.parcels}
        declared: dict[str, int] = {}
        shipped: dict[str, int] = {}
        for parcel in self.declared.parcels:
            for goods in parcel.goods:
                code = goods.hs_code
                declared[code] = declared.get(code, 0) + goods.quantity
                if parcel.logistics_no in left:
                    shipped[code] = shipped.get(code, 0) + goods.quantity
        return tuple(
            ShortLine(hs_code=code, declared=quantity, shipped=shipped.get(code, 0))
            for code, quantity in sorted(declared.items())
            if shipped.get(code, 0) < quantity
        )


def _differences(manifest: Manifest, declared: DeclaredUnit) -> Iterable[ManifestFinding]:
    of_unit = (
        (Difference.MASTER_DIFFERS, declared.master_waybill, manifest.master_waybill),
        (
            Difference.DECLARATION_DIFFERS,
            declared.declaration_id,
            manifest.export_declaration_id,
        ),
    )
    for code, one, other in of_unit:
        if one != other:
            yield ManifestFinding(code=code, declared=one, manifested=other)
    here = {parcel.logistics_no: parcel for parcel in declared.parcels}
    there = {parcel.logistics_no: parcel for parcel in manifest.parcels}
    for number in sorted(here.keys() | there.keys()):
        if number not in there:
            yield ManifestFinding(code=Difference.SHORT_SHIPPED, logistics_no=number)
        elif number not in here:
            yield ManifestFinding(code=Difference.EXCESS, logistics_no=number)
        else:
            yield from _differences_of(here[number], there[number])


def _differences_of(
    declared: DeclaredParcel, manifested: ManifestedParcel
) -> Iterable[ManifestFinding]:
    pairs = (
        (Difference.ORDER_DIFFERS, declared.order_no, manifested.order_no),
        (
            Difference.WEIGHT_DIFFERS,
            str(declared.gross_weight_g),
            str(manifested.gross_weight_g),
        ),
    )
    for code, one, other in pairs:
        if one != other:
            yield ManifestFinding(
                code=code, logistics_no=declared.logistics_no, declared=one, manifested=other
            )
