"""Days and moments that a caller may name: counting on from them stays within the calendar."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

DayUntilThen = Annotated[date, Field(lt=date(2200, 1, 1))]
"""Of any past: what was before every rule is a question with an answer."""
Day = Annotated[DayUntilThen, Field(ge=date(2000, 1, 1))]
AskedMoment = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
