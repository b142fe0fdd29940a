"""Replay the whole ledger and say what does not agree: for operators, the CLI and every test."""

from typing import NamedTuple

from services.payments.domain.audit import Auditor, Counters, Finding
from services.payments.store.tx import PaymentsTx


class LedgerCheck(NamedTuple):
    """What a replay found; sound books have no findings and every sum is zero."""

    transfers: int
    batches: int
    accounts: int
    sums: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        return not self.findings


async def check_ledger(tx: PaymentsTx) -> LedgerCheck:
    """Check chain, counters, holds, floors and sums; `tx` must not have read anything yet."""
    await tx.books.snapshot()
    auditor = Auditor()
    async for batch, transfers in tx.books.batches():
        auditor.batch(batch, transfers)
    accounts: list[Counters] = [row async for row in tx.books.counters()]
    auditor.compare(accounts)
    auditor.compare_holds(await tx.books.open_holds())
    auditor.compare_chains(await tx.books.heads())
    return LedgerCheck(
        transfers=auditor.transfers,
        batches=auditor.batches,
        accounts=len(accounts),
        sums=dict(auditor.sums),
        findings=tuple(auditor.findings),
    )
