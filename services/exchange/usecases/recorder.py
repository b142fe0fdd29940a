"""What was signed is logged a moment later, and the log's head is signed anew.

One worker logs at a time, apart from taking and sending frames, so neither waits for the other.
"""

import asyncio
from pathlib import Path

import structlog

from services.exchange.domain.hub_document import (
    DocumentRefused,
    HubDocument,
    open_envelope,
    unverified,
)
from services.exchange.domain.keys import SigningKey
from services.exchange.domain.tree import Leaves, root_in
from services.exchange.domain.tree_head import entry_leaf, sign_head
from services.exchange.store.tx import SIGNED, ExchangeTx
from shared.db.tx import Store
from shared.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

LOG_EVERY_S = 1.0
LOOK_S = 5.0
"""How often to look where nothing was signed here: the API may be another process."""


class Recorder:
    """Keeps the evidence log for as long as `run` runs."""

    def __init__(
        self, store: Store[ExchangeTx], *, key: SigningKey, document_file: Path | None
    ) -> None:
        self._store = store
        self._key = key
        self._document_file = document_file
        self._remembered = 0

    async def run(self) -> None:
        signed = self._store.bells[SIGNED]
        while True:
            seen = signed.rung
            try:
                while await self.record():
                    pass
            except Unavailable as error:
                log.debug("evidence.waiting", why=error.message)
            await asyncio.sleep(LOG_EVERY_S)
            await signed.wait(after=seen, timeout_s=LOOK_S)

    async def record(self) -> int:
        """Log what waits, up to a limit, and sign for it; looks before it takes the writer's turn.

        Return how many entries were logged.
        """
        await self._remember()
        epoch = own_epoch(self._document_file)
        async with self._store.reading() as tx:
            is_new = (await tx.tree.state()).epoch < epoch
            if not is_new and not await tx.tree.is_behind():
                return 0
        async with self._store.transaction() as tx:
            return await self._log(tx, epoch)

    async def _log(self, tx: ExchangeTx, epoch: int) -> int:
        state = await tx.tree.lock()
        if state.epoch < epoch:
            state = await tx.tree.begin(epoch)
        entries = await tx.tree.unlogged(tx.hub)
        leaves = [entry_leaf(each.kind, each.signed) for each in entries]
        size = await tx.tree.append(state, entries, leaves) if entries else state.size
        root = root_in(await tx.tree.nodes(Leaves(0, size).full_nodes()), size)
        head = sign_head(
            hub=tx.hub, epoch=state.epoch, size=size, root=root, key=self._key, now=tx.now
        )
        await tx.tree.keep(state._replace(size=size, head=head))
        return len(entries)

    async def _remember(self) -> None:
        """Keep each version of this hub's own document: it names the keys that sign here."""
        own = own_document(self._document_file)
        if own is None or own[0].version <= self._remembered:
            return
        document, envelope = own
        async with self._store.transaction() as tx:
            await tx.documents.remember(tx.hub, document.version, envelope)
        self._remembered = document.version


def own_document(file: Path | None) -> tuple[HubDocument, bytes] | None:
    """Return this hub's document and its envelope, None where it has none."""
    if file is None or not file.exists():
        return None
    envelope = file.read_bytes()
    try:
        return unverified(open_envelope(envelope)[0]), envelope
    except DocumentRefused as refused:
        log.error("trust.own-document-unreadable", reason=refused.reason.value)
        return None


def own_epoch(file: Path | None) -> int:
    """Return the epoch in which this hub's streams and its log are: its document announces it."""
    own = own_document(file)
    return max(1, own[0].epoch) if own else 1
