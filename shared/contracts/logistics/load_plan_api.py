"""What `logistics` answers about the load plan of a consolidation."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import Id, Moment, Words
from shared.contracts.logistics.loading import SECONDS_MAX, LoadPlanReply
from shared.contracts.logistics.words import Version


class PlanConsolidation(Words):
    """Plan what is aboard; with `work` the same seed gives the same plan anywhere."""

    seconds: Annotated[float, Field(gt=0, le=SECONDS_MAX)] = 1.0
    work: Annotated[int, Field(strict=True, ge=1, le=10**9)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = 0


class ConsolidationPlanView(Words):
    """A checked plan: `sku` is the parcel's id. `stale` once others are aboard than planned for."""

    consolidation_id: Id
    of_version: Version
    planned_at: Moment
    stale: bool
    plan: LoadPlanReply
