"""`make bench`: run every bench for real and keep the results beside them."""

import importlib
import json
import logging
import sys
from pathlib import Path

import structlog

HERE = Path(__file__).parent
RESULTS = HERE / "results"


def main() -> None:
    wanted = sys.argv[1:] or sorted(p.stem.removeprefix("bench_") for p in HERE.glob("bench_*.py"))
    # A line a request would hide the results, and is not what a bench measures.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    RESULTS.mkdir(exist_ok=True)
    for name in wanted:
        module = importlib.import_module(f"tests.bench.bench_{name}")
        result = module.run(1.0)
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=2) + "\n")
        sys.stdout.write(f"{name}: {json.dumps(result)}\n")


main()
