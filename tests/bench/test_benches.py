"""Every bench runs in miniature with the tests, so that none rots; `make bench` runs them."""

import importlib
from pathlib import Path
from typing import Any

import pytest

BENCHES = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
NEEDS_SERVERS = {
    "bench_bus",
    "bench_relay",
    "bench_eroad",
    "bench_ledger",
    "bench_books",
    "bench_orders",
}
TAKES_LONG = {"bench_mirror", "bench_orders"}
TINY = 0.01
"""The scale of most; a bench whose whole size is large names its own."""


def _grouped(name: str) -> Any:
    """One worker runs what needs servers to itself, another what the planner compiles."""
    group = (
        "planner" if name in {"bench_fleet", "bench_loading", "bench_loading_classes"} else "bench"
    )
    marks = [pytest.mark.xdist_group(group)]
    if name in TAKES_LONG:
        marks.append(pytest.mark.soak)
    return pytest.param(name, marks=marks)


@pytest.mark.slow
@pytest.mark.parametrize("name", [_grouped(name) for name in BENCHES])
def test_runs(name: str, request: pytest.FixtureRequest) -> None:
    if name in NEEDS_SERVERS:
        request.getfixturevalue("kafka")
        request.getfixturevalue("postgres")
    module: Any = importlib.import_module(f"tests.bench.{name}")

    result = module.run(getattr(module, "TINY", TINY))

    assert result
    assert all(_positive(value) for value in result.values() if isinstance(value, int | float))


def _positive(value: float) -> bool:
    return value > 0
