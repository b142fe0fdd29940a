"""What a hub spends on a settlement window: netting and hashing its legs, and finding a difference.

    python -m tests.bench.bench_settlement --out tests/bench/results/settlement.json

Both hubs do the same work, so a pair's total is twice this; reading the legs from the database is
not in it. Beside it, in the same run, the naive sheet: every leg as JSON, hashed as one text.
"""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.payments.domain.sheet import (
    LINES_PER_CHUNK,
    Obligation,
    Span,
    first_chunk_that_differs,
    first_line_that_differs,
    sheet_of,
)

LEGS = 1_000_000
TARGETS = {"pair_cpu_s_max": 60}


def run(scale: float = 1.0) -> dict[str, Any]:
    """Return CPU seconds of one hub for a window, and what a tampered leg leads to."""
    count = max(1_000, int(LEGS * scale))
    legs = [
        Obligation(n, f"trf_cn-hgh_{n:026d}", f"ord_cn-hgh_{n % 9973:026d}", n % 7919 - 200)
        for n in range(1, count + 1)
    ]
    span = Span("cn-hgh", "my-kul", "CNY", 1, 0, count)
    sheet_s, sheet = _timed(lambda: sheet_of(span, legs))
    naive_s, _ = _timed(lambda: _naive(legs))
    tampered = list(legs)
    changed = count // 3
    tampered[changed] = legs[changed]._replace(amount_minor=1)
    other = sheet_of(span, tampered)
    find_s, found = _timed(lambda: _difference(legs, tampered, sheet.chunks, other.chunks))
    assert found == changed + 1, "the tampered leg is named"
    return {
        "what": "one hub's settlement sheet, CPU seconds; a pair of hubs spends twice as much",
        "legs": count,
        "targets": TARGETS,
        "sheet_cpu_s": round(sheet_s, 2),
        "pair_cpu_s": round(2 * sheet_s, 2),
        "leg_cpu_us": round(sheet_s / count * 1e6, 2),
        "naive_json_cpu_s": round(naive_s, 2),
        "times_cheaper_than_naive": round(naive_s / sheet_s, 1),
        "find_difference_cpu_us": round(find_s * 1e6, 1),
    }


def _naive(legs: Sequence[Obligation]) -> str:
    net = sum(leg.amount_minor for leg in legs)
    text = json.dumps([leg._asdict() for leg in legs]) + str(net)
    return hashlib.sha256(text.encode()).hexdigest()


def _difference(
    ours: Sequence[Obligation],
    theirs: Sequence[Obligation],
    our_chunks: Sequence[str],
    their_chunks: Sequence[str],
) -> int:
    place = first_chunk_that_differs(our_chunks, their_chunks)
    lines = slice(place * LINES_PER_CHUNK, (place + 1) * LINES_PER_CHUNK)
    found = first_line_that_differs(ours[lines], theirs[lines])
    assert found is not None, "chunks that differ hold a line that does"
    return found.no


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    spent = time.process_time()
    result = work()
    return time.process_time() - spent, result


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    text = json.dumps(run(options.scale), indent=2) + "\n"
    if options.out:
        options.out.write_text(text)
    sys.stdout.write(text)
