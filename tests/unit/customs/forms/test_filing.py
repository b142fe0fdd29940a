"""A filed form walks along its edges and no others; its number never changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from services.customs.domain.basis import Finding
from services.customs.domain.forms.dossier import FormText
from services.customs.domain.forms.filing import (
    EDGES,
    HISTORY_MAX,
    STEPS_TO_AN_END,
    Filing,
    FilingState,
    FilingStep,
    FilingStepNotAllowed,
)
from services.customs.domain.lanes import Lane

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
MISSING = Finding(code="box-missing", field="boxes.gross_mass", remedy="Fill this box.")


def filing(state: FilingState = FilingState.LODGED, *, steps: int = 1) -> Filing:
    step = FilingStep(state=state, at=NOW, by="agent")
    return Filing(
        number="frm_my-kul_1",
        form="K1",
        member_id="mbr",
        reference="R-1",
        stated=FormText(boxes={"gross_mass": "1.000"}),
        state=state,
        history=(step,) * steps,
    )


class TestFiling:
    @pytest.mark.parametrize(("before", "after"), list(product(FilingState, FilingState)))
    def test_takes_the_steps_of_its_lattice_and_no_others(
        self, before: FilingState, after: FilingState
    ) -> None:
        if after in EDGES[before]:
            moved = filing(before).moved(after, at=NOW, by="officer", reason="why")
            assert (moved.state, moved.version, moved.number) == (after, 2, "frm_my-kul_1")
            assert moved.history[-1] == FilingStep(state=after, at=NOW, by="officer", reason="why")
        else:
            with pytest.raises(FilingStepNotAllowed):
                filing(before).moved(after, at=NOW, by="officer")

    @pytest.mark.parametrize(
        ("lane", "state"),
        [
            (Lane.GREEN, FilingState.RELEASED),
            (Lane.BLUE, FilingState.RELEASED),
            (Lane.YELLOW, FilingState.DOCUMENTARY_CHECK),
            (Lane.RED, FilingState.PHYSICAL_CHECK),
        ],
    )
    def test_follows_its_lane(self, lane: Lane, state: FilingState) -> None:
        assert filing().accepted(FormText(), lane, at=NOW, by="customs").state is state

    def test_keeps_its_number_when_it_is_filed_again(self) -> None:
        returned = filing().returned(FormText(), (MISSING,), at=NOW, by="customs")
        again = returned.filed_again(FormText(boxes={"gross_mass": "2.000"}), at=NOW, by="agent")

        assert (returned.state, returned.findings) == (FilingState.RETURNED, (MISSING,))
        assert (again.number, again.edition, again.findings) == ("frm_my-kul_1", 2, ())
        assert again.history[-1].reason == "edition 2"

    def test_can_not_be_amended_once_its_goods_are_looked_at(self) -> None:
        inspected = filing().accepted(FormText(), Lane.RED, at=NOW, by="customs")

        with pytest.raises(FilingStepNotAllowed):
            inspected.filed_again(FormText(), at=NOW, by="agent")

    def test_has_an_end_to_its_steps(self) -> None:
        with pytest.raises(FilingStepNotAllowed):
            filing(steps=HISTORY_MAX).moved(FilingState.RETURNED, at=NOW, by="customs")

    def test_comes_to_its_end_however_often_it_was_filed(self) -> None:
        often = filing(FilingState.RETURNED, steps=HISTORY_MAX - STEPS_TO_AN_END)
        with pytest.raises(FilingStepNotAllowed):
            often.filed_again(FormText(), at=NOW, by="agent")

        ended = replace(often, deadline=NOW).ended(at=NOW + timedelta(seconds=1), by="customs")

        assert (ended.state, ended.deadline) == (FilingState.CANCELLED, None)

    def test_does_not_end_before_its_deadline_has_passed(self) -> None:
        for waiting in (filing(FilingState.RETURNED), replace(filing(), deadline=NOW)):
            with pytest.raises(FilingStepNotAllowed):
                waiting.ended(at=NOW, by="customs")
