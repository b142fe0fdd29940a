"""Papers and the order in which they are obtained: which come first, how long, how much."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from shared.kernel.errors import Rejected
from shared.kernel.money import Money


class PapersCircular(Rejected):
    """Papers wait for each other in a circle; the pack that says so is wrong."""

    code = "permits.papers-circular"


class PaperUnknown(Rejected):
    """A control or a paper asks for a paper that its pack does not describe."""

    code = "permits.paper-unknown"


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One document: who issues it, for how much, in how many working days, after which others."""

    key: str
    names: Mapping[str, str]
    document_code: str
    issuer: str
    fee: Money
    days: int
    needs: tuple[str, ...]
    permit_type: str | None


@dataclass(frozen=True, kw_only=True)
class PlannedPaper:
    """A paper in its place: the working days after which it can be had, counted from the start."""

    paper: Paper
    starts_after: int
    ready_after: int
    is_critical: bool


@dataclass(frozen=True, kw_only=True)
class PaperPlan:
    """Papers in an order in which they can be obtained, with what they take together.

    Papers that do not wait for each other are obtained side by side, so `total_days` is the length
    of the critical path. `costs` has one sum per currency.
    """

    papers: tuple[PlannedPaper, ...] = ()
    critical_path: tuple[str, ...] = ()
    total_days: int = 0
    costs: tuple[Money, ...] = ()


def plan_papers(wanted: Iterable[str], papers: Mapping[str, Paper]) -> PaperPlan:
    """Order the papers wanted and all they need, or raise PapersCircular or PaperUnknown."""
    graph: dict[str, tuple[str, ...]] = {}
    waiting = list(wanted)
    while waiting:
        key = waiting.pop()
        if key in graph:
            continue
        if key not in papers:
            raise PaperUnknown(f"no paper {key!r}", paper=key)
        graph[key] = papers[key].needs
        waiting += papers[key].needs
    return _planned([papers[key] for key in _ordered(graph)])


def _ordered(graph: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the keys, each after what it needs; alphabetical where nothing else decides."""
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError as error:
        raise PapersCircular("papers wait for each other", papers=list(error.args[1])) from error
    result: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result += ready
        sorter.done(*ready)
    return result


def _planned(ordered: list[Paper]) -> PaperPlan:
    ready: dict[str, int] = {}
    starts: dict[str, int] = {}
    for paper in ordered:
        starts[paper.key] = max((ready[need] for need in paper.needs), default=0)
        ready[paper.key] = starts[paper.key] + paper.days
    path = _critical_path({paper.key: paper for paper in ordered}, ready)
    sums: dict[str, int] = {}
    for paper in ordered:
        sums[paper.fee.currency] = sums.get(paper.fee.currency, 0) + paper.fee.minor
    return PaperPlan(
        papers=tuple(
            PlannedPaper(
                paper=paper,
                starts_after=starts[paper.key],
                ready_after=ready[paper.key],
                is_critical=paper.key in path,
            )
            for paper in ordered
        ),
        critical_path=path,
        total_days=max(ready.values(), default=0),
        costs=tuple(Money(minor, currency) for currency, minor in sorted(sums.items())),
    )


def _critical_path(papers: Mapping[str, Paper], ready: Mapping[str, int]) -> tuple[str, ...]:
    """Return the chain of papers that takes longest, first paper first."""
    if not ready:
        return ()
    key = min(papers, key=lambda each: (-ready[each], each))
    path = [key]
    while papers[key].needs:
        key = min(papers[key].needs, key=lambda need: (-ready[need], need))
        path.append(key)
    return tuple(reversed(path))
