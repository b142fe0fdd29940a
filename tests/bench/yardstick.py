"""How fast a core is here and now, so that results of one machine can be read on another.

On a busy or slow machine all CPU figures grow together, by the second; so a cost in yardsticks is
taken between two yardsticks, several times, and the median told.
"""

import json
import random
import time
from functools import cache
from statistics import median

from services.exchange.domain.line import line_of
from tests.bench.sample_events import an_export

IDLE_CORE_US = 6.0
"""What `yardstick_us` gives on an idle core of 2024, on which the targets were set."""
LINES = 500
ROUNDS = 5


def yardstick_us() -> float:
    """Return CPU microseconds in which the standard library's parser reads one event of 1 kB."""
    lines = _lines()
    return min(_round_us(lines) for _ in range(ROUNDS))


class Between:
    """Costs, each taken between two yardsticks."""

    def __init__(self) -> None:
        self.yards = [yardstick_us()]
        self.costs: list[float] = []

    def add(self, cost_us: float) -> None:
        """Note a cost in CPU microseconds that was measured just now."""
        self.costs.append(cost_us)
        self.yards.append(yardstick_us())

    def median(self) -> float:
        """Return the median cost in yardsticks, the first round left out: it only warmed up."""
        sides = zip(self.costs, self.yards, self.yards[1:], strict=False)
        rounds = [2 * cost / (before + after) for cost, before, after in sides]
        return round(median(rounds[1:] or rounds), 2)


@cache
def _lines() -> list[bytes]:
    draw = random.Random(2026)
    return [line_of(an_export(draw)) for _ in range(LINES)]


def _round_us(lines: list[bytes]) -> float:
    cpu = time.process_time()
    for line in lines:
        json.loads(line)
    return (time.process_time() - cpu) / len(lines) * 1e6
