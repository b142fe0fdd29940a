"""What one may ask `logistics` about which parcel travels in which unit."""

from typing import Annotated

from pydantic import Field

from shared.contracts.event import Id, MoneyWords, ShortText, Text, Words
from shared.contracts.logistics.words import Count

CONSOLIDATIONS_PER_PLAN_MAX = 100
ASSIGNED_MAX = 20_000


class AssignParcels(Words):
    """Open consolidations with a unit type and cost; every waiting parcel that suits may join.

    `carry_out` false only plans. The same seed and work give the same plan.
    """

    consolidation_ids: Annotated[
        tuple[Id, ...], Field(min_length=1, max_length=CONSOLIDATIONS_PER_PLAN_MAX)
    ]
    seconds: Annotated[int, Field(strict=True, ge=1, le=60)] = 5
    work: Annotated[int, Field(strict=True, ge=1, le=600)] | None = None
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] = 0
    carry_out: bool = True


class AssignedLine(Words):
    """One parcel: the consolidation it is in, or would be in, or the code why in none."""

    parcel_id: Id
    consolidation_id: Id | None = None
    code: ShortText | None = None
    detail: Text | None = None


class AssignedReply(Words):
    """The plan: what the units in use cost, and the proved bound no plan can be below."""

    cost: MoneyWords
    bound: MoneyWords
    gap_permille: Count
    proved: bool
    units_used: Count
    carried_out: bool
    seed: Count
    lines: Annotated[tuple[AssignedLine, ...], Field(max_length=ASSIGNED_MAX)]
