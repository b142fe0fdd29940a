"""Container loading instances: the public files where they are given, and the same generator.

The files are those of ESICUP and of J. E. Beasley's OR-Library (thpack1 to thpack7, thpack9). They
are read from a folder named by the environment and never copied here.
"""

import random
from collections.abc import Iterator
from pathlib import Path

from services.logistics.domain.packing.request import Container, Item, LoadRequest, Side

CONTAINER = Container(length_mm=587, width_mm=233, height_mm=220)
SIDE_LEAST = (30, 25, 20)
SIDE_MOST = (120, 100, 80)
TALLEST = 2
"""A side may stand vertically if it is less than this many times the smallest side."""


def read_instances(file: Path) -> list[LoadRequest]:
    """Read a thpack file; a line of thpack9 with one flag missing is read with the flag 1."""
    lines = [line.split() for line in file.read_text().splitlines() if line.strip()]
    rows = iter([[int(word) for word in line] for line in lines])
    count = next(rows)[0]
    return [_instance(rows) for _ in range(count)]


def _instance(rows: Iterator[list[int]]) -> LoadRequest:
    next(rows)
    length, width, height = next(rows)
    kinds = next(rows)[0]
    container = Container(length_mm=length, width_mm=width, height_mm=height)
    return LoadRequest(container=container, items=tuple(_item(next(rows)) for _ in range(kinds)))


def _item(row: list[int]) -> Item:
    if len(row) == 7:
        row = [*row[:4], 1, *row[4:]]
    kind, *sides, quantity = row
    flags = dict(zip(Side, sides[1::2], strict=True))
    return Item(
        sku=str(kind),
        length_mm=sides[0],
        width_mm=sides[2],
        height_mm=sides[4],
        quantity=quantity,
        upright=frozenset(side for side, flag in flags.items() if flag),
    )


def drawn_instance(kinds: int, *, seed: int) -> LoadRequest:
    """Draw an instance as Bischoff and Ratcliff (1995) describe: kinds, then boxes one by one.

    Boxes are added, of a kind drawn each time, as long as their volume is at most the container's.
    """
    draw = random.Random(seed)
    boxes = []
    for _ in range(kinds):
        sides = sorted(
            (draw.randint(low, high) for low, high in zip(SIDE_LEAST, SIDE_MOST, strict=True)),
            reverse=True,
        )
        smallest = min(sides)
        upright = frozenset(
            side
            for side, size in zip(Side, sides, strict=True)
            if side is Side.HEIGHT or size < TALLEST * smallest
        )
        boxes.append((sides, upright))
    counts = _counts([sides for sides, _ in boxes], draw)
    items = tuple(
        Item(
            sku=str(kind),
            length_mm=sides[0],
            width_mm=sides[1],
            height_mm=sides[2],
            quantity=count,
            upright=upright,
        )
        for kind, ((sides, upright), count) in enumerate(zip(boxes, counts, strict=True))
        if count
    )
    return LoadRequest(container=CONTAINER, items=items)


def _counts(sides: list[list[int]], draw: random.Random) -> list[int]:
    counts = [1] * len(sides)
    volumes = [length * width * height for length, width, height in sides]
    left = CONTAINER.volume_mm3 - sum(volumes)
    while True:
        kind = draw.randrange(len(sides))
        if volumes[kind] > left:
            return counts
        counts[kind] += 1
        left -= volumes[kind]
