"""Which nomenclature this service searches: what the lane needs, or what an operator imported."""

from functools import lru_cache
from pathlib import Path

from shared.reference.nomenclature import LANE_FILE, Nomenclature, read_nomenclature


@lru_cache(1)
def lane_nomenclature() -> Nomenclature:
    """Return the codes that come with the software: those of the sample lane, not all."""
    return read_nomenclature(LANE_FILE, is_complete=False)


def nomenclature_of(file: Path | None) -> Nomenclature:
    """Return the imported nomenclature, else the one of the lane; raises NomenclatureMalformed."""
    return lane_nomenclature() if file is None else read_nomenclature(file, is_complete=True)
