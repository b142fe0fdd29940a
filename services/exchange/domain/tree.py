"""A Merkle tree whose nodes are kept: which of them a root or a proof needs, about log2(size) each.

Only full nodes are kept, those over 2^level leaves that all exist; such a node never changes. A
range of leaves that is not full is put together from those that are.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from services.exchange.domain.merkle import EMPTY_ROOT, node_hash


class Node(NamedTuple):
    """A full node: the one of number `number` among those over 2^level leaves."""

    level: int
    number: int


class Leaves(NamedTuple):
    """The leaves from `start` to before `end`; as a subtree of some log, `start` fits its size."""

    start: int
    end: int

    def full_nodes(self) -> Iterator[Node]:
        """The full nodes that make up this subtree, from left to right."""
        start = self.start
        while start < self.end:
            level = (self.end - start).bit_length() - 1
            yield Node(level, start >> level)
            start += 1 << level

    def hash_in(self, known: Mapping[Node, bytes]) -> bytes:
        """The hash of this subtree, its full nodes being `known`; KeyError where one is not."""
        hashes = [known[node] for node in self.full_nodes()]
        return reduce(lambda right, left: node_hash(left, right), reversed(hashes))


def root_in(known: Mapping[Node, bytes], size: int) -> bytes:
    """The root of the log of `size`, from its full nodes."""
    return Leaves(0, size).hash_in(known) if size else EMPTY_ROOT


def inclusion_leaves(index: int, size: int) -> list[Leaves]:
    """The subtrees whose hashes prove leaf `index`, from the leaf up (RFC 9162, 2.1.3.1).

    Raises IndexError when there is no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError(f"no leaf {index} among {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _left(end - start)
        if index < middle:
            path.append(Leaves(middle, end))
            end = middle
        else:
            path.append(Leaves(start, middle))
            start = middle
    return path[::-1]


def consistency_leaves(old_size: int, size: int) -> list[Leaves]:
    """The subtrees whose hashes prove that the log of `size` begins with that of `old_size` (RFC
    9162, 2.1.4.1). Raises IndexError when the old log is no part of it."""
    if not 0 <= old_size <= size:
        raise IndexError(f"a log of {size} does not begin with one of {old_size}")
    if old_size in (0, size):
        return []
    path, start, end = [], 0, size
    while end > old_size:
        middle = start + _left(end - start)
        if old_size <= middle:
            path.append(Leaves(middle, end))
            end = middle
        else:
            path.append(Leaves(start, middle))
            start = middle
    if start:
        path.append(Leaves(start, end))
    return path[::-1]


def grown(size: int, known: Mapping[Node, bytes], leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """The full nodes that come to be when leaf hashes are added to a log of `size`; its own full
    nodes, those of `Leaves(0, size)`, are `known`."""
    made: dict[Node, bytes] = {}
    for index, leaf in enumerate(leaves, size):
        node, digest = Node(0, index), leaf
        made[node] = digest
        while node.number & 1:
            left = Node(node.level, node.number - 1)
            digest = node_hash(made[left] if left in made else known[left], digest)
            node = Node(node.level + 1, node.number >> 1)
            made[node] = digest
    return made


def _left(size: int) -> int:
    """The largest power of two smaller than `size`: how many leaves stand left of its root."""
    return 1 << (size - 1).bit_length() - 1
