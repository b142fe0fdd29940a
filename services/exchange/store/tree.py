"""How the evidence log is kept: its full nodes, and the newest signed head."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.exchange.domain.tree import Leaves, Node, consistency_leaves, grown, inclusion_leaves
from services.exchange.domain.tree_head import EntryKind, SignedHead
from services.exchange.store.people_tables import held_key, person_key
from services.exchange.store.snapshot_tables import snapshot_taken
from services.exchange.store.tables import arrived_frame, evidence_node, evidence_tree, frame

ENTRIES_AT_ONCE = 1_000


class Entry(NamedTuple):
    """Something signed that is to be logged: in which row it is kept, and the bytes signed."""

    kind: EntryKind
    row: tuple[str | int, ...]
    signed: bytes


class TreeState(NamedTuple):
    """How long the log is, and the newest head; there is none before the first entry."""

    epoch: int
    size: int
    head: SignedHead


class EvidenceTree:
    """The evidence log of this hub."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def state(self) -> TreeState:
        return _state((await self._connection.execute(select(evidence_tree))).one())

    async def lock(self) -> TreeState:
        """Return the log as it stands, and hold it until the transaction ends."""
        query = select(evidence_tree).with_for_update()
        return _state((await self._connection.execute(query)).one())

    async def is_behind(self) -> bool:
        """Say whether anything is to be logged; takes no lock."""
        for query in (
            select(frame.c.first).where(frame.c.frame_leaf.is_(None)),
            select(frame.c.first).where(
                frame.c.receipt.is_not(None), frame.c.receipt_leaf.is_(None)
            ),
            select(arrived_frame.c.first).where(arrived_frame.c.leaf.is_(None)),
            select(person_key.c.name).where(_waits(person_key)),
            select(held_key.c.name).where(_waits(held_key)),
            select(snapshot_taken.c.seq).where(snapshot_taken.c.leaf.is_(None)),
        ):
            if await self._connection.scalar(query.limit(1)) is not None:
                return True
        return False

    async def unlogged(self, hub: str) -> list[Entry]:
        """Return the next entries; frame and receipt of an arrived frame stand together."""
        sent = await self._connection.execute(
            select(frame.c.stream, frame.c.first, frame.c.header)
            .where(frame.c.frame_leaf.is_(None))
            .order_by(frame.c.stream, frame.c.first)
            .limit(ENTRIES_AT_ONCE)
        )
        entries = [Entry(EntryKind.FRAME_SENT, (r.stream, r.first), r.header) for r in sent]
        got = await self._connection.execute(
            select(frame.c.stream, frame.c.first, frame.c.receipt)
            .where(frame.c.receipt.is_not(None), frame.c.receipt_leaf.is_(None))
            .order_by(frame.c.stream, frame.c.first)
            .limit(ENTRIES_AT_ONCE)
        )
        entries += [Entry(EntryKind.RECEIPT_GOT, (r.stream, r.first), r.receipt) for r in got]
        taken = await self._connection.execute(
            select(
                arrived_frame.c.stream,
                arrived_frame.c.first,
                arrived_frame.c.header,
                arrived_frame.c.receipt,
            )
            .where(arrived_frame.c.leaf.is_(None))
            .order_by(arrived_frame.c.stream, arrived_frame.c.first)
            .limit(ENTRIES_AT_ONCE)
        )
        for row in taken:
            place = (row.stream, row.first)
            entries.append(Entry(EntryKind.FRAME_TAKEN, place, row.header))
            entries.append(Entry(EntryKind.RECEIPT_GIVEN, place, row.receipt))
        return [*entries, *await self._unlogged_erasures(), *await self._unlogged_snapshots(hub)]

    async def _unlogged_snapshots(self, hub: str) -> list[Entry]:
        """Return the next receipts for snapshots: got for streams of this hub, else given."""
        taken = await self._connection.execute(
            select(snapshot_taken.c.stream, snapshot_taken.c.seq, snapshot_taken.c.receipt)
            .where(snapshot_taken.c.leaf.is_(None))
            .order_by(snapshot_taken.c.stream, snapshot_taken.c.seq)
            .limit(ENTRIES_AT_ONCE)
        )
        given, got = EntryKind.SNAPSHOT_RECEIPT_GIVEN, EntryKind.SNAPSHOT_RECEIPT_GOT
        return [
            Entry(
                got if row.stream.startswith(f"{hub}/") else given,
                (row.stream, row.seq),
                row.receipt,
            )
            for row in taken
        ]

    async def _unlogged_erasures(self) -> list[Entry]:
        """Return the next receipts for keys erased here, and for copies of peers' keys."""
        got = await self._connection.execute(
            select(person_key.c.name, person_key.c.receipt)
            .where(_waits(person_key))
            .order_by(person_key.c.name)
            .limit(ENTRIES_AT_ONCE)
        )
        given = await self._connection.execute(
            select(held_key.c.origin, held_key.c.name, held_key.c.receipt)
            .where(_waits(held_key))
            .order_by(held_key.c.name)
            .limit(ENTRIES_AT_ONCE)
        )
        return [
            *(Entry(EntryKind.ERASURE_GOT, (row.name,), row.receipt) for row in got),
            *(Entry(EntryKind.ERASURE_GIVEN, (row.origin, row.name), row.receipt) for row in given),
        ]

    async def append(self, state: TreeState, entries: Sequence[Entry], leaves: list[bytes]) -> int:
        """Add entries to the log as it stands, locked; return how many it has then."""
        known = await self.nodes(Leaves(0, state.size).full_nodes())
        made = grown(state.size, known, leaves)
        await self._connection.execute(
            insert(evidence_node),
            [{"level": node.level, "number": node.number, "hash": made[node]} for node in made],
        )
        placed = list(enumerate(entries, state.size))
        for kind, (table, column) in _PLACES.items():
            known_by = {f"in_{column.name}": column for column in table.primary_key.columns}
            rows = [
                {**dict(zip(known_by, each.row, strict=True)), "at": at}
                for at, each in placed
                if each.kind is kind
            ]
            if rows:
                here = and_(*(column == bindparam(name) for name, column in known_by.items()))
                await self._connection.execute(
                    update(table).where(here).values({column: bindparam("at")}), rows
                )
        return state.size + len(entries)

    async def begin(self, epoch: int) -> TreeState:
        """Begin the log of a new epoch, locked: all that this hub holds will be logged anew."""
        await self._connection.execute(delete(evidence_node))
        await self._connection.execute(update(frame).values(frame_leaf=None, receipt_leaf=None))
        await self._connection.execute(update(arrived_frame).values(leaf=None))
        for keys in (person_key, held_key):
            await self._connection.execute(update(keys).values(receipt_leaf=None))
        await self._connection.execute(update(snapshot_taken).values(leaf=None))
        return TreeState(epoch, 0, SignedHead(b"", b""))

    async def keep(self, state: TreeState) -> None:
        """Keep how long the log is, and the head signed over it."""
        await self._connection.execute(
            update(evidence_tree).values(
                epoch=state.epoch,
                size=state.size,
                body=state.head.body,
                signature=state.head.signature,
            )
        )

    async def nodes(self, wanted: Iterable[Node]) -> dict[Node, bytes]:
        """Return the nodes that are there."""
        place = tuple_(evidence_node.c.level, evidence_node.c.number)
        rows = await self._connection.execute(
            select(evidence_node).where(place.in_([tuple(node) for node in wanted]))
        )
        return {Node(row.level, row.number): row.hash for row in rows}

    async def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the path from an entry to the root of the log of `size`."""
        return await self._hashes(inclusion_leaves(index, size))

    async def consistency(self, old_size: int, size: int) -> tuple[bytes, ...]:
        """Return what proves that the log of `size` begins with the one of `old_size`."""
        return await self._hashes(consistency_leaves(old_size, size))

    async def _hashes(self, parts: Sequence[Leaves]) -> tuple[bytes, ...]:
        known = await self.nodes(node for part in parts for node in part.full_nodes())
        return tuple(part.hash_in(known) for part in parts)


_PLACES = {
    EntryKind.FRAME_SENT: (frame, "frame_leaf"),
    EntryKind.RECEIPT_GOT: (frame, "receipt_leaf"),
    EntryKind.FRAME_TAKEN: (arrived_frame, "leaf"),
    EntryKind.ERASURE_GOT: (person_key, "receipt_leaf"),
    EntryKind.ERASURE_GIVEN: (held_key, "receipt_leaf"),
    EntryKind.SNAPSHOT_RECEIPT_GIVEN: (snapshot_taken, "leaf"),
    EntryKind.SNAPSHOT_RECEIPT_GOT: (snapshot_taken, "leaf"),
}
"""Where it is noted at which place an entry stands; a receipt given stands behind its frame."""


def _waits(keys: Table) -> ColumnElement[bool]:
    """Which receipts for erased keys are not in the log."""
    return and_(keys.c.receipt.is_not(None), keys.c.receipt_leaf.is_(None))


def _state(row: object) -> TreeState:
    return TreeState(row.epoch, row.size, SignedHead(row.body, row.signature))  # type: ignore[attr-defined]
