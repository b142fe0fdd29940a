"""Change every datum of a rule, one at a time, and see whether a golden case notices.

A datum that nobody notices is one that could be wrong for years.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from shared.kernel.money import Rounding
from shared.packs.errors import PackMalformed
from shared.packs.fields import Fields, Node, Place
from shared.packs.golden import ask_case
from shared.packs.kinds import KINDS
from shared.packs.pack import Pack
from shared.packs.questions import Question
from shared.packs.rule import Rule, read_rule

_NUMBER = re.compile(r"(-?)([0-9]+)((?:\.[0-9]+)?)(| %| d| months?| [A-Z]{3})")


def unguarded(pack: Pack, questions: Mapping[str, Question]) -> list[str]:
    """Return every datum of the pack that can be changed without a golden case going red."""
    return [
        f"{rule.id} {rule.key} {path}"
        for rule in pack.rules
        for path, changed in mutants_of(rule)
        if not _is_noticed(pack, rule, changed, questions)
    ]


def mutants_of(rule: Rule) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return, for every datum of a rule, its path and the rule's entry with that one changed."""
    entry = dict(rule.entry)
    for name in ("from", "to"):
        if name in entry:
            moved = date.fromisoformat(entry[name]) + timedelta(days=1)
            yield name, {**entry, name: moved.isoformat()}
    if "rounding" in entry:
        modes = [mode for mode in Rounding if mode != entry["rounding"]["mode"]]
        yield "rounding", {**entry, "rounding": {**entry["rounding"], "mode": modes[0].value}}
    for path, value in _changed(entry["value"], KINDS[rule.kind], "value"):
        yield path, {**entry, "value": value}


def _changed(node: Any, shape: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Return the node once for every leaf in it, with that leaf changed."""
    if isinstance(node, Mapping):
        for name, below in node.items():
            for where, changed in _changed(below, shape[name], f"{path}.{name}"):
                yield where, {**node, name: changed}
    elif isinstance(node, Sequence) and not isinstance(node, str):
        of_items = shape if isinstance(shape, str) else shape[0]
        for index, below in enumerate(node):
            for where, changed in _changed(below, of_items, f"{path}[{index}]"):
                yield where, [*node[:index], changed, *node[index + 1 :]]
    else:
        yield path, other_leaf(str(node), str(shape).removesuffix("?"))


def other_leaf(text: str, reader: str) -> str:
    """Return another text that the same reader would take."""
    if reader.startswith("choice:"):
        choices = reader.removeprefix("choice:").split("|")
        return choices[(choices.index(text) + 1) % len(choices)]
    if reader == "flag":
        return "no" if text == "yes" else "yes"
    if reader == "day":
        return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
    match = _NUMBER.fullmatch(text)
    if reader in {"text", "texts"} or match is None:
        return f"{text[:-1]}{'0' if text[-1] != '0' else '1'}" if text[-1].isdigit() else f"{text}x"
    sign, whole, fraction, unit = match.groups()
    digits = str(int(whole + fraction.lstrip(".")) + 1).rjust(len(whole + fraction) - 1, "0")
    places = len(fraction) - 1 if fraction else 0
    shown = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{sign}{shown}{unit}"


def _is_noticed(
    pack: Pack, rule: Rule, changed: Mapping[str, Node], questions: Mapping[str, Question]
) -> bool:
    try:
        fields = Fields(changed, Place(rule.value.place.file), digits=pack.digits)
        other = read_rule(fields, section=rule.section, digits=pack.digits)
    except PackMalformed:
        return True
    asked = pack.with_rule(rule, other)
    cases = sorted(other.golden, key=lambda case: case.ask != "says")
    try:
        return any(ask_case(asked, other, case, questions) is not None for case in cases)
    except Exception:  # noqa: BLE001 (whatever a reader stumbles over, it has noticed)
        return True
