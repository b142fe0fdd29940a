"""Ask a pack its golden cases: every answer must come from the rules alone.

Whoever runs it says which questions can be answered; a question that nobody can is a failure,
never skipped.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.kernel.errors import EroadError
from shared.packs.pack import Pack
from shared.packs.questions import Question
from shared.packs.rule import GoldenCase, Rule

Answer = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A golden case that its pack answers otherwise, refuses, or that nobody can answer."""

    rule: str
    case: str
    expected: Answer
    answered: Answer


def failures_of(pack: Pack, questions: Mapping[str, Question]) -> list[Failure]:
    """Ask every golden case of a pack, and return those that don't come out as written."""
    asked = [ask_case(pack, rule, case, questions) for rule, case in pack.golden_cases()]
    return [failure for failure in asked if failure is not None]


def ask_case(
    pack: Pack, rule: Rule, case: GoldenCase, questions: Mapping[str, Question]
) -> Failure | None:
    """Ask one golden case; None when it comes out as written."""
    expected = {name: case.expect.node(name) for name in case.expect}
    answered = _answer(pack, case, questions)
    if {name: answered.get(name) for name in expected} == expected:
        return None
    return Failure(
        rule=f"{rule.id} {rule.key}", case=case.name, expected=expected, answered=answered
    )


def _answer(pack: Pack, case: GoldenCase, questions: Mapping[str, Question]) -> Answer:
    question = questions.get(case.ask)
    if question is None:
        return {"refused": f"nobody can answer {case.ask!r}"}
    try:
        return question(pack, case)
    except (EroadError, LookupError) as refusal:
        return {"refused": str(refusal)}
