"""What `logistics` needs to know beside what every service does."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.logistics.store.rate_cards import PACKAGED
from shared.runtime.settings import Settings


class LogisticsSettings(Settings):
    """Settings of the logistics service."""

    gate_tolerance_permille: Annotated[int, Field(ge=0, le=100)] = 5
    """How far the gate's scales may be from the parcels' weights, in thousandths of these."""
    planner_processes: Annotated[int, Field(ge=1, le=32)] = 1
    """How many plans are made at once, each in a process of its own that starts when needed."""
    gs1_company_prefix: Annotated[str, Field(pattern=r"^[0-9]{7,10}$")] = "9556000"
    """The operator's GS1 company prefix, with which SSCC numbers begin; the default is invented."""
    tariffs_directory: Path = PACKAGED
    """Where carriers' rate cards lie, as JSON files; the packaged ones are simulated."""
