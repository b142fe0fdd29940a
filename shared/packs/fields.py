"""Reading one level of a pack: typed getters whose complaints name file, rule and field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from shared.kernel.money import Money
from shared.packs import values
from shared.packs.errors import Fault, PackMalformed

Node = str | Sequence["Node"] | Mapping[str, "Node"]
T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where in a pack we are reading, for whoever has to mend it."""

    file: str
    rule: str = ""
    path: str = ""

    def field(self, name: str) -> "Place":
        return Place(self.file, self.rule, f"{self.path}.{name}" if self.path else name)

    def item(self, index: int) -> "Place":
        return Place(self.file, self.rule, f"{self.path}[{index}]")

    def wrong(self, problem: str) -> PackMalformed:
        return PackMalformed([self.fault(problem)])

    def fault(self, problem: str) -> Fault:
        return Fault(file=self.file, rule=self.rule, field=self.path, problem=problem)


class Fields:
    """A mapping of a pack, read field by field; a missing or misshapen one raises PackMalformed."""

    def __init__(self, node: Node, place: Place, *, digits: values.Digits | None = None) -> None:
        if not isinstance(node, dict):
            raise place.wrong("must be a mapping of fields")
        self.nodes: Mapping[str, Node] = node
        self.place = place
        self._digits = digits or {}

    def __contains__(self, name: str) -> bool:
        return name in self.nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self.nodes)

    def node(self, name: str) -> Node:
        if name not in self.nodes:
            raise self.place.field(name).wrong("is missing")
        return self.nodes[name]

    def text(self, name: str) -> str:
        node = self.node(name)
        if not isinstance(node, str) or not node:
            raise self.place.field(name).wrong("must be text")
        return node

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._text_items(name))

    def money(self, name: str) -> Money:
        return self._read(name, lambda text: values.read_money(text, self._digits))

    def rate(self, name: str) -> Decimal:
        return self._read(name, values.read_rate)

    def rates(self, name: str) -> tuple[Decimal, ...]:
        return tuple(self._each(name, values.read_rate))

    def number(self, name: str) -> Decimal:
        return self._read(name, values.read_number)

    def count(self, name: str) -> int:
        return self._read(name, values.read_count)

    def days(self, name: str) -> int:
        return self._read(name, values.read_days)

    def months(self, name: str) -> int:
        return self._read(name, values.read_months)

    def day(self, name: str) -> date:
        return self._read(name, values.read_day)

    def flag(self, name: str) -> bool:
        return self._read(name, values.read_flag)

    def part(self, name: str) -> "Fields":
        return Fields(self.node(name), self.place.field(name), digits=self._digits)

    def rows(self, name: str) -> tuple["Fields", ...]:
        node = self.node(name)
        place = self.place.field(name)
        if not isinstance(node, list):
            raise place.wrong("must be a list")
        return tuple(
            Fields(item, place.item(index), digits=self._digits) for index, item in enumerate(node)
        )

    def only(self, *names: str) -> None:
        """Refuse fields that nobody would read: they are mostly slips of the pen."""
        for name in self.nodes:
            if name not in names:
                raise self.place.field(name).wrong(f"is not one of {', '.join(sorted(names))}")

    def _read(self, name: str, read: Callable[[str], T]) -> T:
        try:
            return read(self.text(name))
        except ValueError as error:
            raise self.place.field(name).wrong(str(error)) from error

    def _each(self, name: str, read: Callable[[str], T]) -> Iterator[T]:
        for index, text in enumerate(self._text_items(name)):
            try:
                yield read(text)
            except ValueError as error:
                raise self.place.field(name).item(index).wrong(str(error)) from error

    def _text_items(self, name: str) -> Sequence[str]:
        node = self.node(name)
        if not isinstance(node, list):
            raise self.place.field(name).wrong("must be a list")
        for index, item in enumerate(node):
            if not isinstance(item, str) or not item:
                raise self.place.field(name).item(index).wrong("must be text")
        return node
