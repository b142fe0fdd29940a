"""Which lengths can be filled exactly by boxes that are left, per axis.

What no sum of box lengths can fill of a space is lost, whatever is put there.
"""

import numpy as np

from services.logistics.domain.packing.engine.compiled import compiled
from services.logistics.domain.packing.engine.types import Array, Cargo


@compiled
def reachable(cargo: Cargo, left: Array, bits: Array, reach: Array) -> None:
    """Set reach[axis, r] to the longest sum of lengths left that is at most r."""
    for axis in range(3):
        size = cargo.size[axis]
        words = size // 64 + 1
        for word in range(words):
            bits[word] = np.uint64(0)
        bits[0] = np.uint64(1)
        for row in range(cargo.lengths_count[axis]):
            length = cargo.lengths[axis, row, 0]
            if left[cargo.lengths[axis, row, 1]] == 0:
                continue
            if bits[length >> 6] >> np.uint64(length & 63) & np.uint64(1):
                continue
            _close_under(bits, words, length)
        last = 0
        for at in range(size + 1):
            if bits[at >> 6] >> np.uint64(at & 63) & np.uint64(1):
                last = at
            reach[axis, at] = last


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
