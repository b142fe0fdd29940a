"""Merkle trees as in RFC 9162 section 2.1 (the same hashes as RFC 6962), over SHA-256.

A frame's root commits to its records, so one record can be shown to a third party with the
others left out. `Peaks` keeps the root of an ever growing log in about log2(size) hashes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
# Copied for every hash: that is cheaper than a new one, and what is hashed need not be copied.
_LEAF = sha256(b"\x00")
_NODE = sha256(b"\x01")


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry; the 0x00 in front keeps a leaf from posing as a node."""
    digest = _LEAF.copy()
    digest.update(entry)
    return digest.digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two neighbours; the 0x01 in front keeps a node from posing as a leaf."""
    digest = _NODE.copy()
    digest.update(left + right)
    return digest.digest()


def root_of(entries: Iterable[bytes]) -> bytes:
    """Root of the tree over `entries` in their order; of no entries it is SHA-256 of nothing."""
    return root_of_leaves(leaves_of(entries))


def leaves_of(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of each entry."""
    return [leaf_hash(entry) for entry in entries]


def root_of_leaves(leaves: Sequence[bytes]) -> bytes:
    """Root of the tree over leaf hashes in their order."""
    level = leaves
    while len(level) > 1:
        level = _parents(level)
    return level[0] if level else EMPTY_ROOT


def inclusion_path(entries: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The neighbours from leaf `index` up to the root (RFC 9162, 2.1.3.1).

    Raises IndexError when there is no such entry.
    """
    return inclusion_path_of_leaves(leaves_of(entries), index)


def inclusion_path_of_leaves(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The same over leaf hashes in their order."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"no entry {index} among {len(leaves)}")
    level = leaves
    path = []
    while len(level) > 1:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level = _parents(level)
        index >>= 1
    return tuple(path)


def is_included(leaf: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from the leaf hash at `index` to `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, reached = index, size - 1, leaf
    for neighbour in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            reached = node_hash(neighbour, reached)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            reached = node_hash(reached, neighbour)
        fn >>= 1
        sn >>= 1
    return sn == 0 and reached == root


def is_consistent(
    *, old_size: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether `path` shows that the log of `size` begins with the one of `old_size` (RFC 9162,
    2.1.4.2). Every log begins with the empty one."""
    if not 0 <= old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    if old_size == 0:
        return not path and old_root == EMPTY_ROOT
    nodes = list(path)
    if not old_size & (old_size - 1):
        nodes.insert(0, old_root)
    if not nodes:
        return False
    fn, sn = old_size - 1, size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    old_reached = reached = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_reached = node_hash(node, old_reached)
            reached = node_hash(node, reached)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            reached = node_hash(reached, node)
        fn >>= 1
        sn >>= 1
    return sn == 0 and old_reached == old_root and reached == root


@dataclass(frozen=True, slots=True)
class Peaks:
    """An append-only log: the roots of its perfect subtrees, the largest (oldest) first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"{len(self.hashes)} peaks do not make a log of {self.size}")

    def appended(self, leaves: Iterable[bytes]) -> "Peaks":
        """This log with more leaf hashes at its end."""
        size, peaks = self.size, list(self.hashes)
        for leaf in leaves:
            merged, full = leaf, size
            while full & 1:
                merged = node_hash(peaks.pop(), merged)
                full >>= 1
            peaks.append(merged)
            size += 1
        return Peaks(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """The tree head: equal to `root_of` all entries ever appended."""
        if not self.hashes:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self.hashes))


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """One level up; a last hash without a neighbour moves up as it is."""
    parents = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
    if len(level) & 1:
        parents.append(level[-1])
    return parents
