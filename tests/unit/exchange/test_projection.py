"""Two hubs that hold the same records have the same projection hash, and no others do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.exchange.domain.projection import (
    Difference,
    Projection,
    Row,
    digest_of,
    first_difference,
    row_of,
)
from tests.builders.eroad import Destination, some_frames

rows = st.builds(
    Row,
    subject=st.sampled_from(["a", "b", "ab", "ü", "𝄞", ""]),
    type=st.sampled_from(["x.v1", "y.v1"]),
    seq=st.integers(1, 5),
    line_hash=st.sampled_from(["00", "11"]),
)
# One number stands for one record, whoever holds it.
histories = st.lists(rows, max_size=12, unique_by=lambda row: row.seq)


class TestDigest:
    @given(histories, st.randoms(use_true_random=False), st.integers(0, 12))
    def test_is_the_same_for_any_arrival_with_any_repetition(
        self, history: list[Row], draw: object, repeated: int
    ) -> None:
        arrival = [*history, *history[:repeated]]
        draw.shuffle(arrival)  # type: ignore[attr-defined]

        assert Projection(arrival).digest() == Projection(history).digest()

    @given(histories)
    def test_can_be_taken_from_a_sorted_cursor(self, history: list[Row]) -> None:
        projection = Projection(history)

        assert digest_of(iter(projection.rows())) == projection.digest()

    @given(histories, histories)
    def test_differs_exactly_when_the_newest_rows_differ(
        self, ours: list[Row], theirs: list[Row]
    ) -> None:
        left, right = Projection(ours), Projection(theirs)

        assert (left.digest() == right.digest()) == (left.rows() == right.rows())

    def test_is_taken_over_the_newest_record_of_each_subject_and_type(self) -> None:
        old, new = Row("a", "x.v1", 1, "00"), Row("a", "x.v1", 2, "11")

        assert Projection([new, old]).rows() == [new]

    def test_is_refused_for_rows_out_of_order(self) -> None:
        with pytest.raises(ValueError, match="does not come after"):
            digest_of([Row("b", "x.v1", 1, "00"), Row("a", "x.v1", 2, "00")])
        with pytest.raises(ValueError, match="does not come after"):
            digest_of([Row("a", "x.v1", 1, "00"), Row("a", "x.v1", 2, "00")])

    def test_does_not_mix_up_where_one_column_ends(self) -> None:
        assert digest_of([Row("a", "b", 1, "00")]) != digest_of([Row("ab", "", 1, "00")])

    def test_agrees_between_two_hubs_after_cuts_and_repeats(self) -> None:
        frames = some_frames(4)
        steady, shaken = Destination(), Destination()
        for frame in frames:
            steady.hear(frame)
        for index in (0, 2, 0, 1, 1, 3, 2, 3, 0):
            shaken.hear(frames[index])

        assert projected(shaken).digest() == projected(steady).digest()
        assert len(projected(steady).rows()) == 12


class TestFirstDifference:
    @given(histories, histories)
    def test_is_found_exactly_when_the_digests_differ(
        self, ours: list[Row], theirs: list[Row]
    ) -> None:
        left, right = Projection(ours), Projection(theirs)

        found = first_difference(left.rows(), right.rows())

        assert (found is None) == (left.digest() == right.digest())

    @given(histories, histories)
    def test_is_the_first_key_that_is_not_the_same(
        self, ours: list[Row], theirs: list[Row]
    ) -> None:
        left = {row[:2]: row for row in Projection(ours).rows()}
        right = {row[:2]: row for row in Projection(theirs).rows()}
        differing = [key for key in left | right if left.get(key) != right.get(key)]

        found = first_difference(left.values(), right.values())

        if differing:
            first = min(differing)
            assert found == Difference(left.get(first), right.get(first))
        else:
            assert found is None


def projected(here: Destination) -> Projection:
    return Projection(
        row_of(
            subject=f"dossier-{seq}", event_type="customs.export-released.v1", seq=seq, line=line
        )
        for seq, line in here.applied
    )
