"""`python -m services.logistics.domain.packing.engine`: compile now, so that no plan waits for it.

An installation runs this once. What is compiled is kept beside the sources, or where
NUMBA_CACHE_DIR says, and read in about a second by every process that plans later.
"""

import sys
import time

from services.logistics.domain.packing.planner import plan_load
from services.logistics.domain.packing.request import SUPPORT_NONE, Container, Item, LoadRequest

SMALLEST = LoadRequest(
    container=Container(length_mm=2, width_mm=2, height_mm=2),
    items=tuple(Item(sku=sku, length_mm=1, width_mm=1, height_mm=1) for sku in ("one", "other")),
    support_permille=SUPPORT_NONE,
)
"""Two kinds of one box each, so that the joining of unlike boxes is compiled too."""


def main() -> None:
    """Plan the smallest load, for which everything has to be there."""
    started = time.monotonic()
    plan_load(SMALLEST, work=1)
    sys.stdout.write(f"the load planner is ready after {time.monotonic() - started:.1f} s\n")


if __name__ == "__main__":
    main()
