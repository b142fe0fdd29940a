"""Trees give the roots and proofs of RFC 6962 and RFC 9162."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.merkle import (
    EMPTY_ROOT,
    Peaks,
    inclusion_path,
    is_included,
    leaf_hash,
    node_hash,
    root_of,
)

# The entries and tree heads used by the Certificate Transparency implementations.
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
HEADS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

entry_lists = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


class TestRoot:
    @pytest.mark.parametrize("size", range(9))
    def test_is_that_of_the_published_vectors(self, size: int) -> None:
        assert root_of(ENTRIES[:size]).hex() == HEADS[size]

    @given(entry_lists)
    def test_follows_the_recursive_definition(self, entries: list[bytes]) -> None:
        assert root_of(entries) == recursive_root(entries)

    def test_of_a_node_posing_as_a_leaf_is_another(self) -> None:
        left, right = leaf_hash(b"a"), leaf_hash(b"b")

        assert root_of([b"a", b"b"]) != root_of([left + right])


class TestInclusion:
    # The structure drawn in RFC 9162, section 2.1.5, for a tree of seven.
    def test_has_the_paths_of_the_worked_example(self) -> None:
        a, b, c, d, e, f, j = map(leaf_hash, ENTRIES[:7])
        g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
        k = node_hash(g, h)
        seven = ENTRIES[:7]

        assert inclusion_path(seven, 0) == (b, h, node_hash(i, j))
        assert inclusion_path(seven, 3) == (c, g, node_hash(i, j))
        assert inclusion_path(seven, 4) == (f, j, k)
        assert inclusion_path(seven, 6) == (i, k)

    @given(entry_lists, st.data())
    def test_verifies_for_every_entry(self, entries: list[bytes], data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(entries) - 1))

        assert verifies(entries, index, inclusion_path(entries, index))

    @given(entry_lists, st.data())
    def test_fails_for_any_altered_entry_path_index_or_size(
        self, entries: list[bytes], data: st.DataObject
    ) -> None:
        index = data.draw(st.integers(0, len(entries) - 1))
        path, root = inclusion_path(entries, index), root_of(entries)
        leaf, size = leaf_hash(entries[index]), len(entries)

        assert not is_included(
            leaf_hash(entries[index] + b"!"), index=index, size=size, path=path, root=root
        )
        assert not is_included(leaf, index=index, size=size, path=(*path, leaf), root=root)
        assert not is_included(leaf, index=size, size=size, path=path, root=root)
        for at, neighbour in enumerate(path):
            flipped = bytes([neighbour[0] ^ 1]) + neighbour[1:]
            altered = (*path[:at], flipped, *path[at + 1 :])
            assert not is_included(leaf, index=index, size=size, path=altered, root=root)
            shorter = (*path[:at], *path[at + 1 :])
            assert not is_included(leaf, index=index, size=size, path=shorter, root=root)

    @given(st.lists(st.binary(max_size=40), min_size=2, max_size=70, unique=True), st.data())
    def test_fails_at_another_index(self, entries: list[bytes], data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(entries) - 1))
        other = data.draw(st.integers(0, len(entries) - 1).filter(lambda at: at != index))

        assert not is_included(
            leaf_hash(entries[index]),
            index=other,
            size=len(entries),
            path=inclusion_path(entries, index),
            root=root_of(entries),
        )

    @pytest.mark.parametrize("index", [-1, 3])
    def test_is_not_given_for_an_entry_that_is_not_there(self, index: int) -> None:
        with pytest.raises(IndexError):
            inclusion_path(ENTRIES[:3], index)


class TestPeaks:
    @pytest.mark.parametrize("size", range(9))
    def test_have_the_root_of_the_whole_log(self, size: int) -> None:
        log = Peaks().appended(map(leaf_hash, ENTRIES[:size]))

        assert log.root.hex() == HEADS[size]
        assert log.size == size

    @given(entry_lists, st.integers(0, 70))
    def test_are_the_same_however_the_appends_are_cut(self, entries: list[bytes], cut: int) -> None:
        leaves = [leaf_hash(entry) for entry in entries]

        grown = Peaks().appended(leaves[:cut]).appended(leaves[cut:])

        assert grown == Peaks().appended(leaves)
        assert grown.root == root_of(entries)

    def test_of_nothing_are_the_empty_tree(self) -> None:
        assert Peaks().root == EMPTY_ROOT

    def test_must_fit_their_size(self) -> None:
        with pytest.raises(ValueError, match="peaks"):
            Peaks(3, (leaf_hash(b"a"),))


def verifies(entries: list[bytes], index: int, path: tuple[bytes, ...]) -> bool:
    return is_included(
        leaf_hash(entries[index]),
        index=index,
        size=len(entries),
        path=path,
        root=root_of(entries),
    )


def recursive_root(entries: list[bytes]) -> bytes:
    """MTH as RFC 9162 writes it: split at the largest power of two below the size."""
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = 1 << (len(entries) - 1).bit_length() - 1
    return node_hash(recursive_root(entries[:split]), recursive_root(entries[split:]))
