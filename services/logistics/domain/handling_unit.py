"""What stands in what: box in bag, bag on pallet, pallet in container, each under its SSCC.

A parcel stands in one box; a unit stands in one of a larger kind, or directly in the container or
air unit itself, which is the root. The serial number follows this hub's GS1 company prefix, which
is fictional until the operator sets its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from shared.kernel.codes import gs1_check_digit
from shared.kernel.errors import Conflict, Rejected

EXTENSION_DIGIT = "0"
BODY_LENGTH = 17


class UnitTreeWrong(Rejected):
    """A unit can only stand in a larger kind of unit of the same consolidation."""

    code = "logistics.unit-tree-wrong"


class ParcelBoxedAlready(Conflict):
    """A parcel stands in one box at a time."""

    code = "logistics.parcel-boxed-already"


class SsccSeriesSpent(Rejected):
    """Every serial number of the company prefix has been given out."""

    code = "logistics.sscc-series-spent"


class UnitKind(IntEnum):
    """Kinds of units, the smaller first."""

    BOX = 1
    BAG = 2
    PALLET = 3
    TRANSPORT = 4


@dataclass(frozen=True, kw_only=True)
class HandlingUnit:
    """One numbered unit of a consolidation; only a box holds a parcel."""

    sscc: str
    consolidation_id: str
    kind: UnitKind
    parent: str | None = None
    parcel_id: str | None = None


def sscc_of(company_prefix: str, serial: int) -> str:
    """Return the SSCC of a serial number under a GS1 company prefix."""
    width = BODY_LENGTH - len(EXTENSION_DIGIT) - len(company_prefix)
    if not 1 <= serial < 10**width:
        raise SsccSeriesSpent(f"the prefix has serial numbers from 1 to {10**width - 1}")
    body = f"{EXTENSION_DIGIT}{company_prefix}{serial:0{width}d}"
    return body + gs1_check_digit(body)


def check_parent(kind: UnitKind, parent: str, known: Mapping[str, HandlingUnit]) -> None:
    """Raise UnitTreeWrong unless `parent` is there and of a larger kind: so there is no ring."""
    found = known.get(parent)
    if found is None:
        raise UnitTreeWrong(f"{parent} is not in this consolidation", field="parent")
    if found.kind <= kind:
        raise UnitTreeWrong(
            f"a {kind.name.lower()} does not stand in a {found.kind.name.lower()}", field="parent"
        )
