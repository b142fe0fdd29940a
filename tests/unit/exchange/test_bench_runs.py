"""The benchmark of the core is run small with the tests, so that it never rots."""

from tests.bench.bench_eroad_core import TARGETS_US, run


class TestBench:
    def test_measures_every_step_it_has_a_target_for(self) -> None:
        figures = run(scale=0.01)

        measured = figures["cpu_us_per_event"]
        assert set(TARGETS_US) <= set(measured)
        assert all(cost > 0 for cost in measured.values())
        # A coarse ratio that even a crowded machine shows: one signature for 500 is far cheaper.
        assert measured["verify_and_forward"] * 4 < measured["baseline_verify_per_record"]
