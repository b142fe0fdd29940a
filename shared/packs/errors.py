"""What can be wrong with a country pack, said so that its author can fix it."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.kernel.errors import NotFound, Rejected


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One mistake in a pack: the file, the rule, the field, and what is wrong there."""

    file: str
    rule: str
    field: str
    problem: str

    def __str__(self) -> str:
        place = " ".join(part for part in (self.file, self.rule, self.field) if part)
        return f"{place}: {self.problem}"


class PackMalformed(Rejected):
    """A pack can't be used; `faults` names every mistake found, file, rule and field."""

    code = "packs.malformed"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)), faults=[str(fault) for fault in faults])
        self.faults = tuple(faults)

    @classmethod
    def at(cls, *, file: str, rule: str = "", field: str = "", problem: str) -> "PackMalformed":
        return cls([Fault(file=file, rule=rule, field=field, problem=problem)])


class RuleMissing(Rejected):
    """The pack has no such rule in force on that day."""

    code = "packs.rule-missing"


class PackMissing(NotFound):
    """No pack of that country is installed here."""

    code = "packs.missing"
