"""A settlement sheet: what one hub owes another in one window, in bytes that both compute alike.

A window holds the obligations of a debtor to a creditor in one currency, numbered without gaps, up
to an agreed number: never whatever had arrived. Gross legs are never thrown away: the sheet is
hashed in chunks, so that two sheets that differ lead to the first transfer that does.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import NamedTuple

from services.payments.domain.rejections import WindowIncomplete

LINES_PER_CHUNK = 500


class Obligation(NamedTuple):
    """One gross leg: owed when the amount is above zero, taken back when it is below."""

    no: int
    transfer_id: str
    order_id: str
    amount_minor: int


class Span(NamedTuple):
    """Which obligations a window holds: those after one number, up to another."""

    debtor: str
    creditor: str
    currency: str
    window_no: int
    after_no: int
    until_no: int


class Sheet(NamedTuple):
    """What both hubs sign: the net amount in minor units, a hash per chunk, a hash over all."""

    span: Span
    net_minor: int
    chunks: tuple[str, ...]
    sha256: str


def sheet_of(span: Span, obligations: Iterable[Obligation]) -> Sheet:
    """Return the sheet of a window, or raise WindowIncomplete when a number is missing."""
    last = span.after_no
    net = 0
    chunks = []
    digest = hashlib.sha256()
    for obligation in obligations:
        if obligation.no != last + 1:
            break
        last = obligation.no
        net += obligation.amount_minor
        digest.update(line_of(obligation))
        if (last - span.after_no) % LINES_PER_CHUNK == 0:
            chunks.append(digest.hexdigest())
            digest = hashlib.sha256()
    if last != span.until_no:
        raise WindowIncomplete("an obligation of the window is not here", no=last + 1)
    if (span.until_no - span.after_no) % LINES_PER_CHUNK:
        chunks.append(digest.hexdigest())
    return Sheet(span, net, tuple(chunks), _sealed(span, net, chunks))


def line_of(obligation: Obligation) -> bytes:
    return "{}|{}|{}|{}\n".format(*obligation).encode()


def statement_of(sheet: Sheet) -> bytes:
    """Return the bytes that are signed."""
    head = "|".join(map(str, sheet.span))
    return f"eroad-settlement-1|{head}|{sheet.net_minor}|{sheet.sha256}".encode()


def first_chunk_that_differs(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Return the place of the first chunk that is not the same, or -1."""
    pairs = enumerate(zip_longest(ours, theirs))
    return next((place for place, (one, other) in pairs if one != other), -1)


def first_line_that_differs(
    ours: Sequence[Obligation], theirs: Sequence[Obligation]
) -> Obligation | None:
    """Return the first obligation that only one side has, or has otherwise."""
    for one, other in zip_longest(ours, theirs):
        if one != other:
            return one or other
    return None


def _sealed(span: Span, net: int, chunks: Sequence[str]) -> str:
    digest = hashlib.sha256("|".join(map(str, (*span, net))).encode())
    for chunk in chunks:
        digest.update(chunk.encode())
    return digest.hexdigest()
