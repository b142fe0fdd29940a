"""Which patterns to load how often, so that every box is in one of as few containers as possible.

The linear relaxation says what a box of each kind is worth; a pattern worth more than one container
is worth adding (Gilmore and Gomory 1961). Whole numbers of the patterns at hand come from CP-SAT.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Counts = Sequence[int]
ROUNDING_EFFORT = 0.5
"""CP-SAT's deterministic seconds."""


@dataclass(frozen=True)
class Relaxation:
    """How often each pattern is used, in fractions, and what a box of each kind is worth."""

    uses: tuple[float, ...]
    worth: tuple[float, ...]

    @property
    def containers(self) -> float:
        return sum(self.uses)


def relax(patterns: Sequence[Counts], wanted: Counts) -> Relaxation:
    """Cover what is wanted by fractions of patterns; every wanted kind is in some pattern."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    uses = [solver.NumVar(0.0, solver.infinity(), "") for _ in patterns]
    rows = [
        solver.Add(
            sum(pattern[kind] * use for pattern, use in zip(patterns, uses, strict=True)) >= count
        )
        for kind, count in enumerate(wanted)
        if count
    ]
    solver.Minimize(sum(uses))
    status = solver.Solve()
    assert status == pywraplp.Solver.OPTIMAL, "patterns that hold every kind cover everything"
    duals = iter(row.dual_value() for row in rows)
    return Relaxation(
        uses=tuple(use.solution_value() for use in uses),
        worth=tuple(max(next(duals), 0.0) if count else 0.0 for count in wanted),
    )


def cover(
    patterns: Sequence[Counts], wanted: Counts, *, seed: int, exactly: bool = False
) -> list[int] | None:
    """Return how often to use each pattern: as seldom in all as was found, holding all wanted.

    `exactly` allows no box too often. None: nothing was found within the effort.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    uses = [
        model.new_int_var(0, _most(pattern, wanted, exactly=exactly), "") for pattern in patterns
    ]
    for kind, count in enumerate(wanted):
        held = sum(pattern[kind] * use for pattern, use in zip(patterns, uses, strict=True))
        if exactly:
            model.add(held == count)
        elif count:
            model.add(held >= count)
    model.minimize(sum(uses))
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = ROUNDING_EFFORT
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    return [solver.value(use) for use in uses]


def _most(pattern: Counts, wanted: Counts, *, exactly: bool) -> int:
    """Return how often a pattern can be of use."""
    pairs = [(n, m) for n, m in zip(pattern, wanted, strict=True) if n]
    if exactly:
        return min((m // n for n, m in pairs), default=0)
    return max((-(-m // n) for n, m in pairs), default=0)
