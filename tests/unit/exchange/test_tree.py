"""Proofs from kept nodes are those of RFC 9162, and prove nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.merkle import (
    EMPTY_ROOT,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
    root_of,
)
from services.exchange.domain.tree import (
    Node,
    consistency_leaves,
    grown,
    inclusion_leaves,
    root_in,
)
from tests.unit.exchange.test_merkle import ENTRIES, entry_lists

# The consistency proofs published with the entries of the Certificate Transparency implementations.
CONSISTENCY = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def kept(entries: list[bytes], *, at_once: int = 3) -> dict[Node, bytes]:
    """The nodes of a log to which the entries were added a few at a time."""
    nodes: dict[Node, bytes] = {}
    for start in range(0, len(entries), at_once):
        nodes |= grown(start, nodes, [leaf_hash(e) for e in entries[start : start + at_once]])
    return nodes


def consistency_path(entries: list[bytes], old_size: int) -> list[bytes]:
    nodes = kept(entries)
    return [part.hash_in(nodes) for part in consistency_leaves(old_size, len(entries))]


class TestKeptNodes:
    @given(entry_lists, st.integers(1, 9))
    def test_give_the_root_of_every_size(self, entries: list[bytes], at_once: int) -> None:
        nodes = kept(entries, at_once=at_once)

        for size in range(len(entries) + 1):
            assert root_in(nodes, size) == root_of(entries[:size])

    @given(entry_lists, st.data())
    def test_prove_each_leaf_as_the_whole_list_would(
        self, entries: list[bytes], data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, len(entries) - 1))
        nodes = kept(entries)

        path = [part.hash_in(nodes) for part in inclusion_leaves(index, len(entries))]

        assert tuple(path) == inclusion_path(entries, index)
        assert is_included(
            leaf_hash(entries[index]),
            index=index,
            size=len(entries),
            path=path,
            root=root_of(entries),
        )

    @pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
    def test_prove_no_leaf_that_is_not_there(self, index: int, size: int) -> None:
        with pytest.raises(IndexError):
            inclusion_leaves(index, size)


class TestConsistency:
    @pytest.mark.parametrize("sizes", CONSISTENCY)
    def test_is_proven_as_in_the_published_vectors(self, sizes: tuple[int, int]) -> None:
        old_size, size = sizes

        path = consistency_path(ENTRIES[:size], old_size)

        assert [node.hex() for node in path] == CONSISTENCY[sizes]

    @given(entry_lists, st.data())
    def test_holds_between_every_two_sizes_and_for_no_other_root(
        self, entries: list[bytes], data: st.DataObject
    ) -> None:
        old_size = data.draw(st.integers(0, len(entries)))
        path = consistency_path(entries, old_size)
        old_root, root = root_of(entries[:old_size]), root_of(entries)

        def holds(old: bytes = old_root, new: bytes = root, by: list[bytes] = path) -> bool:
            return is_consistent(
                old_size=old_size, old_root=old, size=len(entries), root=new, path=by
            )

        assert holds()
        assert not holds(old=bytes(32))
        if old_size:  # of the empty log, which begins every log, nothing can be said
            assert not holds(new=bytes(32))
        assert not holds(by=[*path, bytes(32)])
        for at in range(len(path)):
            assert not holds(by=[*path[:at], bytes(32), *path[at + 1 :]])
            assert not holds(by=path[:at] + path[at + 1 :])

    def test_is_refused_for_a_log_that_shrinks(self) -> None:
        with pytest.raises(IndexError):
            consistency_leaves(4, 3)
        assert not is_consistent(
            old_size=3, old_root=root_of(ENTRIES[:3]), size=0, root=EMPTY_ROOT, path=()
        )
