"""What one may ask `customs` over HTTP about manifests: who left with what, against what was said.

A unit is named by its consolidation; parcels by their waybills.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.customs.events import EXPORT_LINES_MAX
from shared.contracts.event import HsCode, Id, Moment, ShortText, Words

FINDINGS_MAX = 6_002
"""Two of the unit, and at most two for each of 1,500 parcels on either side."""
Count = Annotated[int, Field(ge=0, le=10**9)]


class ManifestFindingView(Words):
    """One difference; without a waybill it is about the whole unit."""

    code: Literal[
        "short-shipped",
        "excess",
        "order-differs",
        "weight-differs",
        "master-waybill-differs",
        "declaration-differs",
    ]
    logistics_no: ShortText | None
    declared: ShortText | None
    manifested: ShortText | None


class ShortLineView(Words):
    """A declared line of which less left: the export form is to be amended."""

    hs_code: HsCode
    declared: Count
    shipped: Count


State = Literal["waiting-for-manifest", "waiting-for-declaration", "agrees", "differs"]


class ManifestSummary(Words):
    """What comparing a unit's manifest came to, and how many differences there are."""

    consolidation_id: Id
    state: State
    differences: Count


class ManifestView(Words):
    """A unit's manifest beside its export release, and every difference between them."""

    consolidation_id: Id
    state: State
    master_waybill: ShortText | None
    declaration_id: Id | None
    parcels_declared: Count
    parcels_manifested: Count
    findings: Annotated[tuple[ManifestFindingView, ...], Field(max_length=FINDINGS_MAX)]
    short_lines: Annotated[tuple[ShortLineView, ...], Field(max_length=EXPORT_LINES_MAX)]
    departed_at: Moment | None
