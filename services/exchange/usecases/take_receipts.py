"""Take a peer's signed receipts for frames of ours, each on its own."""

from collections.abc import Sequence
from typing import NamedTuple

from services.exchange.domain.frame import decode_header
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.receipt import Receipt, ReceiptReason, check_receipt
from services.exchange.store.tx import SIGNED, ExchangeTx

NEVER_SENT = "never-sent"
"""The reason for a receipt that is for no frame this hub has sent to the asking peer."""


class GivenReceipt(NamedTuple):
    """A receipt and the frame it names."""

    stream: str
    first: int
    receipt: Receipt


class RefusedReceipt(NamedTuple):
    """A receipt that is not kept, and why."""

    stream: str
    first: int
    reason: str


async def take_receipts(
    tx: ExchangeTx, *, given: Sequence[GivenReceipt], dest: str, ring: KeyRing
) -> list[RefusedReceipt]:
    """Keep the receipts that hold and move the acknowledged numbers; return those that don't."""
    refused = []
    for each in given:
        reason = await _take(tx, each, dest, ring)
        if reason is not None:
            refused.append(RefusedReceipt(each.stream, each.first, reason))
    return refused


async def _take(tx: ExchangeTx, given: GivenReceipt, dest: str, ring: KeyRing) -> str | None:
    stored = await tx.outgoing.find_frame(given.stream, given.first)
    if stored is None or given.stream.split("/")[1] != dest:
        return NEVER_SENT
    header = decode_header(stored.frame.header)
    checked = check_receipt(given.receipt, header=stored.frame.header, of=header, ring=ring)
    if isinstance(checked, ReceiptReason):
        return checked.value
    await tx.outgoing.acknowledge(stored, header, given.receipt, now=tx.now)
    tx.ring(SIGNED)
    return None
