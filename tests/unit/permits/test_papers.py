"""Papers in order: what comes first, what takes longest, what it costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.permits.domain.papers import (
    Paper,
    PapersCircular,
    PaperUnknown,
    plan_papers,
)
from shared.kernel.money import Money


def a_paper(key: str, days: int = 1, *needs: str, fee: int = 100) -> Paper:
    return Paper(
        key=key,
        names={"en": key},
        document_code="16",
        issuer="MITI",
        fee=Money(fee, "MYR"),
        days=days,
        needs=needs,
        permit_type=None,
    )


def papers(*each: Paper) -> dict[str, Paper]:
    return {paper.key: paper for paper in each}


class TestPlan:
    def test_brings_in_what_a_paper_needs(self) -> None:
        plan = plan_papers(["c"], papers(a_paper("a"), a_paper("b", 1, "a"), a_paper("c", 1, "b")))

        assert [each.paper.key for each in plan.papers] == ["a", "b", "c"]
        assert plan.costs == (Money(300, "MYR"),)

    def test_runs_side_by_side_what_does_not_wait(self) -> None:
        known = papers(
            a_paper("a", 2), a_paper("long", 5, "a"), a_paper("b", 1, "a"), a_paper("z", 1, "b")
        )

        plan = plan_papers(["long", "z"], known)

        assert (plan.total_days, plan.critical_path) == (7, ("a", "long"))
        assert {e.paper.key: e.starts_after for e in plan.papers} == {
            "a": 0,
            "b": 2,
            "long": 2,
            "z": 3,
        }
        assert [e.paper.key for e in plan.papers if e.is_critical] == ["a", "long"]

    def test_refuses_a_circle_and_a_paper_nobody_described(self) -> None:
        with pytest.raises(PapersCircular):
            plan_papers(["a"], papers(a_paper("a", 1, "b"), a_paper("b", 1, "a")))
        with pytest.raises(PaperUnknown):
            plan_papers(["a"], papers(a_paper("a", 1, "b")))

    def test_of_nothing_takes_no_time(self) -> None:
        plan = plan_papers([], {})

        assert (plan.papers, plan.total_days, plan.costs) == ((), 0, ())

    @given(st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(0, 20))), max_size=8))
    def test_never_starts_a_paper_before_what_it_needs(
        self, drawn: list[tuple[int, set[int]]]
    ) -> None:
        known = papers(
            *(
                a_paper(f"p{n}", days, *(f"p{need}" for need in sorted(needs) if need < n))
                for n, (days, needs) in enumerate(drawn)
            )
        )

        plan = plan_papers(known, known)

        ready = {each.paper.key: each.ready_after for each in plan.papers}
        seen: set[str] = set()
        for each in plan.papers:
            assert seen >= set(each.paper.needs)
            assert all(ready[need] <= each.starts_after for need in each.paper.needs)
            seen.add(each.paper.key)
        assert sum(known[key].days for key in plan.critical_path) == plan.total_days
