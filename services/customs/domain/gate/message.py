"""A message of China's gate as values: neutral names, exact numbers, moments in UTC."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from services.customs.domain.gate.elements import Value
from services.customs.domain.gate.messages import Field, MessageType
from shared.kernel.errors import Malformed, Rejected

Values = Mapping[str, Value]
Texts = Mapping[str, str]

FAULTS_MAX = 20


class MessageUnreadable(Malformed):
    """The message is not XML as the gate takes it."""

    code = "customs.message-unreadable"
    help = "Send UTF-8 XML without a document type, entities or processing instructions."


class MessageTypeUnknown(Rejected):
    """The gate knows no message of that name."""

    code = "customs.message-type-unknown"


class MessageTooLong(Rejected):
    """A message has at most 100 documents, and a document at most 99 lines."""

    code = "customs.message-too-long"
    help = "Split the message."


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a document's form: where, and what."""

    tag: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class GateDocument:
    """One document of a message; with faults it can't be acted upon."""

    head: Values
    lines: tuple[Values, ...] = ()
    faults: tuple[Fault, ...] = ()

    def text(self, name: str) -> str:
        """Return a text value, blank when it is absent."""
        value = self.head.get(name, "")
        return value if isinstance(value, str) else str(value)


@dataclass(frozen=True, kw_only=True)
class GateMessage:
    """A whole message: its kind, its number, who sends it, its documents."""

    type: MessageType
    guid: str
    documents: tuple[GateDocument, ...]
    sender: Texts = field(default_factory=dict)
    is_signed: bool = False


def read_document(
    kind: MessageType, head: Texts, lines: Sequence[Texts], *, faults: Sequence[Fault] = ()
) -> GateDocument:
    """Read a document's texts; what can't be read is named in `faults`, all of it at once."""
    found = list(faults)
    _note_unknown(kind.head_tags, head, found, place=kind.head or kind.document)
    values = _read(kind.head_fields, head, found, place=kind.head or kind.document)
    for number, line in enumerate(lines, start=1):
        _note_unknown(kind.line_tags, line, found, place=f"{kind.line}[{number}]")
    rows = tuple(
        _read(kind.line_fields, line, found, place=f"{kind.line}[{number}]")
        for number, line in enumerate(lines, start=1)
    )
    if kind.line and not rows:
        found.append(Fault(kind.line, "is missing"))
    return GateDocument(head=values, lines=rows, faults=tuple(found[:FAULTS_MAX]))


def write_fields(fields: Sequence[Field], values: Values) -> list[tuple[str, str]]:
    """Return tags and texts in the order of the message; a required field must be there."""
    written = []
    for one in fields:
        value = values.get(one.element.name)
        if value is not None:
            written.append((one.tag, one.element.write(value)))
        elif one.is_required:
            raise KeyError(f"{one.tag} is missing")
    return written


def check_sizes(
    kind: MessageType, lines: Sequence[int], *, documents_max: int, lines_max: int
) -> None:
    """Refuse more documents than a message has, or more lines than a document has."""
    if len(lines) > documents_max:
        raise MessageTooLong(
            f"{len(lines)} documents; a message has at most {documents_max}", field=kind.document
        )
    if not lines:
        raise MessageUnreadable("the message holds no document", field=kind.document)
    if max(lines) > lines_max:
        raise MessageTooLong(
            f"{max(lines)} lines; a document has at most {lines_max}", field=kind.line
        )


def _note_unknown(known: Set[str], texts: Texts, faults: list[Fault], *, place: str) -> None:
    if not texts.keys() <= known:
        faults += [Fault(f"{place}/{tag}", "is unknown here") for tag in texts if tag not in known]


def _read(fields: Sequence[Field], texts: Texts, faults: list[Fault], *, place: str) -> Values:
    values: dict[str, Value] = {}
    for one in fields:
        text = texts.get(one.tag, "")
        if not text:
            if one.is_required:
                faults.append(Fault(f"{place}/{one.tag}", "is missing"))
            continue
        try:
            values[one.element.name] = one.element.read(text)
        except ValueError as error:
            faults.append(Fault(f"{place}/{one.tag}", str(error)))
    return values
