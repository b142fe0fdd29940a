"""What changed between two versions of a pack: rules that came, went, or say something else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.packs.pack import Pack
from shared.packs.rule import Rule


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """One field of one rule before and after; None where the rule or field is absent."""

    rule: str
    field: str
    before: str | None
    after: str | None


def diff_packs(before: Pack, after: Pack) -> list[RuleChange]:
    """Return every difference, by rule; a rule is known by its key and its first day."""
    old, new = _by_name(before), _by_name(after)
    found: list[RuleChange] = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            found.append(RuleChange(rule=name, field="", before="in force", after=None))
        elif name not in old:
            found.append(RuleChange(rule=name, field="", before=None, after="in force"))
        else:
            found += _changes(name, old[name], new[name])
    return found


def _changes(name: str, old: Rule, new: Rule) -> Iterator[RuleChange]:
    before, after = dict(_leaves(old.entry, "")), dict(_leaves(new.entry, ""))
    for field in sorted(before.keys() | after.keys()):
        if before.get(field) != after.get(field) and not field.startswith("golden"):
            yield RuleChange(
                rule=name, field=field, before=before.get(field), after=after.get(field)
            )


def _by_name(pack: Pack) -> dict[str, Rule]:
    return {f"{rule.id} {rule.key} from {rule.valid_from}": rule for rule in pack.rules}


def _leaves(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for name, below in node.items():
            yield from _leaves(below, f"{path}.{name}" if path else str(name))
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for index, below in enumerate(node):
            yield from _leaves(below, f"{path}[{index}]")
    else:
        yield path, str(node)
