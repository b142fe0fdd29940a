"""China's messages as XML, read by a parser that trusts nothing, and written.

Besides what every document from outside is held to (shared/kernel/xml.py), the number of documents
is limited before anything is understood. The signature of a message (SM2 over SM3)
is passed over and said to be there: verifying it needs the authority's certificates.
"""

from lxml import etree

from services.customs.domain.gate.message import (
    Fault,
    GateDocument,
    GateMessage,
    MessageTypeUnknown,
    MessageUnreadable,
    Values,
    check_sizes,
    read_document,
    write_fields,
)
from services.customs.domain.gate.messages import (
    MESSAGES,
    NAMESPACE,
    SENDER_FIELDS,
    VERSION,
    Field,
    MessageType,
)
from shared.kernel.xml import XmlRefused, read_xml

MESSAGE_BYTES_MAX = 1024 * 1024
DOCUMENTS_MAX, LINES_MAX = 100, 99
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
PASSED_OVER = frozenset({"BaseSubscribe", "ExtendMessage"})
_CEB = f"{{{NAMESPACE}}}"


def read_message(
    body: bytes, *, documents_max: int = DOCUMENTS_MAX, lines_max: int = LINES_MAX
) -> GateMessage:
    """Read a message, or raise MessageUnreadable, MessageTypeUnknown or MessageTooLong.

    A single document that is wrong in form does not spoil the others: it carries its faults.
    """
    root = _parse(body)
    name = _tag(root)
    if name not in MESSAGES:
        raise MessageTypeUnknown(f"the gate knows no {name[:60]}", field=name[:60])
    kind = MESSAGES[name]
    found, sender, is_signed = [], {}, False
    for child in root:
        tag = _tag(child)
        if tag == kind.document:
            found.append(child)
        elif tag == "BaseTransfer" and kind.has_sender:
            sender = {_tag(one): (one.text or "").strip() for one in child}
        elif child.tag == SIGNATURE:
            is_signed = True
        elif tag not in PASSED_OVER:
            raise MessageUnreadable(f"{tag[:60]} does not belong into {name}", field=tag[:60])
    lines = [_count(child, kind.line) for child in found]
    check_sizes(kind, lines, documents_max=documents_max, lines_max=lines_max)
    return GateMessage(
        type=kind,
        guid=root.get("guid", ""),
        documents=tuple(_document(kind, child) for child in found),
        sender=sender,
        is_signed=is_signed,
    )


def write_message(message: GateMessage) -> bytes:
    """Write a message; a document without a field that its message requires raises KeyError."""
    kind = message.type
    root = etree.Element(f"{_CEB}{kind.name}", nsmap={"ceb": NAMESPACE})
    root.set("guid", message.guid)
    root.set("version", VERSION)
    for document in message.documents:
        _write_document(root, kind, document)
    if kind.has_sender:
        sender = etree.SubElement(root, f"{_CEB}BaseTransfer")
        for tag in SENDER_FIELDS:
            if tag in message.sender:
                _leaf(sender, tag, message.sender[tag])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _parse(body: bytes) -> etree._Element:
    try:
        return read_xml(body, bytes_max=MESSAGE_BYTES_MAX)
    except XmlRefused as refused:
        raise MessageUnreadable(str(refused)) from refused


def _document(kind: MessageType, element: etree._Element) -> GateDocument:
    faults: list[Fault] = []
    if not kind.head:
        return read_document(kind, _leaves(element, faults), (), faults=faults)
    heads, lines = [], []
    for child in element:
        tag = _tag(child)
        if tag == kind.head:
            heads.append(_leaves(child, faults))
        elif kind.line and tag == kind.line:
            lines.append(_leaves(child, faults))
        else:
            faults.append(Fault(tag[:60], "is unknown here"))
    if len(heads) != 1:
        faults.append(Fault(kind.head, "must stand there once"))
    return read_document(kind, heads[0] if heads else {}, lines, faults=faults)


def _leaves(element: etree._Element, faults: list[Fault]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for child in element:
        tag = _tag(child)
        if len(child):
            faults.append(Fault(tag[:60], "must hold text only"))
        elif tag in texts:
            faults.append(Fault(tag[:60], "stands there twice"))
        else:
            texts[tag] = (child.text or "").strip()
    return texts


def _count(element: etree._Element, tag: str) -> int:
    """Count children of a name, in the gate's namespace or in none, without looking at others."""
    return len(element.findall(_CEB + tag)) + len(element.findall(tag)) if tag else 0


def _tag(element: etree._Element) -> str:
    """Return an element's name within the gate's namespace; another namespace keeps its mark."""
    return str(element.tag).removeprefix(_CEB)


def _write_document(root: etree._Element, kind: MessageType, document: GateDocument) -> None:
    element = etree.SubElement(root, f"{_CEB}{kind.document}")
    head = etree.SubElement(element, f"{_CEB}{kind.head}") if kind.head else element
    _write_fields(head, kind.head_fields, document.head)
    for line in document.lines:
        row = etree.SubElement(element, f"{_CEB}{kind.line}")
        _write_fields(row, kind.line_fields, line)


def _write_fields(parent: etree._Element, fields: tuple[Field, ...], values: Values) -> None:
    for tag, text in write_fields(fields, values):
        _leaf(parent, tag, text)


def _leaf(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, f"{_CEB}{tag}").text = text
