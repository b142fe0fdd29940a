"""The authority's own status codes of an import, and which may follow which.

1 stored -> 2 declaring -> 3 sent -> 100 returned -> 2 (amended)
                        -> 4 failed -> 2
                            100 and 4, unanswered by their deadline -> 700 sent back
1, its papers not complete by their deadline -> 700 sent back
                            3      -> 120 accepted -> 300 manual -> 399 concluded -> 800
                                                   -> 500 inspected -> 501 502 503 599 detained
                                                   -> 800 released -> 899 closed
and 700 sent back from every status in which the goods are looked at.
"""

from collections.abc import Mapping
from enum import IntEnum


class Status(IntEnum):
    """Where an import declaration stands."""

    STORED = 1
    DECLARING = 2
    SENT = 3
    SEND_FAILED = 4
    RETURNED = 100
    ACCEPTED = 120
    MANUAL = 300
    CONCLUDED = 399
    INSPECTED = 500
    DETAINED_FOR_CLEARANCE = 501
    DETAINED_FOR_SMUGGLING = 502
    DETAINED_FOR_LEGAL = 503
    DETAINED_OTHERWISE = 599
    SENT_BACK = 700
    RELEASED = 800
    CLOSED = 899


DETAINED = frozenset(
    {
        Status.DETAINED_FOR_CLEARANCE,
        Status.DETAINED_FOR_SMUGGLING,
        Status.DETAINED_FOR_LEGAL,
        Status.DETAINED_OTHERWISE,
    }
)
HELD = DETAINED | {Status.MANUAL, Status.CONCLUDED, Status.INSPECTED}
"""An officer is at it: the parcel may not move."""

BEFORE_ACCEPTANCE = frozenset(
    {Status.STORED, Status.DECLARING, Status.SENT, Status.SEND_FAILED, Status.RETURNED}
)

NOT_ANSWERED = "not-answered"
"""Why something that waited for its declarant ended by itself."""

PAPERS_MISSING = "papers-missing"
"""Why a parcel ended whose documents never all came."""

_AFTER_DETENTION = frozenset({Status.SENT_BACK, Status.RELEASED})

EDGES: Mapping[Status, frozenset[Status]] = {
    Status.STORED: frozenset({Status.DECLARING, Status.SENT_BACK}),
    Status.DECLARING: frozenset({Status.SENT, Status.SEND_FAILED}),
    Status.SENT: frozenset({Status.RETURNED, Status.ACCEPTED}),
    Status.SEND_FAILED: frozenset({Status.DECLARING, Status.SENT_BACK}),
    Status.RETURNED: frozenset({Status.DECLARING, Status.SENT_BACK}),
    Status.ACCEPTED: frozenset(
        {Status.MANUAL, Status.INSPECTED, Status.SENT_BACK, Status.RELEASED}
    ),
    Status.MANUAL: frozenset(
        {Status.RETURNED, Status.CONCLUDED, Status.INSPECTED, Status.SENT_BACK}
    ),
    Status.CONCLUDED: frozenset({Status.INSPECTED, Status.SENT_BACK, Status.RELEASED}),
    Status.INSPECTED: DETAINED | {Status.SENT_BACK, Status.RELEASED},
    **dict.fromkeys(DETAINED, _AFTER_DETENTION),
    Status.SENT_BACK: frozenset(),
    Status.RELEASED: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset(),
}
