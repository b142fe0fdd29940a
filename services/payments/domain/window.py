"""One settlement window between two hubs.

closed ─ both sign equal sheets ─> agreed ─ the debtor's bank sends ─> settled
   └──── the sheets differ ──────> disputed: names the first transfer; nothing moves
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.payments.domain.sheet import Span


class WindowState(StrEnum):
    CLOSED = "closed"
    AGREED = "agreed"
    SETTLED = "settled"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """`ours_*` is what we computed and signed, blank until then; `theirs_*` what the peer said."""

    id: str
    debtor: str
    creditor: str
    currency: str
    window_no: int
    after_no: int
    until_no: int
    state: WindowState
    closed_at: datetime
    net_minor: int = 0
    ours_sha256: str = ""
    ours_signature: str = ""
    theirs_sha256: str = ""
    theirs_signature: str = ""
    theirs_chunks: str = ""
    difference: str = ""
    settled_at: datetime | None = None

    @property
    def span(self) -> Span:
        return Span(
            self.debtor,
            self.creditor,
            self.currency,
            self.window_no,
            self.after_no,
            self.until_no,
        )

    def peer(self, hub: str) -> str:
        return self.creditor if self.debtor == hub else self.debtor
