"""The auditor: replays every transfer from the first and says where the books disagree with it.

It keeps its own counters and its own chain, and shares no arithmetic with the ledger.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

FINDINGS_MAX = 100
GENESIS = bytes(32)
"""What the first batch of a chain names as the hash before it."""


class Posted(NamedTuple):
    """One transfer as it is kept."""

    id: str
    debit: int
    credit: int
    currency: str
    amount: int
    purpose: int
    kind: str
    pending_id: str
    command_id: str
    ref: str


class Counters(NamedTuple):
    """What an account's row says."""

    number: int
    code: str
    currency: str
    is_debit_normal: bool
    floor: int | None
    debits: int
    credits: int
    debits_pending: int
    credits_pending: int


class Batch(NamedTuple):
    """One link of a desk's chain."""

    desk: str
    number: int
    at: datetime
    previous: bytes
    hash: bytes


class Finding(NamedTuple):
    """One thing that is wrong: the check that failed, what it is about, and how."""

    check: str
    subject: str
    detail: str


def batch_hash(
    previous: bytes, *, desk: str, number: int, at: datetime, transfers: Iterable[Posted]
) -> bytes:
    """Return the hash that seals a batch: over its head, its transfers in order, and the past."""
    digest = hashlib.sha256(previous)
    digest.update(f"{desk}|{number}|{at.isoformat()}\n".encode())
    for transfer in transfers:
        digest.update("|".join(map(str, transfer)).encode() + b"\n")
    return digest.digest()


@dataclass
class Auditor:
    """Takes the transfers batch by batch, then compares. At most FINDINGS_MAX are kept."""

    transfers: int = 0
    batches: int = 0
    findings: list[Finding] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _counters: dict[int, list[int]] = field(default_factory=dict)
    _holds: dict[str, Posted] = field(default_factory=dict)
    _chains: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def batch(self, batch: Batch, transfers: Sequence[Posted]) -> None:
        """Check one batch's link and seal, and replay its transfers."""
        number, before = self._chains.get(batch.desk, (0, GENESIS))
        if batch.number != number + 1 or batch.previous != before:
            self._find("chain", f"{batch.desk}/{batch.number}", "does not follow the one before")
        computed = batch_hash(
            batch.previous,
            desk=batch.desk,
            number=batch.number,
            at=batch.at,
            transfers=transfers,
        )
        if computed != batch.hash:
            self._find("chain", f"{batch.desk}/{batch.number}", "a transfer was changed")
        self._chains[batch.desk] = (batch.number, batch.hash)
        self.batches += 1
        for transfer in transfers:
            self.replay(transfer)

    def replay(self, transfer: Posted) -> None:
        """Count one transfer."""
        self.transfers += 1
        debit = self._counters.setdefault(transfer.debit, [0, 0, 0, 0])
        credit = self._counters.setdefault(transfer.credit, [0, 0, 0, 0])
        if transfer.kind == "hold":
            self._holds[transfer.id] = transfer
            debit[2] += transfer.amount
            credit[3] += transfer.amount
            return
        if transfer.kind != "post":
            hold = self._holds.pop(transfer.pending_id, None)
            if hold is None:
                self._find("hold", transfer.id, "resolves a hold that is not open")
                return
            if transfer.amount > hold.amount:
                self._find("hold", transfer.id, "takes more than was held")
            debit[2] -= hold.amount
            credit[3] -= hold.amount
            if transfer.kind != "capture":
                return
        debit[0] += transfer.amount
        credit[1] += transfer.amount

    def compare(self, accounts: Iterable[Counters]) -> None:
        """Compare every account's counters with the replay, its floor and its currency's sum."""
        seen = set()
        for account in accounts:
            seen.add(account.number)
            name = f"{account.code} {account.currency}"
            replayed = self._counters.get(account.number, [0, 0, 0, 0])
            if list(account[5:]) != replayed:
                self._find("counters", name, f"{list(account[5:])} but replay gives {replayed}")
            self.sums[account.currency] += account.credits - account.debits
            if account.floor is not None and _available(account) < account.floor:
                self._find("floor", name, f"{_available(account)} is below {account.floor}")
        for number in self._counters.keys() - seen:
            self._find("counters", str(number), "has transfers but no account")
        for currency, total in self.sums.items():
            if total:
                self._find("sum", currency, f"all accounts sum to {total}, not zero")

    def compare_holds(self, open_holds: Iterable[str]) -> None:
        """Compare the list of open holds with those the replay left open."""
        for hold in self._holds.keys() ^ set(open_holds):
            self._find("hold", hold, "is open in the replay or in the list, not in both")

    def compare_chains(self, heads: Mapping[str, tuple[int, bytes]]) -> None:
        """Compare each desk's last link with the head that new batches would follow.

        A desk that has not posted anything yet stands before its first link.
        """
        begun = {desk: head for desk, head in heads.items() if head != (0, GENESIS)}
        if begun != self._chains:
            self._find("chain", "heads", "a desk's head is not its last batch")

    def _find(self, check: str, subject: str, detail: str) -> None:
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(check, subject, detail))


def _available(account: Counters) -> int:
    if account.is_debit_normal:
        return account.debits - account.credits - account.credits_pending
    return account.credits - account.debits - account.debits_pending
