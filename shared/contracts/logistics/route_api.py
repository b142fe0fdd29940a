"""What `logistics` answers about routes."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.event import Moment, ShortText, Text, Words
from shared.contracts.logistics.words import Count, Place


class RouteStep(Words):
    """A part of the way, how many hours it takes and why."""

    reason: Text
    hours: Count
    ends_at: Moment


class RouteView(Words):
    """A way between two places and the expected arrival, with a step for every reason."""

    origin: Place
    destination: Place
    mode: Literal["sea", "air"]
    distance_km: Count
    through: Annotated[tuple[ShortText, ...], Field(max_length=50)]
    eta: Moment
    steps: Annotated[tuple[RouteStep, ...], Field(max_length=20)]
    confidence: Literal["unverified"] = "unverified"
