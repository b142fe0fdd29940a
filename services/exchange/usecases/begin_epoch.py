"""Begin a new epoch after a restore from a backup: take back what peers hold of us, then go on.

What this hub signed after the backup was made is lost here, and held by the peers that took it,
with our signature on it. It is taken back byte for byte, so no number is given to a second record.
What no peer took was never acknowledged; its events are heard again from their services and
numbered. Frames of before that come late are refused by the peers, for their epoch has passed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from services.exchange.domain.frame import Frame
from services.exchange.domain.keys import KeyRing
from services.exchange.domain.line import envelope_of
from services.exchange.domain.merkle import leaf_hash
from services.exchange.domain.receipt import Receipt, ReceiptReason, check_receipt
from services.exchange.domain.receive import Duplicate, Opened, reopen_frame
from services.exchange.domain.stream import Stream
from services.exchange.store.outgoing import Numbered
from services.exchange.store.tx import ExchangeTx
from shared.kernel.errors import Rejected


class HeldFrame(NamedTuple):
    """One of our frames as a peer holds it, with the receipt that it gave."""

    frame: Frame
    receipt: Receipt


class NotOurs(Rejected):
    """What a peer shows as a frame of ours is not one that follows what we have."""

    code = "exchange.not-ours"


async def take_back(
    tx: ExchangeTx, stream: Stream, held: Sequence[HeldFrame], *, own: KeyRing, peer: KeyRing
) -> int:
    """Take frames of ours back that follow what this hub has; return the last number framed then.

    Raises NotOurs, with nothing kept, for a frame that this hub did not sign or that has a hole in
    front of it, and for a receipt that is not the peer's.
    """
    position = await tx.outgoing.lock(stream)
    unframed = await tx.outgoing.withdraw(stream, position)
    back: set[str] = set()
    for each in held:
        opened = reopen_frame(each.frame, position, stream=stream, ring=own)
        if isinstance(opened, Duplicate):
            continue
        if not isinstance(opened, Opened):
            raise NotOurs(f"{stream.key} from {position.seq}: {opened}")
        header = opened.header
        checked = check_receipt(each.receipt, header=each.frame.header, of=header, ring=peer)
        if isinstance(checked, ReceiptReason):
            raise NotOurs(f"{stream.key}: the receipt of {header.first}: {checked.value}")
        records = [_numbered(line) for line in opened.lines]
        back |= {record.event_id for record in records}
        await tx.outgoing.number(stream, records)
        position = opened.position
        await tx.outgoing.keep_frame(
            stream, each.frame, after=position, first=header.first, now=tx.now
        )
        stored = await tx.outgoing.find_frame(stream.key, header.first)
        assert stored is not None, "it was kept a line ago"
        await tx.outgoing.acknowledge(stored, header, each.receipt, now=tx.now)
    again = [record for record in unframed if record.event_id not in back]
    if again:
        await tx.outgoing.number(stream, again)
    return position.seq


def _numbered(line: bytes) -> Numbered:
    envelope = envelope_of(line)
    return Numbered(envelope.id, envelope.type, envelope.subject, leaf_hash(line).hex(), line)
