"""Proof of sync: one hash over what was shared, computed at both ends of a stream.

The rows are the newest record of each (subject, type). Equal hashes mean that both hubs hold the
same bytes, whatever was cut, repeated or reordered on the way. When they differ, the first row
that differs says where to look.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec

from services.exchange.domain.merkle import leaf_hash


class Row(NamedTuple):
    """The newest record of one type about one subject; `line_hash` is the leaf
    hash of its line, in hex: what the roots of its frame and of the evidence logs commit to."""

    subject: str
    type: str
    seq: int
    line_hash: str


class Difference(NamedTuple):
    """The first place where two projections part; None stands for a row one side lacks."""

    ours: Row | None
    theirs: Row | None


class Projection:
    """The rows of a stream, gathered in any order and with any repetition."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        for row in rows:
            self.put(row)

    def put(self, row: Row) -> None:
        """Take a row unless a newer one is held."""
        key = (row.subject, row.type)
        held = self._rows.get(key)
        if held is None or held.seq < row.seq:
            self._rows[key] = row

    def rows(self) -> list[Row]:
        """The rows in their order: by subject, then type, compared by code point."""
        return sorted(self._rows.values())

    def digest(self) -> str:
        return digest_of(self.rows())


def row_of(*, subject: str, event_type: str, seq: int, line: bytes) -> Row:
    return Row(subject, event_type, seq, leaf_hash(line).hex())


def digest_of(rows: Iterable[Row]) -> str:
    """Hex SHA-256 over the rows as JSON lines; they may come from a cursor, one by one.

    A database must sort by code point (`COLLATE "C"`); rows out of order raise ValueError.
    """
    encode = msgspec.json.Encoder().encode
    digest = sha256()
    previous: tuple[str, str] | None = None
    for row in rows:
        if previous is not None and row[:2] <= previous:
            raise ValueError(f"{row[:2]} does not come after {previous}")
        previous = row[:2]
        digest.update(encode(row) + b"\n")
    return digest.hexdigest()


def first_difference(ours: Iterable[Row], theirs: Iterable[Row]) -> Difference | None:
    """Walk two sorted projections to the first row that is not the same, or None."""
    left, right = iter(ours), iter(theirs)
    while True:
        mine, other = next(left, None), next(right, None)
        if mine == other:
            if mine is None:
                return None
            continue
        if mine is None or other is None or mine[:2] == other[:2]:
            return Difference(mine, other)
        return Difference(mine, None) if mine[:2] < other[:2] else Difference(None, other)
