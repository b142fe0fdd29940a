"""What the boxes that are left could fill: lengths exactly, and spaces at all.

What no sum of box lengths can fill of a space is lost, whatever is put there.
"""

import numpy as np

from services.logistics.domain.packing.engine.compiled import compiled
from services.logistics.domain.packing.engine.types import Array, Cargo, Desk


@compiled
def take_stock(cargo: Cargo, left: Array, desk: Desk) -> None:
    """Set what depends on the kinds left: the desk's sums of lengths and its smallest boxes.

    `reach[axis, r]` is the longest sum of lengths left that is at most r. The smallest boxes stay
    what they are while they are left; who comes back to more kinds sets their count to 0.
    """
    for axis in range(3):
        _add_lengths(cargo, left, desk.sums, axis)
        _note_sums(desk.sums, desk.bits[axis], desk.reach[axis], cargo.size[axis])
    for each in range(desk.least_count[0]):
        if left[desk.least[each, 3]] == 0:
            desk.least_count[0] = 0
    if desk.least_count[0] == 0:
        desk.least_count[0] = _smallest(cargo.smallest_first, left, desk.least)


@compiled
def _add_lengths(cargo: Cargo, left: Array, sums: Array, axis: int) -> None:
    """Set the bits of all sums of lengths left along an axis."""
    words = cargo.size[axis] // 64 + 1
    sums[:words] = np.uint64(0)
    sums[0] = np.uint64(1)
    for row in range(cargo.lengths_count[axis]):
        length = cargo.lengths[axis, row, 0]
        if left[cargo.lengths[axis, row, 1]] == 0:
            continue
        if sums[length >> 6] >> np.uint64(length & 63) & np.uint64(1):
            continue
        _close_under(sums, words, length)


@compiled
def _close_under(bits: Array, words: int, length: int) -> None:
    """Add any number of boxes of this length to all sums known so far."""
    skip, shift = length >> 6, np.uint64(length & 63)
    for word in range(skip, words):
        value = bits[word] | bits[word - skip] << shift
        if shift > 0 and word > skip:
            value |= bits[word - skip - 1] >> (np.uint64(64) - shift)
        if skip == 0:
            step = length
            while step < 64:
                value |= value << np.uint64(step)
                step *= 2
        bits[word] = value


@compiled
def _note_sums(sums: Array, bits: Array, reach: Array, size: int) -> None:
    """Set for each length the longest sum within it, where the sums are no longer those of `bits`.

    Few sums change when one kind of many runs out.
    """
    last, last_before = 0, 0
    for word in range(size // 64 + 1):
        start, end = 64 * word, min(64 * word + 64, size + 1)
        value, before = sums[word], reach[end - 1]
        if value == bits[word] and last == last_before:
            last = last_before = before
            continue
        last_before = before
        bits[word] = value
        for at in range(start, end):
            last = at if value & np.uint64(1) else last
            value >>= np.uint64(1)
            reach[at] = last


@compiled
def _smallest(smallest_first: Array, left: Array, least: Array) -> int:
    """Write the boxes left within which no other box left would lie; return how many.

    What takes none of these takes no box at all.
    """
    count = 0
    for row in range(len(smallest_first)):
        if left[smallest_first[row, 0]] == 0:
            continue
        dx, dy, dz = smallest_first[row, 1], smallest_first[row, 2], smallest_first[row, 3]
        if not takes_one_of(least, count, dx, dy, dz):
            least[count, 0], least[count, 1], least[count, 2] = dx, dy, dz
            least[count, 3] = smallest_first[row, 0]
            count += 1
    return count


@compiled
def takes_one_of(least: Array, count: int, dx: int, dy: int, dz: int) -> bool:
    """Whether one of the first boxes fits into these sides."""
    for each in range(count):
        if least[each, 0] <= dx and least[each, 1] <= dy and least[each, 2] <= dz:
            return True
    return False
