"""How far a consolidation is, at either end of its way.

open -> cut_off -> sealed -> handed_over -> departed -> arrived -> deconsolidating -> closed
"""

from collections.abc import Mapping
from enum import StrEnum

from shared.kernel.errors import Conflict


class ConsolidationState(StrEnum):
    """How far a consolidation is."""

    OPEN = "open"
    CUT_OFF = "cut_off"
    SEALED = "sealed"
    HANDED_OVER = "handed_over"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    DECONSOLIDATING = "deconsolidating"
    CLOSED = "closed"


C = ConsolidationState

EDGES: Mapping[ConsolidationState, frozenset[ConsolidationState]] = {
    C.OPEN: frozenset({C.CUT_OFF}),
    C.CUT_OFF: frozenset({C.SEALED}),
    C.SEALED: frozenset({C.HANDED_OVER}),
    C.HANDED_OVER: frozenset({C.DEPARTED}),
    C.DEPARTED: frozenset({C.ARRIVED}),
    C.ARRIVED: frozenset({C.DECONSOLIDATING}),
    C.DECONSOLIDATING: frozenset({C.CLOSED}),
    C.CLOSED: frozenset(),
}


class ConsolidationOutOfOrder(Conflict):
    """A consolidation cannot go from where it is to there."""

    code = "logistics.consolidation-out-of-order"


def check_edge(old: ConsolidationState, new: ConsolidationState) -> ConsolidationState:
    """Return `new`, or raise ConsolidationOutOfOrder when there is no way from `old` to it."""
    if new not in EDGES[old]:
        raise ConsolidationOutOfOrder(
            f"a consolidation that is {old} cannot become {new}", state=old.value, wanted=new.value
        )
    return new
