"""What a process builds is left alone by the collector; what it frees is kept for the next turn."""

import ctypes
import gc
import subprocess
import sys

import pytest

from shared.runtime.memory import leave_standing

FREES_MEGABYTES = """
import resource
from shared.runtime.memory import keep_freed_memory

def turn():
    began = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    lines = [b"x" * 1000 for _ in range(500)]
    whole = b"".join(lines)
    again = whole + b"x"
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - began

keep_freed_memory()
print(*(turn() for _ in range(5)))
"""


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


class TestKeepFreedMemory:
    @pytest.mark.skipif(
        not hasattr(ctypes.CDLL(None), "mallopt"), reason="this allocator can't be told"
    )
    def test_has_the_pages_of_one_turn_serve_the_next(self) -> None:
        said = subprocess.run(
            [sys.executable, "-c", FREES_MEGABYTES], capture_output=True, text=True, check=True
        ).stdout

        first, *later = map(int, said.split())
        assert first > 100
        assert max(later) < 20, said
