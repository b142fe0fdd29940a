"""What a process builds before it serves is no longer looked through by the collector."""

import gc

from shared.runtime.main import leave_standing


def looked_through(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects())


class TestLeaveStanding:
    def test_spares_what_was_built_and_nothing_that_comes_later(self) -> None:
        built = [object()]
        before = looked_through(built)

        leave_standing()

        assert before
        assert not looked_through(built)
        later = [object()]
        assert looked_through(later)
