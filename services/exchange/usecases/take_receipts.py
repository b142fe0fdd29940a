"""Take a peer's signed receipts for frames of ours."""

from collections.abc import Sequence
from typing import NamedTuple

from services.exchange.domain.frame import decode_header
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.receipt import Receipt, ReceiptReason, check_receipt
from services.exchange.store.tx import ExchangeTx
from shared.kernel.errors import Rejected


class ReceiptNotForUs(Rejected):
    """A receipt must be the asking peer's, for a frame that this hub has sent to it."""

    code = "exchange.receipt-not-for-us"


class GivenReceipt(NamedTuple):
    """A receipt and the frame it names."""

    stream: str
    first: int
    receipt: Receipt


async def take_receipts(
    tx: ExchangeTx, *, given: Sequence[GivenReceipt], dest: str, ring: KeyRing
) -> int:
    """Keep the receipts and move the acknowledged numbers; all of them hold, or none is kept."""
    for each in given:
        stored = await tx.outgoing.find_frame(each.stream, each.first)
        if stored is None or each.stream.split("/")[1] != dest:
            raise ReceiptNotForUs(f"no frame {each.first} of {each.stream}")
        header = decode_header(stored.frame.header)
        checked = check_receipt(each.receipt, header=stored.frame.header, of=header, ring=ring)
        if isinstance(checked, ReceiptReason):
            raise ReceiptNotForUs(f"{each.stream} {each.first}: {checked}")
        await tx.outgoing.acknowledge(stored, header, each.receipt, now=tx.now)
    return len(given)
