"""The arrays that the compiled functions share, grouped by what they describe."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

KINDS_IN_BLOCK_MAX = 5
"""A block holds boxes of a few kinds only, so that its row fills one cache line."""
ROW = 16
"""A block's row: length, width, height, number of kinds, then kind and count of each."""
DROP = 14
"""Where in a block's row its drop stands."""
SPACE = 8
"""A space's row: low corner, high corner, the placement it lies on (-1: the floor), closed for."""
PLACED = 7
"""A placed block's row: low corner, high corner, block."""
SPACES_MAX = 400
STRETCH = 128
"""So many blocks are compared with a space at once."""
NO_LIMIT = 1 << 60
GONE = np.iinfo(np.int32).max
"""The side of a block for which boxes lack: it fits no space."""


class Cargo(NamedTuple):
    """What is to be loaded, in units of the sides' greatest common divisor."""

    size: Array
    """The container, three lengths."""
    quantity: Array
    """How many boxes of each kind."""
    volume: Array
    weight: Array
    drop: Array
    turned: Array
    """Rows of kind and extent along each axis: every orientation of every kind."""
    bears: Array
    """Per kind the pressure its top may take, in millionths of a gram per square unit, rounded
    down; its own pressure on what is below, rounded up; how many may stand on it."""
    lengths: Array
    """Per axis, the lengths a box may have along it, and its kind, ascending."""
    lengths_count: Array
    smallest_first: Array
    """Rows of `turned`, in order of volume."""
    bridges: bool
    """Whether a box may stand across several blocks of one height."""


class Blocks(NamedTuple):
    """Every block that may be placed, the most promising first."""

    rows: Array
    worth: Array
    """Volume divided by a small power of the number of boxes: the most a block can score."""
    volume: Array
    weight: Array
    limits: Array
    """Pressure below, pressure allowed on top, levels, levels allowed on top."""
    top: Array
    """Along length and width, how much of its top carries what stands there, from its corner."""
    made_of: Array
    """For a joined block the axis and its two parts, for a simple one -1, orientation, counts."""


class States(NamedTuple):
    """Many half-made plans, one per slot of each array."""

    spaces: Array
    placed: Array
    allowed: Array
    """Per placed block the pressure and the levels that its top may still take."""
    left: Array
    tally: Array
    """Spaces, placed blocks, volume, weight left, current drop."""


class Desk(NamedTuple):
    """Scratch paper of one search."""

    sums: Array
    """Bits: lengths that sums of box lengths left fill. `bits` are those that `reach` tells of."""
    bits: Array
    reach: Array
    bits_kept: Array
    reach_kept: Array
    least: Array
    """Extents and kind of the boxes left within which no other box left would lie."""
    least_kept: Array
    least_count: Array
    """How many these are, and how many were when they were kept."""
    live: Array
    """The blocks that may still be placed, the most promising first, `live_count` of them."""
    sides: Array
    """Their three sides, side by side so that many are compared at once; GONE once boxes lack."""
    live_kept: Array
    sides_kept: Array
    live_count: Array
    """How many blocks are listed, how many were when they were kept, how many are struck off."""
    fits: Array
    """Which blocks of the stretch that is being looked at fit the space."""
    eights: Array
    """The same bytes, eight at a time."""
    near: Array
    """Six rows: low and high corner of each placement that a block could touch."""
    fresh: Array
    beside: Array
    """Per face of the newest placement, the old spaces that end there."""
    beside_count: Array
    rests: Array
    """Per face, the fresh spaces beside it; `face` says it the other way round."""
    rests_count: Array
    face: Array
    score: Array
    block: Array
    corner: Array
    """For each candidate: its low corner and the space's number."""
    found: Array
    """Steps taken so far, and the best volume so far."""


N_SPACES, N_PLACED, VOLUME, WEIGHT_LEFT, AT_DROP = 0, 1, 2, 3, 4
TALLY = 5
INT = np.int32
LONG = np.int64
