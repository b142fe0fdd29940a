"""What `customs` needs to know beside what every service does."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.runtime.settings import Settings


class CustomsSettings(Settings):
    """Settings of the customs service."""

    risk_seed: Annotated[str, Field(min_length=1, max_length=100)] = "1"
    """The secret behind each day's seed, by which the simulated authority chooses what it looks at;
    the same secret, the same declarations. Where that matters it is long, random and never changed.
    """
    denied_parties_file: Path | None = None
    """A CSV file of id and name, without a header, that the operator answers for; none: no names
    are screened."""
