"""The posting desk stays many times cheaper than one transaction per transfer."""

from pathlib import Path

from tests.bench.bench_ledger import run_sqlite

COMMANDS = 1_000
TIMES_CHEAPER_MIN = 2
"""`make bench` shows the real figure, several times this; busy machines must not turn this red."""


class TestLedgerCost:
    def test_is_a_fraction_of_one_transaction_per_transfer(self, tmp_path: Path) -> None:
        figures = run_sqlite(tmp_path, COMMANDS)

        assert figures["times_cheaper_than_naive_full"] >= TIMES_CHEAPER_MIN, figures
