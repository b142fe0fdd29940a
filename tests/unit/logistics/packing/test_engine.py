"""What the search keeps up to date step by step is what a plain computation says."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from services.logistics.domain.packing.engine import search as engine
from services.logistics.domain.packing.engine.beam import grow
from services.logistics.domain.packing.engine.search import Search
from services.logistics.domain.packing.engine.sums import take_stock, takes_one_of
from services.logistics.domain.packing.engine.types import N_PLACED, N_SPACES
from services.logistics.domain.packing.request import (
    SUPPORT_FULL,
    SUPPORT_NONE,
    THIS_SIDE_UP,
    LoadRequest,
)
from tests.unit.logistics.packing.build import an_item
from tests.unit.logistics.packing.test_planner import SMALL, drawn, varied

pytestmark = pytest.mark.xdist_group("planner")

SPARSE = LoadRequest(
    container=replace(SMALL, length_mm=1_900),
    items=(
        an_item("a", length_mm=1_190, width_mm=1_190, height_mm=310, upright=THIS_SIDE_UP),
        an_item(
            "b", length_mm=1_000, width_mm=1_000, height_mm=270, upright=THIS_SIDE_UP, quantity=3
        ),
    ),
)
"""Once the one is placed, the longest sum is shorter, far below the end of the container."""
REQUESTS = [drawn(1), varied(1), SPARSE]
STEPS = 40

Space = tuple[int, ...]


def grown(search: Search) -> Iterator[int]:
    """Place the best next block, again and again; yield the slot of each plan."""
    engine._first_plan(search)
    engine._reset(search, 0)
    for slot in range(STEPS):
        rows = engine._expanded(search, slot, 3, promised=0)
        if not len(rows):
            return
        _, block, at, _ = rows[-1]
        grow(
            search.cargo, search.blocks, search.states, search.desk, slot, slot + 1, at, block,
            search.supported,
        )  # fmt: skip
        yield slot + 1


def takes_some_box(search: Search, slot: int, sides: tuple[int, ...]) -> bool:
    left = search.states.left[slot]
    return any(
        left[kind] > 0 and all(box <= side for box, side in zip(extents, sides, strict=True))
        for kind, *extents in search.cargo.turned.tolist()
    )


@pytest.mark.parametrize("request_", REQUESTS)
def test_sums_and_smallest_boxes_are_those_of_the_boxes_left(request_: LoadRequest) -> None:
    search = Search(request_, seed=0)
    cargo, desk = search.cargo, search.desk
    for slot in grown(search):
        left = search.states.left[slot]
        take_stock(cargo, left, desk)
        for axis in range(3):
            lengths = {row[1 + axis] for row in cargo.turned.tolist() if left[row[0]] > 0}
            assert desk.reach[axis, : cargo.size[axis] + 1].tolist() == longest_sums(
                lengths, int(cargo.size[axis])
            )
        for sides in np.random.default_rng(slot).integers(1, cargo.size.min(), (50, 3)).tolist():
            fits = takes_one_of(desk.least, desk.least_count[0], *sides)
            assert fits == takes_some_box(search, slot, tuple(sides))


def longest_sums(lengths: set[int], most: int) -> list[int]:
    sums = {0}
    for at in range(1, most + 1):
        if any(at - length in sums for length in lengths):
            sums.add(at)
    return [max(each for each in sums if each <= at) for at in range(most + 1)]


@pytest.mark.parametrize("support", [SUPPORT_FULL, SUPPORT_NONE])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_spaces_are_all_the_largest_empty_ones(seed: int, support: int) -> None:
    search = Search(drawn(seed, support_permille=support), seed=0)
    states, size = search.states, tuple(search.cargo.size.tolist())
    plain: set[Space] = {(0, 0, 0, *size)}
    for slot in grown(search):
        block = tuple(states.placed[slot, states.tally[slot, N_PLACED] - 1, :6].tolist())
        rests = {rest for space in plain for rest in cut(space, block, search.supported)}
        if search.supported and block[5] < size[2]:
            rests.add((*block[:2], block[5], *block[3:5], size[2]))
        useful = {rest for rest in rests if takes_some_box(search, slot, sides_of(rest))}
        plain = largest(useful)
        spaces = states.spaces[slot, : states.tally[slot, N_SPACES], :6].tolist()

        assert len(spaces) == len({tuple(space) for space in spaces})
        assert {
            tuple(space) for space in spaces if takes_some_box(search, slot, sides_of(space))
        } == plain


def sides_of(space: Space | list[int]) -> tuple[int, ...]:
    return tuple(space[3 + axis] - space[axis] for axis in range(3))


def cut(space: Space, block: Space, supported: bool) -> Iterator[Space]:
    """Yield the parts of a space around a block; with support, none below or above."""
    if not all(space[a] < block[3 + a] and block[a] < space[3 + a] for a in range(3)):
        yield space
        return
    for axis in range(2 if supported else 3):
        yield (*space[: 3 + axis], block[axis], *space[4 + axis :])
        yield (*space[:axis], block[3 + axis], *space[axis + 1 :])


def largest(spaces: set[Space]) -> set[Space]:
    """Return those that lie in no other; those without extent lie nowhere."""
    return {
        one
        for one in spaces
        if not any(
            one != other
            and all(other[a] <= one[a] and one[3 + a] <= other[3 + a] for a in range(3))
            for other in spaces
        )
    }
