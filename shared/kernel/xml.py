"""XML from outside, read by a parser that trusts nothing.

No entity is resolved, nothing is fetched, no document type is taken, and size and depth are
limited before anything is understood.
"""

from functools import cache

from lxml import etree

DEPTH_MAX = 16


class XmlRefused(ValueError):
    """The document is not one that we read; the message says why."""


def read_xml(body: bytes, *, bytes_max: int, depth_max: int = DEPTH_MAX) -> etree._Element:
    """Return the root of a UTF-8 document of at most `bytes_max` bytes, or raise XmlRefused."""
    if len(body) > bytes_max:
        raise XmlRefused(f"a message has at most {bytes_max} bytes")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise XmlRefused("the message is not UTF-8") from error
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefused("the message is not well-formed XML") from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None or tree.docinfo.doctype:
        raise XmlRefused("the message has a document type")
    if (tree.docinfo.encoding or "UTF-8").upper() != "UTF-8":
        raise XmlRefused("the message says it is not UTF-8")
    if _is_deeper(depth_max)(root):
        raise XmlRefused(f"elements are nested deeper than {depth_max}")
    return root


@cache
def _is_deeper(depth_max: int) -> etree.XPath:
    """Return the question whether a document has an element below that depth."""
    return etree.XPath(f"boolean({'/*' * (depth_max + 1)})")
