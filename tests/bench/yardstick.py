"""How fast a core is here and now, so that results of one machine can be read on another.

On a busy or slow machine all CPU figures grow together, and what they are in yardsticks says more.
"""

import json
import random
import time

from services.exchange.domain.line import line_of
from tests.bench.sample_events import an_export

IDLE_CORE_US = 6.0
"""What `yardstick_us` gives on an idle core of 2024, on which the targets were set."""
LINES = 500
ROUNDS = 5


def yardstick_us() -> float:
    """Return CPU microseconds in which the standard library's parser reads one event of 1 kB."""
    draw = random.Random(2026)
    lines = [line_of(an_export(draw)) for _ in range(LINES)]
    return min(_round_us(lines) for _ in range(ROUNDS))


def _round_us(lines: list[bytes]) -> float:
    cpu = time.process_time()
    for line in lines:
        json.loads(line)
    return (time.process_time() - cpu) / len(lines) * 1e6
